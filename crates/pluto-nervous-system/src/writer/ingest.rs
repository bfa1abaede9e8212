//! The writing thread itself: admission, fold, roots, batch by batch.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use pluto_core::traits::{Clock, EventLogReader, KvStore, LogRecord, Observed};
use pluto_core::{EventId, RealmId, Run};
use pluto_error::Result;

use super::authenticate::Authenticator;
use super::checkpointer::Checkpointer;
use super::commit::{Commit, Published};
use super::intake::{Acknowledged, Answer, Intake, Receipt, Reply, Submission};
use super::pending::{PENDING_RUNS_MAX, Pending};
use crate::error::NervousError;
use crate::event_sourcing::{
    Answer as Admission, Change, Grown, Held, PastLog, RealmState, RealmView, Rules, admit,
};
use crate::modes::Guard;
use crate::snapshot::Snapshot;

/// What the writing thread owns.
pub(crate) struct Ingest {
    pub(crate) rules: Arc<Rules>,
    pub(crate) store: Arc<dyn KvStore>,
    pub(crate) log: Arc<dyn EventLogReader>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) authenticator: Authenticator,
    /// Hears of forks: both events are signed, so that each is proven.
    pub(crate) guard: Arc<Guard>,
    pub(crate) realms: BTreeMap<RealmId, RealmState>,
    pub(crate) pending: Pending,
    pub(crate) checkpointer: Checkpointer,
}

/// The new events of one batch.
#[derive(Default)]
struct Group {
    events: BTreeMap<RealmId, Vec<Held>>,
    records: Vec<LogRecord>,
    replies: Vec<Owed>,
}

/// An acknowledgement to give once the batch is durable.
struct Owed {
    reply: Reply<Receipt>,
    realm: RealmId,
    ids: Vec<EventId>,
}

impl Ingest {
    /// Takes one batch through admission and fold; hands what must become durable to `send`, which
    /// answers false when the other end is gone.
    ///
    /// # Errors
    /// When the log or the store fails underneath; the writer must stop then.
    pub(crate) fn process(
        &mut self,
        batch: Vec<Intake>,
        send: &mut dyn FnMut(Commit) -> bool,
    ) -> Result<bool> {
        let mut group = Group::default();
        for item in batch {
            match item {
                Intake::Run(submission) => self.admit(*submission, &mut group)?,
                Intake::Ask(realm, question) => {
                    let commit = self.fold(std::mem::take(&mut group))?;
                    let view = self.realms.get(&realm).map(RealmView::new);
                    let answer = question(view.as_ref());
                    if !send(Commit { answers: with(commit.answers, answer), ..commit }) {
                        return Ok(false);
                    }
                }
                Intake::Checkpoint(reply) => self.checkpointer.ask(reply),
            }
        }
        let mut commit = self.fold(group)?;
        self.checkpointer.finish(&mut self.realms);
        let now_ms = self.clock.now_ms();
        for (id, submission) in self.pending.expired(now_ms) {
            submission.refuse(NervousError::PastMissing(id).into());
        }
        if self.checkpointer.is_due(&self.realms, now_ms) {
            commit.checkpoint = Some(self.checkpointer.begin(&mut self.realms, now_ms));
        }
        Ok(commit.is_empty() || send(commit))
    }

    fn admit(&mut self, submission: Submission, group: &mut Group) -> Result<()> {
        let mut work = VecDeque::from([submission]);
        while let Some(submission) = work.pop_front() {
            if let Some(admitted) = self.admit_one(submission, group)? {
                for id in &admitted {
                    work.extend(self.pending.arrived(id));
                }
            }
        }
        Ok(())
    }

    /// Gives the ids that joined the set, if any did.
    fn admit_one(
        &mut self,
        submission: Submission,
        group: &mut Group,
    ) -> Result<Option<Vec<EventId>>> {
        let Some(realm) = submission.run.realm() else { return Ok(None) };
        let genesis = submission.run.events.first().is_some_and(|e| e.header.is_genesis());
        if !self.realms.contains_key(&realm) && !genesis {
            self.wait(EventId(realm.0), submission);
            return Ok(None);
        }
        let log = PastLog::whole(&*self.log);
        let fresh = || RealmState::new(realm, Arc::clone(&self.store));
        let state = self.realms.entry(realm).or_insert_with(fresh);
        let answer = match admit(&state.dag, &submission.run, &log, self.authenticator.rules()) {
            Ok(answer) => answer,
            Err(error) => {
                submission.refuse(error);
                self.drop_empty(realm);
                return Ok(None);
            }
        };
        match answer {
            Admission::Missing(id) => self.wait(id, submission),
            Admission::Duplicate => {
                group.owe(submission.reply, realm, Vec::new());
            }
            Admission::New(first) => return Ok(self.join(realm, submission, first, group)),
        }
        Ok(None)
    }

    fn join(
        &mut self,
        realm: RealmId,
        submission: Submission,
        first: usize,
        group: &mut Group,
    ) -> Option<Vec<EventId>> {
        let Submission { run, record, verified, reply } = submission;
        let signed = verified || self.authenticator.check_one(&run) == Some(true);
        if !signed {
            let id = run.events.first().map(|event| event.id).unwrap_or_default();
            if let Some(reply) = reply {
                reply.send(Err(NervousError::BadSignature(id).into()));
            }
            self.drop_empty(realm);
            return None;
        }
        let state = self.realms.get_mut(&realm)?;
        let events = Arc::new(run.events);
        self.authenticator.learn_keys(&events, first, &mut state.dag);
        if state.dag.insert(&events, first) == Grown::Fork {
            if let Some(author) = events.first().map(|event| event.header.author) {
                self.guard.anomaly_of(realm, author, "fork");
            }
        }
        let ids: Vec<EventId> = events.iter().skip(first).map(|event| event.id).collect();
        group.events.entry(realm).or_default().extend(Held::all(&events, first));
        group.records.push(record);
        group.owe(reply, realm, ids.clone());
        Some(ids)
    }

    fn wait(&mut self, id: EventId, submission: Submission) {
        if let Err(back) = self.pending.wait(id, submission, self.clock.now_ms()) {
            let waiting = self.pending.len();
            let full = NervousError::PendingFull { waiting, max: PENDING_RUNS_MAX };
            back.refuse(full.into());
        }
    }

    /// A refused genesis leaves no realm behind.
    fn drop_empty(&mut self, realm: RealmId) {
        if self.realms.get(&realm).is_some_and(|state| state.dag.tips().len() == 0) {
            self.realms.remove(&realm);
        }
    }

    fn fold(&mut self, group: Group) -> Result<Commit> {
        let mut commit = Commit::of(group.records);
        let mut places: HashMap<EventId, Acknowledged> = HashMap::new();
        let log = PastLog::whole(&*self.log);
        for (realm, events) in group.events {
            let Some(state) = self.realms.get_mut(&realm) else { continue };
            self.checkpointer.count(realm, events.len() as u64);
            let change = state.insert(&self.rules, events, &log)?;
            places.extend(change.committed.iter().map(|event| {
                let (id, position, verdict) = (event.id, event.position, event.verdict);
                (id, Acknowledged { id, position, verdict })
            }));
            commit.published.push(publish(state, change));
        }
        for owed in group.replies {
            let root = self.realms.get(&owed.realm).map(|s| s.roots().state).unwrap_or_default();
            let events = owed.ids.iter().filter_map(|id| places.get(id).copied()).collect();
            let receipt = Receipt { realm: owed.realm, root, events };
            let reply = owed.reply;
            commit.answers.push(Box::new(move |durable| reply.put(durable.map(|()| receipt))));
        }
        Ok(commit)
    }
}

impl Group {
    fn owe(&mut self, reply: Option<Reply<Receipt>>, realm: RealmId, ids: Vec<EventId>) {
        self.replies.extend(reply.map(|reply| Owed { reply, realm, ids }));
    }
}

fn publish(state: &RealmState, change: Change) -> Published {
    let snapshot = Arc::new(Snapshot::of(&RealmView::new(state)));
    let observed = Observed {
        realm: state.realm,
        root: snapshot.roots().state,
        events: change.committed.into(),
        reorganised_from: change.reorganised_from.map(pluto_core::Position),
    };
    Published { snapshot, observed }
}

fn with(mut answers: Vec<Answer>, answer: Answer) -> Vec<Answer> {
    answers.push(answer);
    answers
}

/// The log record of a run as it was received.
pub(crate) fn record_of(run: &Run, bytes: Arc<[u8]>) -> LogRecord {
    LogRecord { bytes, ids: run.events.iter().map(|event| event.id).collect() }
}
