//! The writing thread itself: admission, fold, roots, batch by batch.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use pluto_core::traits::{Clock, EventLogReader, LogRecord, Observed};
use pluto_core::{Canonical, Digest, EventId, RealmId, Run};
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
use crate::merkle_tracker::Roots;
use crate::modes::Guard;
use crate::shards::Shards;
use crate::snapshot::Snapshot;

/// What the writing thread owns.
pub(crate) struct Ingest {
    pub(crate) rules: Arc<Rules>,
    pub(crate) log: Arc<dyn EventLogReader>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) authenticator: Authenticator,
    /// Hears of forks: both events are signed, so that each is proven.
    pub(crate) guard: Arc<Guard>,
    pub(crate) shards: Shards,
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
                    let state = self.shards.get(realm)?;
                    let view = state.map(|state| RealmView::new(state));
                    let answer = question(view.as_ref());
                    if !send(Commit { answers: with(commit.answers, answer), ..commit }) {
                        return Ok(false);
                    }
                }
                Intake::Behind(realm, parents, extends, reply) => {
                    let commit = self.fold(std::mem::take(&mut group))?;
                    let roots = self.roots_behind(realm, &parents, extends)?;
                    let answer = Box::new(move |durable: Result<()>| reply.put(durable.and(roots)));
                    if !send(Commit { answers: with(commit.answers, answer), ..commit }) {
                        return Ok(false);
                    }
                }
                Intake::Erase(realm, ids, reply) => {
                    let mut commit = self.fold(std::mem::take(&mut group))?;
                    if let Some(state) = self.shards.get(realm)? {
                        state.stand_fast();
                    }
                    commit.erase = Some((ids, reply));
                    if !send(commit) {
                        return Ok(false);
                    }
                }
                Intake::Checkpoint(reply) => self.checkpointer.ask(reply),
            }
        }
        let mut commit = self.fold(group)?;
        self.checkpointer.finish(&mut self.shards);
        self.shards.mend()?;
        self.shards.make_room();
        let now_ms = self.clock.now_ms();
        for (id, submission) in self.pending.expired(now_ms) {
            submission.refuse(NervousError::PastMissing(id).into());
        }
        if self.checkpointer.is_due(&self.shards, now_ms) {
            commit.checkpoint = Some(self.checkpointer.begin(&mut self.shards, now_ms));
        }
        Ok(commit.is_empty() || send(commit))
    }

    /// The inner result is the answer; the outer one fails when the log or the store does.
    fn roots_behind(
        &mut self,
        realm: RealmId,
        parents: &[EventId],
        extends: Digest,
    ) -> Result<Result<Roots>> {
        let log = PastLog::whole(&*self.log);
        let Some(state) = self.shards.get(realm)? else {
            return Ok(Err(NervousError::UnknownRealm(realm).into()));
        };
        for parent in parents {
            if state.dag.known(parent, &log)?.is_none() {
                return Ok(Err(NervousError::UnknownEvent(*parent).into()));
            }
        }
        let roots = state.roots_over(&self.rules, parents, extends, &log)?;
        Ok(roots.ok_or_else(|| NervousError::NotExtended(extends).into()))
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
        mut submission: Submission,
        group: &mut Group,
    ) -> Result<Option<Vec<EventId>>> {
        let Some(realm) = submission.run.realm() else { return Ok(None) };
        let genesis = submission.run.events.first().is_some_and(|e| e.header.is_genesis());
        if !self.shards.knows(&realm) && !genesis {
            self.wait(EventId(realm.0), submission);
            return Ok(None);
        }
        let log = PastLog::whole(&*self.log);
        let Some(state) = self.shards.open(realm)? else { return Ok(None) };
        if let Some(rival) = state.borders.rival() {
            submission.refuse(NervousError::TwoChains { realm, rival }.into());
            return Ok(None);
        }
        let answer = match admit(state, &submission.run, &log, self.authenticator.rules()) {
            Ok(answer) => answer,
            Err(error) => {
                submission.refuse(error);
                self.shards.drop_empty(realm);
                return Ok(None);
            }
        };
        complete(state, &mut submission, &log)?;
        match answer {
            Admission::Missing(id) => self.wait(id, submission),
            Admission::Fills => self.fill(realm, submission, group)?,
            Admission::Duplicate => {
                group.owe(submission.reply, realm, Vec::new());
            }
            Admission::Founded => return Ok(self.keep(realm, submission, group)),
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
        let Some(Submission { run, record, reply, .. }) = self.signed(submission) else {
            self.shards.drop_empty(realm);
            return None;
        };
        self.shards.change(realm);
        let state = self.shards.here(realm)?;
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

    /// Keeps a run in the log that the footing of its realm stands for already.
    fn keep(
        &self,
        realm: RealmId,
        submission: Submission,
        group: &mut Group,
    ) -> Option<Vec<EventId>> {
        let Submission { run, record, reply, .. } = self.signed(submission)?;
        group.records.push(record);
        group.owe(reply, realm, Vec::new());
        Some(run.events.iter().map(|event| event.id).collect())
    }

    /// The submission if its signature holds; else it is refused.
    fn signed(&self, submission: Submission) -> Option<Submission> {
        if submission.verified || self.authenticator.check_one(&submission.run) == Some(true) {
            return Some(submission);
        }
        let id = submission.run.events.first().map(|event| event.id).unwrap_or_default();
        submission.refuse(NervousError::BadSignature(id).into());
        None
    }

    /// Takes in payloads that were absent: the events are folded again at their places.
    fn fill(&mut self, realm: RealmId, submission: Submission, group: &mut Group) -> Result<()> {
        let Some(Submission { run, record, reply, .. }) = self.signed(submission) else {
            return Ok(());
        };
        let events = Arc::new(run.events);
        self.shards.change(realm);
        if let Some(state) = self.shards.here(realm) {
            state.fill(&events)?;
        }
        group.events.entry(realm).or_default().extend(Held::all(&events, 0));
        group.records.push(record);
        group.owe(reply, realm, Vec::new());
        Ok(())
    }

    fn wait(&mut self, id: EventId, submission: Submission) {
        if let Err(back) = self.pending.wait(id, submission, self.clock.now_ms()) {
            let waiting = self.pending.len();
            let full = NervousError::PendingFull { waiting, max: PENDING_RUNS_MAX };
            back.refuse(full.into());
        }
    }

    fn fold(&mut self, group: Group) -> Result<Commit> {
        let mut commit = Commit::of(group.records);
        let mut places: HashMap<EventId, Acknowledged> = HashMap::new();
        let log = PastLog::whole(&*self.log);
        for (realm, events) in group.events {
            let Some(state) = self.shards.here(realm) else { continue };
            self.checkpointer.count(events.len() as u64);
            let change = state.insert(&self.rules, events, &log)?;
            places.extend(change.committed.iter().map(|event| {
                let (id, position, verdict) = (event.id, event.position, event.verdict);
                (id, Acknowledged { id, position, verdict })
            }));
            commit.published.push(publish(state, change));
            self.shards.measure(realm);
        }
        for owed in group.replies {
            let state = self.shards.get(owed.realm)?;
            let root = state.map(|state| state.roots().state).unwrap_or_default();
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

/// Fills in the payloads that are here and not in the run: of several records with one event the
/// newest counts, and none may take a payload away. What was erased before the footing does not come back.
fn complete(state: &RealmState, submission: &mut Submission, log: &PastLog<'_>) -> Result<()> {
    let mut is_changed = false;
    for event in &mut submission.run.events {
        if event.payload.is_none() {
            let known = state.dag.event(&event.id, log)?;
            event.payload = known.and_then(|known| known.payload);
            is_changed |= event.payload.is_some();
        } else if state.is_fast(event)?
            && state.dag.known(&event.id, log)?.is_some_and(|known| known.is_hollow)
        {
            event.payload = None;
            is_changed = true;
        }
    }
    if is_changed {
        submission.record = record_of(&submission.run, submission.run.encode().into());
    }
    Ok(())
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
