//! Authentication: signatures are checked in batches, before the writer sees a run.
//!
//! A key is known before its event is admitted, because a DID commits to its first key. A run whose
//! key is not known yet goes on unverified; the writer asks again when its past is there.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, RwLock};

use pluto_core::payload::inception_of;
use pluto_core::traits::{KeyResolver, PublicKey, SignatureVerifier, SignedMessage};
use pluto_core::{Did, Event, EventId, RealmId, Run};

use super::intake::Intake;
use crate::error::NervousError;
use crate::event_sourcing::Dag;

/// Fewest signatures worth a second thread.
const SHARE_MIN: usize = 32;

/// The keys of all admitted identity events.
#[derive(Debug, Default)]
pub(crate) struct KeyDirectory(RwLock<HashMap<EventId, (Did, PublicKey)>>);

impl KeyDirectory {
    pub(crate) fn insert(&self, event: EventId, author: Did, key: PublicKey) {
        let mut keys = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.insert(event, (author, key));
    }
}

impl KeyResolver for KeyDirectory {
    fn key(&self, _realm: RealmId, author: Did, key_ref: EventId) -> Option<PublicKey> {
        let keys = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.get(&key_ref).filter(|(owner, _)| *owner == author).map(|(_, key)| *key)
    }
}

/// Checks signatures for the writer.
#[derive(Clone)]
pub(crate) struct Authenticator {
    verifier: Arc<dyn SignatureVerifier>,
    keys: Arc<KeyDirectory>,
    workers: usize,
}

impl Authenticator {
    pub(crate) fn new(verifier: Arc<dyn SignatureVerifier>, keys: Arc<KeyDirectory>) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { verifier, keys, workers }
    }

    pub(crate) fn keys(&self) -> &KeyDirectory {
        &self.keys
    }

    /// Marks the runs whose signature holds and answers those whose signature does not.
    pub(crate) fn check(&self, batch: Vec<Intake>) -> Vec<Intake> {
        let inceptions = self.inceptions(&batch);
        let mut messages = Vec::with_capacity(batch.len());
        let mut asked = Vec::with_capacity(batch.len());
        for (index, item) in batch.iter().enumerate() {
            let Intake::Run(submission) = item else { continue };
            if let Some(message) = self.message(&submission.run, &inceptions) {
                messages.push(message);
                asked.push(index);
            }
        }
        let verdicts = self.verify(&messages);
        let mut answers = vec![None; batch.len()];
        for (index, holds) in asked.into_iter().zip(verdicts) {
            if let Some(answer) = answers.get_mut(index) {
                *answer = Some(holds);
            }
        }
        batch.into_iter().zip(answers).filter_map(|(item, holds)| settle(item, holds)).collect()
    }

    /// Checks one run whose key is known by now; `None` when it still is not.
    pub(crate) fn check_one(&self, run: &Run) -> Option<bool> {
        let message = self.message(run, &HashMap::new())?;
        self.verifier.verify(std::slice::from_ref(&message)).first().copied()
    }

    /// The key an author's first event carries, if it may start an identity.
    fn inception_key(&self, event: &Event) -> Option<PublicKey> {
        let key = inception_of(event)?.key;
        self.verifier.accepts_key(&key).then_some(key)
    }

    /// Takes note of the key that a newly admitted run brings. `first` is the first of its new events:
    /// only an author's first event brings a key, and nothing stands before it in a run.
    pub(crate) fn learn_key(&self, first: Option<&Event>, dag: &mut Dag) {
        let Some(first) = first else { return };
        if let Some(key) = self.inception_key(first) {
            dag.insert_key(first.id, first.header.author, key);
            self.keys.insert(first.id, first.header.author, key);
        }
    }

    fn inceptions(&self, batch: &[Intake]) -> HashMap<EventId, (Did, PublicKey)> {
        let runs = batch.iter().filter_map(|item| match item {
            Intake::Run(submission) => Some(&submission.run),
            Intake::Ask(..) | Intake::Checkpoint(_) => None,
        });
        runs.filter_map(|run| {
            let first = run.events.first()?;
            let key = self.inception_key(first)?;
            Some((first.id, (first.header.author, key)))
        })
        .collect()
    }

    fn message(
        &self,
        run: &Run,
        inceptions: &HashMap<EventId, (Did, PublicKey)>,
    ) -> Option<SignedMessage> {
        let first = run.events.first()?;
        let author = first.header.author;
        let key_event = if first.header.author_seq == 0 { first.id } else { first.header.key_ref };
        let here = inceptions.get(&key_event).filter(|(owner, _)| *owner == author);
        let key = match here {
            Some((_, key)) => *key,
            None => self.keys.key(run.realm()?, author, key_event)?,
        };
        let message = Run::signing_message(&run.events)?;
        Some(SignedMessage { key, message, signature: run.signature })
    }

    fn verify(&self, messages: &[SignedMessage]) -> Vec<bool> {
        let shares = (messages.len() / SHARE_MIN).clamp(1, self.workers);
        if shares == 1 {
            return self.verifier.verify(messages);
        }
        let share = messages.len().div_ceil(shares);
        std::thread::scope(|scope| {
            let threads: Vec<_> = messages
                .chunks(share)
                .map(|part| (part.len(), scope.spawn(|| self.verifier.verify(part))))
                .collect();
            let joined = threads.into_iter().map(|(len, t)| t.join().unwrap_or(vec![false; len]));
            joined.flatten().collect()
        })
    }
}

fn settle(item: Intake, holds: Option<bool>) -> Option<Intake> {
    match (item, holds) {
        (Intake::Run(submission), Some(false)) => {
            let id = submission.run.events.first().map(|event| event.id).unwrap_or_default();
            submission.refuse(NervousError::BadSignature(id).into());
            None
        }
        (Intake::Run(mut submission), Some(true)) => {
            submission.verified = true;
            Some(Intake::Run(submission))
        }
        (item, _) => Some(item),
    }
}
