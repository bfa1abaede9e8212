//! Authentication: signatures are checked in batches, before the writer sees a run.
//!
//! A key is known before its event is admitted, because a DID commits to its first key. A run whose
//! key is not known yet, as after a rotation in the same batch, goes on unverified; the writer asks
//! again when its past is there.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, RwLock};

use pluto_core::traits::{KeyRules, PublicKey, SignatureVerifier, SignedMessage};
use pluto_core::{Did, Event, EventId, Run};

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

    pub(crate) fn remove(&self, event: &EventId) {
        self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(event);
    }

    /// The key that `key_ref` gave `author`; `None` when that event is not known here.
    fn key(&self, author: Did, key_ref: EventId) -> Option<PublicKey> {
        let keys = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.get(&key_ref).filter(|(owner, _)| *owner == author).map(|(_, key)| *key)
    }
}

/// Checks signatures for the writer.
#[derive(Clone)]
pub(crate) struct Authenticator {
    verifier: Arc<dyn SignatureVerifier>,
    rules: Arc<dyn KeyRules>,
    keys: Arc<KeyDirectory>,
    workers: usize,
}

impl Authenticator {
    pub(crate) fn new(verifier: Arc<dyn SignatureVerifier>, rules: Arc<dyn KeyRules>) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { verifier, rules, keys: Arc::default(), workers }
    }

    /// The same with a directory of its own.
    pub(crate) fn apart(&self) -> Self {
        Self { keys: Arc::default(), ..self.clone() }
    }

    /// What events say about keys.
    pub(crate) fn rules(&self) -> &dyn KeyRules {
        &*self.rules
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

    /// Takes note of the keys that the new events of an admitted run bring, those from index `first`
    /// on. Only the first event of a chain and the last of a run can bring one.
    pub(crate) fn learn_keys(&self, events: &[Event], first: usize, dag: &mut Dag) {
        let new = events.get(first..).unwrap_or_default();
        let last = new.last().filter(|_| new.len() > 1);
        for event in new.first().into_iter().chain(last) {
            if let Some(key) = self.rules.key_of(event) {
                dag.insert_key(event, key);
                self.keys.insert(event.id, event.header.author, key);
            }
        }
    }

    fn inceptions(&self, batch: &[Intake]) -> HashMap<EventId, (Did, PublicKey)> {
        let runs = batch.iter().filter_map(|item| match item {
            Intake::Run(submission) => Some(&submission.run),
            Intake::Ask(..) | Intake::Behind(..) | Intake::Erase(..) | Intake::Checkpoint(_) => {
                None
            }
        });
        runs.filter_map(|run| {
            let first = run.events.first()?;
            let key = self.rules.own_key(first).filter(|_| first.header.author_seq == 0)?;
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
        let key_event = first.header.key_ref;
        let here = inceptions.get(&key_event).filter(|(owner, _)| *owner == author);
        let own = self.rules.own_key(first).or(here.map(|(_, key)| *key));
        let key = own.or_else(|| self.keys.key(author, key_event))?;
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
