//! Opening: the newest usable checkpoint, then the tail of the log in order of arrival.
//!
//! One thread reads, checks and hashes every event again; this one folds. Runs in the log have been
//! admitted once, so nothing is verified twice; what the log does not hold was never acknowledged.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use pluto_core::traits::{EventLogReader, KeyRules, KvStore, SignatureVerifier};
use pluto_core::{Canonical, LogPosition, RealmId, Run};
use pluto_error::{Error, Kind, Result};

use super::authenticate::Authenticator;
use super::checkpointer::{Checkpointer, Interval};
use crate::event_sourcing::{
    Answer as Admission, Checkpoints, PastLog, RealmState, Rules, RunEvents, admit,
};

/// Events folded together during recovery.
const CHUNK_EVENTS: usize = 1024;
/// Checkpoints are this many times farther apart during recovery: one costs as much as folding tens of
/// thousands of events, and an interrupted recovery loses less than a second of work.
const REPLAY_SPACING: u64 = 100;
/// Chunks that may wait between the two threads.
const CHUNKS_WAITING_MAX: usize = 4;

/// What opening did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Events taken from checkpoints.
    pub from_checkpoint: u64,
    /// Events of the tail, folded again.
    pub replayed: u64,
}

/// Everything a recovery needs.
pub(crate) struct Source<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) store: &'a Arc<dyn KvStore>,
    pub(crate) log: &'a dyn EventLogReader,
    pub(crate) authenticator: &'a Authenticator,
    pub(crate) interval: Interval,
    /// Hears how many events of the tail have been folded, and may end it there.
    pub(crate) progress: &'a dyn Fn(u64) -> ControlFlow<()>,
    /// The log is known to be damaged.
    pub(crate) damaged: bool,
}

/// What a recovery gives.
pub(crate) struct Recovered {
    pub(crate) realms: BTreeMap<RealmId, RealmState>,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) report: Recovery,
    /// Realms with events after their checkpoint.
    pub(crate) changed: BTreeSet<RealmId>,
    /// Where the log could not be read any further.
    pub(crate) damage: Option<Error>,
}

type Chunk = Vec<(LogPosition, Run)>;
/// Admitted runs of each realm, each new from an index on.
type Admitted = BTreeMap<RealmId, Vec<(RunEvents, usize)>>;

/// Restores every realm.
pub(crate) fn recover(source: &Source<'_>) -> Result<Recovered> {
    let (mut checkpoints, restored, from) = Checkpoints::open(Arc::clone(source.store))?;
    let mut realms = BTreeMap::new();
    let mut report = Recovery::default();
    for state in restored {
        report.from_checkpoint += state.len();
        for (event, (author, key)) in state.dag.keys() {
            source.authenticator.keys().insert(*event, *author, *key);
        }
        realms.insert(state.realm, state);
    }
    let (sender, receiver) = sync_channel(CHUNKS_WAITING_MAX);
    let (changed, damage) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(source.log, from, sender));
        let folded = replay(source, receiver, &mut realms, &mut checkpoints, &mut report);
        let read = reader.join().unwrap_or(Ok(()));
        // What is whole before the damage was handed over all the same.
        let damage = match read {
            Err(error) if source.damaged || error.kind() == Kind::Corrupt => Some(error),
            other => other.map(|()| None)?,
        };
        folded.map(|changed| (changed, damage))
    })?;
    Ok(Recovered { realms, checkpoints, report, changed, damage })
}

/// Folds a log from its first event on, in memory and beside the node that writes it: no thread is
/// left, nothing is written but to `store`, which is an empty one. After each piece of the log
/// `progress` hears how many events have been folded, and may end it there.
///
/// # Errors
/// When the log cannot be read up to where the folding ends.
pub fn fold_log(
    log: &dyn EventLogReader,
    store: &Arc<dyn KvStore>,
    verifier: Arc<dyn SignatureVerifier>,
    keys: Arc<dyn KeyRules>,
    rules: &Rules,
    progress: &dyn Fn(u64) -> ControlFlow<()>,
) -> Result<()> {
    let authenticator = Authenticator::new(verifier, keys);
    let ended = Cell::new(false);
    let recovered = recover(&Source {
        rules,
        store,
        log,
        authenticator: &authenticator,
        interval: Interval { events: u64::MAX, millis: u64::MAX },
        progress: &|events| {
            let flow = progress(events);
            ended.set(flow.is_break());
            flow
        },
        damaged: false,
    })?;
    // What lies beyond the end that was asked for does not matter.
    recovered.damage.filter(|_| !ended.get()).map_or(Ok(()), Err)
}

/// Reads and decodes the log from `from` on, in chunks.
fn read(log: &dyn EventLogReader, from: LogPosition, sender: SyncSender<Chunk>) -> Result<()> {
    let mut chunk = Chunk::new();
    let mut events = 0;
    let mut failure: Option<Error> = None;
    let scanned = log.scan(from, &mut |at, bytes| {
        match Run::decode(bytes) {
            Ok(run) => {
                events += run.events.len();
                chunk.push((at, run));
            }
            Err(error) => {
                let place = format!("record at log position {}", at.0);
                failure = Some(Error::from(error).note(place));
                return ControlFlow::Break(());
            }
        }
        if events >= CHUNK_EVENTS {
            events = 0;
            if sender.send(std::mem::take(&mut chunk)).is_err() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    let _ = sender.send(chunk);
    scanned.and(failure.map_or(Ok(()), Err))
}

fn replay(
    source: &Source<'_>,
    chunks: Receiver<Chunk>,
    realms: &mut BTreeMap<RealmId, RealmState>,
    checkpoints: &mut Checkpoints,
    report: &mut Recovery,
) -> Result<BTreeSet<RealmId>> {
    let events = source.interval.events.saturating_mul(REPLAY_SPACING);
    let mut due = Checkpointer::new(Interval { events, ..source.interval }, 0);
    for chunk in chunks {
        // Records before this one are incorporated; a checkpoint here covers the log up to it.
        let Some((start, _)) = chunk.first() else { continue };
        if due.is_due(realms, 0) {
            settle(realms)?;
            let mut job = due.begin(realms, 0);
            job.log_end = *start;
            job.write(checkpoints);
            due.finish(realms);
        }
        let mut admitted = Admitted::new();
        let mut end = *start;
        for (at, run) in chunk {
            end = LogPosition(at.0 + 1);
            join(source, realms, at, run, &mut admitted)?;
        }
        let log = PastLog { reader: source.log, end };
        for (realm, runs) in admitted {
            let Some(state) = realms.get_mut(&realm) else { continue };
            let events = runs.iter().map(|(run, first)| (run.len() - first) as u64).sum();
            due.count(realm, events);
            report.replayed += events;
            state.replay(source.rules, &runs, &log)?;
        }
        if (source.progress)(report.replayed).is_break() {
            break;
        }
    }
    settle(realms)?;
    Ok(due.changed())
}

fn settle(realms: &mut BTreeMap<RealmId, RealmState>) -> Result<()> {
    realms.values_mut().try_for_each(RealmState::settle)
}

fn join(
    source: &Source<'_>,
    realms: &mut BTreeMap<RealmId, RealmState>,
    at: LogPosition,
    run: Run,
    admitted: &mut Admitted,
) -> Result<()> {
    let Some(realm) = run.realm() else { return Ok(()) };
    let state =
        realms.entry(realm).or_insert_with(|| RealmState::new(realm, Arc::clone(source.store)));
    let log = PastLog { reader: source.log, end: at };
    let first = match admit(&state.dag, &run, &log, source.authenticator.rules())? {
        Admission::New(first) => first,
        Admission::Fills => {
            let events = Arc::new(run.events);
            state.fill(&events)?;
            admitted.entry(realm).or_default().push((events, 0));
            return Ok(());
        }
        Admission::Duplicate => return Ok(()),
        Admission::Missing(id) => {
            let note = format!("record at log position {}", at.0);
            return Err(Error::from(crate::error::NervousError::PastMissing(id)).note(note));
        }
    };
    let events = Arc::new(run.events);
    source.authenticator.learn_keys(&events, first, &mut state.dag);
    // A fork was counted when it came.
    let _ = state.dag.insert(&events, first);
    admitted.entry(realm).or_default().push((events, first));
    Ok(())
}
