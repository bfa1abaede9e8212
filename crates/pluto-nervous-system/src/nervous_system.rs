//! The front of the nervous system: open, submit, ask, read, stop.

mod adopt;
mod ask;
mod erase;
mod read;
mod vitals;

use std::ops::ControlFlow;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use pluto_core::traits::{
    Clock, EventLog, EventLogReader, KeyRules, KvStore, Observed, SignatureVerifier,
};
use pluto_core::{Canonical, Run};
use pluto_error::{Error, Result};

use crate::error::NervousError;
use crate::event_bus::{BusError, BusLimits, EventBus, Lane, RETRY_AFTER_MS, Source};
use crate::event_sourcing::{Catalogue, Checkpoints, FootingStore, Footings, RealmView, Rules};
use crate::modes::{Guard, Operation};
use crate::shards::{Loader, Shards, Versions};
use crate::snapshot::Snapshot;
use crate::writer::{
    Authenticator, Checkpointer, Committer, Failure, Ingest, Intake, Interval, Job, Pending,
    Published, Receipt, Recovery, RecoverySource, Submission, Ticket, Told, record_of, recover,
};

/// Batches that may wait between two threads of the writer.
const BATCHES_WAITING_MAX: usize = 4;
/// Runs taken from the bus at once.
const BATCH_RUNS_MAX: usize = 256;
/// How long the writer sleeps when nothing happens, before it looks whether a checkpoint is due.
const IDLE: Duration = Duration::from_millis(250);

/// What the nervous system is made of.
pub struct Parts {
    /// The event log.
    pub log: Box<dyn EventLog>,
    /// Why the log takes no writes, if it was opened with damage in it: the node only reads then.
    pub damage: Option<Error>,
    /// Where checkpoints go.
    pub store: Arc<dyn KvStore>,
    /// Where the footings of realms are kept for good.
    pub footings: Arc<dyn FootingStore>,
    /// Checks signatures.
    pub verifier: Arc<dyn SignatureVerifier>,
    /// Reads what events say about keys.
    pub keys: Arc<dyn KeyRules>,
    /// Policy and engines.
    pub rules: Rules,
    /// Wall time; only decides when checkpoints are written.
    pub clock: Arc<dyn Clock>,
    /// Microseconds since any moment; only for figures.
    pub stopwatch: fn() -> u64,
    /// Hears of every published batch, on the committing thread: must not block.
    pub publish: Box<dyn FnMut(Observed) + Send>,
}

/// Settings.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Events between checkpoints.
    pub checkpoint_events: u64,
    /// Milliseconds between checkpoints when there is news.
    pub checkpoint_ms: u64,
    /// Bytes that realms may take in memory: half of it for the writer's, half for the versions that
    /// readers get. What has changed since its checkpoint stays beyond that (`docs/shards.md`).
    pub resident_bytes: u64,
}

/// Bytes that realms may take in memory where nothing else is said.
pub const RESIDENT_BYTES: u64 = 512 * 1024 * 1024;

impl Default for Options {
    fn default() -> Self {
        Self { checkpoint_events: 5_000, checkpoint_ms: 60_000, resident_bytes: RESIDENT_BYTES }
    }
}

pub use erase::is_needed;
pub use vitals::Vitals;

/// A running nervous system.
pub struct NervousSystem {
    bus: Arc<EventBus<Intake>>,
    log: Arc<dyn EventLogReader>,
    store: Arc<dyn KvStore>,
    loader: Arc<Loader>,
    versions: Arc<Versions>,
    shards: vitals::ShardFigures,
    failure: Arc<Mutex<Option<Failure>>>,
    guard: Arc<Guard>,
    unsaved: Arc<vitals::Unsaved>,
    /// Why nothing is written, if the log is damaged.
    read_only: Option<NervousError>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl NervousSystem {
    /// Restores the state and starts the threads. `progress` hears how many events of the log's tail
    /// have been folded.
    ///
    /// A log that is damaged is read as far as it is whole, and the node only reads: see
    /// [`NervousSystem::read_only`].
    ///
    /// # Errors
    /// When the log or the store cannot be read, or a thread cannot be started.
    pub fn open(
        parts: Parts,
        options: Options,
        progress: &dyn Fn(u64),
    ) -> Result<(Self, Recovery)> {
        let log = parts.log.reader();
        let authenticator = Authenticator::new(parts.verifier, parts.keys);
        let interval = Interval::of(options);
        let footings = Arc::new(Footings::open(parts.footings)?);
        let catalogue = Arc::new(Catalogue::open(Arc::clone(&parts.store), footings)?);
        let rules = Arc::new(parts.rules);
        let loader = Arc::new(Loader::new(
            Arc::clone(&catalogue),
            Arc::clone(&log),
            Arc::clone(&rules),
            authenticator.clone(),
            parts.stopwatch,
        ));
        let figures = vitals::ShardFigures::new(options.resident_bytes);
        let (bytes_max, counters) = (figures.bytes_max, Arc::clone(&figures.writer));
        let mut shards = Shards::new(Arc::clone(&loader), bytes_max, counters);
        let mut checkpoints = Checkpoints::new(catalogue);
        let source = RecoverySource {
            loader: &loader,
            interval,
            progress: &|events| {
                progress(events);
                ControlFlow::Continue(())
            },
            damaged: parts.damage.is_some(),
        };
        let recovered = recover(&source, &mut shards, &mut checkpoints)?;
        let damage = parts.damage.or(recovered.damage);
        let read_only = damage.as_ref().map(NervousError::read_only);
        let readers = Arc::clone(&figures.readers);
        let versions = Arc::new(Versions::new(Arc::clone(&loader), bytes_max, readers));
        let changed = shards.changed().map(|state| Snapshot::of(&RealmView::new(state)));
        changed.for_each(|version| versions.publish(Arc::new(version)));
        let mut checkpointer = Checkpointer::new(interval, parts.clock.now_ms());
        if read_only.is_none() {
            checkpointer.count(recovered.report.replayed);
        }
        let guard = Arc::new(Guard::new(Arc::clone(&parts.clock)));
        let unsaved = Arc::new(vitals::Unsaved::new(Arc::clone(&parts.clock)));
        let ingest = Ingest {
            rules,
            log: Arc::clone(&log),
            clock: parts.clock,
            authenticator: authenticator.clone(),
            guard: Arc::clone(&guard),
            shards,
            pending: Pending::default(),
            checkpointer,
        };
        let system = Self {
            bus: Arc::new(EventBus::new(BusLimits::default())),
            log,
            store: parts.store,
            loader,
            versions,
            shards: figures,
            failure: Arc::default(),
            guard,
            unsaved,
            read_only,
            threads: Mutex::default(),
        };
        system.start(ingest, authenticator, parts.log, parts.publish, checkpoints)?;
        Ok((system, recovered.report))
    }

    fn start(
        &self,
        ingest: Ingest,
        authenticator: Authenticator,
        log: Box<dyn EventLog>,
        mut publish: Box<dyn FnMut(Observed) + Send>,
        mut checkpoints: Checkpoints,
    ) -> Result<()> {
        let (verified, incoming) = sync_channel(BATCHES_WAITING_MAX);
        let (commits, committing) = sync_channel(BATCHES_WAITING_MAX);
        let (jobs, writing) = sync_channel::<Job>(1);
        let versions = Arc::clone(&self.versions);
        let unsaved = Arc::clone(&self.unsaved);
        let publish = Box::new(move |published: Published| {
            versions.publish(published.snapshot);
            unsaved.note();
            publish(published.observed);
        });
        let committer = Committer::new(log, publish, jobs, self.told());
        let bus = Arc::clone(&self.bus);
        self.spawn("authenticate", move || {
            while let Some(batch) = bus.take_batch(BATCH_RUNS_MAX, IDLE) {
                if verified.send(authenticator.check(batch)).is_err() {
                    break;
                }
            }
        })?;
        let failure = Arc::clone(&self.failure);
        self.spawn("write", move || {
            let mut ingest = ingest;
            for batch in incoming {
                match ingest.process(batch, &mut |commit| commits.send(commit).is_ok()) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::error!(%error, "the writer stopped");
                        *failure.lock().unwrap_or_else(PoisonError::into_inner) =
                            Some(Failure { why: error.chain(), ended: true });
                        break;
                    }
                }
            }
        })?;
        self.spawn("commit", move || committer.run(&committing))?;
        let unsaved = Arc::clone(&self.unsaved);
        let versions = Arc::clone(&self.versions);
        self.spawn("checkpoint", move || {
            for job in writing {
                let realms = job.realms();
                let written = job.write(&mut checkpoints);
                unsaved.clear_if(written);
                if written {
                    versions.stored(realms.into_iter());
                }
            }
        })
    }

    /// What notes how writing stands.
    fn told(&self) -> Told {
        let failure = Arc::clone(&self.failure);
        let guard = Arc::clone(&self.guard);
        Box::new(move |now: Option<&Failure>| {
            let mut known = failure.lock().unwrap_or_else(PoisonError::into_inner);
            match now {
                None => tracing::warn!("the log takes writes again"),
                Some(Failure { why, ended }) => {
                    tracing::error!(why, ended, "the log takes no writes");
                    if known.is_none() {
                        guard.anomaly("storage failure");
                    }
                }
            }
            *known = now.cloned();
        })
    }

    fn spawn(&self, name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = std::thread::Builder::new()
            .name(format!("pluto-{name}"))
            .spawn(body)
            .map_err(|error| NervousError::Stopped(error.to_string()))?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// Submits an encoded run.
    ///
    /// # Errors
    /// When the bytes are no run, the queue is full, the node takes no writes, its mode allows none
    /// (`NRV-0104`), or it only reads.
    pub fn submit(&self, source: Source, bytes: impl Into<Arc<[u8]>>) -> Result<Ticket<Receipt>> {
        let bytes = bytes.into();
        self.submit_decoded(source, Run::decode(&bytes)?, bytes)
    }

    /// As [`NervousSystem::submit`], for a run that was decoded from these bytes already.
    ///
    /// # Errors
    /// As there, but for those of decoding.
    pub fn submit_decoded(
        &self,
        source: Source,
        run: Run,
        bytes: Arc<[u8]>,
    ) -> Result<Ticket<Receipt>> {
        self.check_writable()?;
        self.guard.require(Operation::Append)?;
        let lane = Lane::of_run(run.events.iter().map(|event| event.header.kind));
        let record = record_of(&run, bytes);
        let (reply, ticket) = Ticket::new();
        let submission = Submission { run, record, verified: false, reply: Some(reply) };
        self.push(lane, source, Intake::Run(Box::new(submission)))?;
        Ok(ticket)
    }

    /// Writes a checkpoint and waits for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn checkpoint(&self) -> Result<()> {
        self.check_writable()?;
        let (reply, ticket) = Ticket::<()>::new();
        self.push(Lane::Critical, Source::Local, Intake::Checkpoint(reply))?;
        ticket.wait()
    }

    fn push(&self, lane: Lane, source: Source, intake: Intake) -> Result<()> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(Failure { why, .. }) = failure {
            return Err(NervousError::Stopped(why).into());
        }
        let accepted = self
            .bus
            .push_of(lane, source, intake.realm(), intake)
            .map_err(|refused| refused.why)?;
        if let Some((_, Intake::Run(displaced))) = accepted.displaced {
            let busy = BusError::Busy { lane, retry_after_ms: RETRY_AFTER_MS };
            displaced.refuse(busy.into());
        }
        Ok(())
    }

    /// The log, for reading.
    #[must_use]
    pub fn log(&self) -> &Arc<dyn EventLogReader> {
        &self.log
    }

    /// The store of checkpoints and tiles.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn KvStore> {
        &self.store
    }

    fn check_writable(&self) -> Result<()> {
        self.read_only.clone().map_or(Ok(()), |why| Err(why.into()))
    }

    /// Writes a last checkpoint, finishes what was submitted, and stops; reads go on. Stopping twice
    /// is no error.
    ///
    /// # Errors
    /// When the last checkpoint cannot be written; nothing acknowledged is lost then.
    pub fn stop(&self) -> Result<()> {
        let running = !self.threads.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        let writes = self.failure().is_none() && self.read_only.is_none();
        let last = if running && writes { self.checkpoint() } else { Ok(()) };
        self.shut_down();
        last
    }

    fn shut_down(&self) {
        self.bus.close();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the writer panicked");
            }
        }
    }
}

impl Drop for NervousSystem {
    fn drop(&mut self) {
        self.shut_down();
    }
}
