//! Opening: the newest usable checkpoint, then the tail of the log in order of arrival.
//!
//! One thread reads, checks and hashes every event again; this one folds. Runs in the log have been
//! admitted once, so nothing is verified twice; what the log does not hold was never acknowledged.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use pluto_core::traits::{EventLogReader, KeyRules, KvStore, SignatureVerifier};
use pluto_core::{Canonical, LogPosition, RealmId, Run};
use pluto_error::{Error, Kind, Result};

use super::authenticate::Authenticator;
use super::checkpointer::{Checkpointer, Interval};
use crate::event_sourcing::{
    Answer as Admission, Catalogue, Checkpoints, FootingStore, Footings, PastLog, RealmState,
    Rules, RunEvents, admit,
};
use crate::shards::{Loader, Shards};

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
    /// What reads realms, whose log and rules are those of the recovery.
    pub(crate) loader: &'a Loader,
    pub(crate) interval: Interval,
    /// Hears how many events of the tail have been folded, and may end it there.
    pub(crate) progress: &'a dyn Fn(u64) -> ControlFlow<()>,
    /// The log is known to be damaged.
    pub(crate) damaged: bool,
}

/// What a recovery gives.
pub(crate) struct Recovered {
    pub(crate) report: Recovery,
    /// Where the log could not be read any further.
    pub(crate) damage: Option<Error>,
}

type Chunk = Vec<(LogPosition, Run)>;
/// Admitted runs of each realm, each new from an index on.
type Admitted = BTreeMap<RealmId, Vec<(RunEvents, usize)>>;

/// Brings the realms that the tail of the log touches up to its end; the others stay where they are
/// stored.
pub(crate) fn recover(
    source: &Source<'_>,
    shards: &mut Shards,
    checkpoints: &mut Checkpoints,
) -> Result<Recovered> {
    let catalogue = &source.loader.catalogue;
    let from_checkpoint = catalogue.outlines().values().map(|outline| outline.events).sum();
    let mut report = Recovery { from_checkpoint, replayed: 0 };
    let part = catalogue.end()..LogPosition(u64::MAX);
    let (sender, receiver) = sync_channel(CHUNKS_WAITING_MAX);
    let damage = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(&*source.loader.log, part, None, sender));
        let folded = replay(source, receiver, shards, checkpoints, &mut report);
        let read = reader.join().unwrap_or(Ok(()));
        // What is whole before the damage was handed over all the same.
        let damage = match read {
            Err(error) if source.damaged || error.kind() == Kind::Corrupt => Some(error),
            other => other.map(|()| None)?,
        };
        folded.map(|()| damage)
    })?;
    Ok(Recovered { report, damage })
}

/// Folds what a part of the log has of one realm, on the state that the realm had before.
pub(crate) fn fold_on(
    loader: &Loader,
    state: &mut RealmState,
    from: LogPosition,
    end: LogPosition,
) -> Result<()> {
    let realm = state.realm;
    let authenticator = loader.authenticator.apart();
    let (sender, receiver) = sync_channel(CHUNKS_WAITING_MAX);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(&*loader.log, from..end, Some(realm), sender));
        for chunk in receiver {
            let mut admitted = Vec::new();
            let mut past = PastLog { reader: &*loader.log, end: from };
            for (at, run) in chunk {
                past.end = LogPosition(at.0 + 1);
                admitted.extend(join(&authenticator, &*loader.log, state, at, run)?);
            }
            state.replay(&loader.rules, &admitted, &past)?;
        }
        state.settle()?;
        reader.join().unwrap_or(Ok(()))
    })
}

/// Folds a log from its first event on, realms with a footing from there, in memory and beside the node
/// that writes it: no thread is left, nothing is written but to `store`, which is an empty one. After each
/// piece of the log `progress` hears how many events have been folded, and may end it there.
///
/// # Errors
/// When the log cannot be read up to where the folding ends.
pub fn fold_log(
    log: Arc<dyn EventLogReader>,
    store: &Arc<dyn KvStore>,
    footings: Arc<dyn FootingStore>,
    verifier: Arc<dyn SignatureVerifier>,
    keys: Arc<dyn KeyRules>,
    rules: Arc<Rules>,
    progress: &dyn Fn(u64) -> ControlFlow<()>,
) -> Result<()> {
    let ended = Cell::new(false);
    let footings = Arc::new(Footings::open(footings)?);
    let catalogue = Arc::new(Catalogue::open(Arc::clone(store), footings)?);
    let authenticator = Authenticator::new(verifier, keys);
    // Nobody reads the times of a fold beside the node.
    let loader = Loader::new(Arc::clone(&catalogue), log, rules, authenticator, || 0);
    let loader = Arc::new(loader);
    let mut shards = Shards::new(Arc::clone(&loader), u64::MAX, Arc::default());
    let source = Source {
        loader: &loader,
        interval: Interval { events: u64::MAX, millis: u64::MAX },
        progress: &|events| {
            let flow = progress(events);
            ended.set(flow.is_break());
            flow
        },
        damaged: false,
    };
    let recovered = recover(&source, &mut shards, &mut Checkpoints::new(catalogue))?;
    // What lies beyond the end that was asked for does not matter.
    recovered.damage.filter(|_| !ended.get()).map_or(Ok(()), Err)
}

/// Reads and decodes a part of the log in chunks; of one realm alone, if it says which.
fn read(
    log: &dyn EventLogReader,
    part: Range<LogPosition>,
    only: Option<RealmId>,
    sender: SyncSender<Chunk>,
) -> Result<()> {
    let mut chunk = Chunk::new();
    let mut events = 0;
    let mut failure: Option<Error> = None;
    let scanned = log.scan(part.start, &mut |at, bytes| {
        if at >= part.end {
            return ControlFlow::Break(());
        }
        match Run::decode(bytes) {
            Ok(run) if only.is_some_and(|realm| run.realm() != Some(realm)) => {}
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
    shards: &mut Shards,
    checkpoints: &mut Checkpoints,
    report: &mut Recovery,
) -> Result<()> {
    let events = source.interval.events.saturating_mul(REPLAY_SPACING);
    let mut due = Checkpointer::new(Interval { events, ..source.interval }, 0);
    let Loader { log, rules, authenticator, .. } = source.loader;
    for chunk in chunks {
        // Records before this one are incorporated; a checkpoint here covers the log up to it.
        let Some((start, _)) = chunk.first() else { continue };
        if due.is_due(shards, 0) {
            shards.changed().try_for_each(RealmState::settle)?;
            let mut job = due.begin(shards, 0);
            job.log_end = *start;
            job.write(checkpoints);
            due.finish(shards);
        }
        let mut admitted = Admitted::new();
        let mut end = *start;
        for (at, run) in chunk {
            end = LogPosition(at.0 + 1);
            let Some(realm) = run.realm() else { continue };
            let Some(state) = shards.open(realm)? else { continue };
            let joined = join(authenticator, &**log, state, at, run)?;
            if let Some(joined) = joined {
                shards.change(realm);
                admitted.entry(realm).or_default().push(joined);
            }
        }
        let log = PastLog { reader: &**log, end };
        for (realm, runs) in admitted {
            let Some(state) = shards.here(realm) else { continue };
            let events = runs.iter().map(|(run, first)| (run.len() - first) as u64).sum();
            due.count(events);
            report.replayed += events;
            state.replay(rules, &runs, &log)?;
            shards.measure(realm);
        }
        if (source.progress)(report.replayed).is_break() {
            break;
        }
    }
    shards.changed().try_for_each(RealmState::settle)
}

/// Puts a run of the log into the set of its realm; gives what is to be folded, with the index from
/// which it is new.
fn join(
    authenticator: &Authenticator,
    log: &dyn EventLogReader,
    state: &mut RealmState,
    at: LogPosition,
    run: Run,
) -> Result<Option<(RunEvents, usize)>> {
    let past = PastLog { reader: log, end: at };
    let first = match admit(state, &run, &past, authenticator.rules())? {
        Admission::New(first) => first,
        Admission::Fills => {
            let events = Arc::new(run.events);
            state.fill(&events)?;
            return Ok(Some((events, 0)));
        }
        Admission::Duplicate | Admission::Founded => return Ok(None),
        Admission::Missing(id) => {
            let note = format!("record at log position {}", at.0);
            return Err(Error::from(crate::error::NervousError::PastMissing(id)).note(note));
        }
    };
    let events = Arc::new(run.events);
    authenticator.learn_keys(&events, first, &mut state.dag);
    // A fork was counted when it came.
    let _ = state.dag.insert(&events, first);
    Ok(Some((events, first)))
}
