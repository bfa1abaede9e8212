//! A node in memory that can be stopped and opened again.

use std::sync::{Arc, LazyLock};

use pluto_core::traits::{Clock, EventLog, KvStore, Observed};
use pluto_core::{Canonical, RealmId, Run};
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_error::Result;
use pluto_identity::{KeyChain, Zip215Verifier};
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::event_sourcing::{MemoryFootings, Rules};
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_nervous_system::{NervousSystem, Options, Parts, Receipt, Recovery, Ticket};
use pluto_storage::{MemoryKv, MemoryLog};

/// The rules of the node.
///
/// # Panics
/// When the engine of policies cannot be set up.
#[must_use]
pub fn rules() -> Rules {
    static VM: LazyLock<Arc<Vm>> = LazyLock::new(|| {
        Arc::new(Vm::new(ExecutionMode::default(), None).expect("an engine for policies"))
    });
    pluto_node::node::rules(&VM)
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now_ms(&self) -> u64 {
        0
    }
}

/// Opens a nervous system over any log and store, whose clock stands still.
///
/// # Errors
/// When the log is damaged.
pub fn open_over(
    log: Box<dyn EventLog>,
    store: Arc<dyn KvStore>,
    checkpoint_events: u64,
    publish: impl FnMut(Observed) + Send + 'static,
) -> Result<(NervousSystem, Recovery)> {
    open_at(log, store, checkpoint_events, Arc::new(StoppedClock), publish)
}

fn open_by(
    rules: Rules,
    log: Box<dyn EventLog>,
    store: Arc<dyn KvStore>,
    checkpoint_events: u64,
    clock: Arc<dyn Clock>,
    publish: impl FnMut(Observed) + Send + 'static,
) -> Result<(NervousSystem, Recovery)> {
    let options = Options { checkpoint_events, ..Options::default() };
    open_within(rules, log, store, Arc::default(), options, clock, publish)
}

fn open_within(
    rules: Rules,
    log: Box<dyn EventLog>,
    store: Arc<dyn KvStore>,
    footings: Arc<MemoryFootings>,
    options: Options,
    clock: Arc<dyn Clock>,
    publish: impl FnMut(Observed) + Send + 'static,
) -> Result<(NervousSystem, Recovery)> {
    let parts = Parts {
        log,
        damage: None,
        store,
        footings,
        verifier: Arc::new(Zip215Verifier),
        keys: Arc::new(KeyChain),
        rules,
        clock,
        stopwatch: pluto_node::node::stopwatch,
        publish: Box::new(publish),
    };
    NervousSystem::open(parts, options, &|_| {})
}

/// Opens a nervous system with a clock.
///
/// # Errors
/// When the log cannot be read.
pub fn open_at(
    log: Box<dyn EventLog>,
    store: Arc<dyn KvStore>,
    checkpoint_events: u64,
    clock: Arc<dyn Clock>,
    publish: impl FnMut(Observed) + Send + 'static,
) -> Result<(NervousSystem, Recovery)> {
    open_by(rules(), log, store, checkpoint_events, clock, publish)
}

/// Opens a nervous system over any log and store with settings, and the clock of the system.
///
/// # Errors
/// When the log cannot be read.
pub fn open_with(
    log: Box<dyn EventLog>,
    store: Arc<dyn KvStore>,
    options: Options,
) -> Result<NervousSystem> {
    let clock = Arc::new(pluto_node::node::SystemClock);
    Ok(open_within(rules(), log, store, Arc::default(), options, clock, |_| {})?.0)
}

/// What survives a stop.
#[derive(Clone, Default)]
pub struct Store {
    /// The log.
    pub log: MemoryLog,
    /// Checkpoints and tiles.
    pub kv: Arc<MemoryKv>,
    /// Footings.
    pub footings: Arc<MemoryFootings>,
}

/// A running node.
pub struct MemoryNode {
    /// Its nervous system.
    pub system: NervousSystem,
    /// What opening did.
    pub recovery: Recovery,
}

impl MemoryNode {
    /// Opens a node over `store`.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn open(store: &Store, checkpoint_events: u64) -> Result<Self> {
        Self::observed(store, checkpoint_events, |_| {})
    }

    /// Opens a node that runs policies in that mode.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn open_in(store: &Store, checkpoint_events: u64, mode: ExecutionMode) -> Result<Self> {
        let vm = Arc::new(Vm::new(mode, None)?);
        Self::open_with(pluto_node::node::rules(&vm), store, checkpoint_events)
    }

    /// Opens a node that folds by other rules.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn open_with(rules: Rules, store: &Store, checkpoint_events: u64) -> Result<Self> {
        let options = Options { checkpoint_events, ..Options::default() };
        Self::open_by(rules, store, options, |_| {})
    }

    /// Opens a node whose realms may take so many bytes in memory.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn open_within(store: &Store, checkpoint_events: u64, resident_bytes: u64) -> Result<Self> {
        let options = Options { checkpoint_events, resident_bytes, ..Options::default() };
        Self::open_by(rules(), store, options, |_| {})
    }

    /// Opens a node whose published batches `publish` hears of.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn observed(
        store: &Store,
        checkpoint_events: u64,
        publish: impl FnMut(Observed) + Send + 'static,
    ) -> Result<Self> {
        let options = Options { checkpoint_events, ..Options::default() };
        Self::open_by(rules(), store, options, publish)
    }

    fn open_by(
        rules: Rules,
        store: &Store,
        options: Options,
        publish: impl FnMut(Observed) + Send + 'static,
    ) -> Result<Self> {
        let (log, clock) = (Box::new(store.log.clone()), Arc::new(StoppedClock));
        let (kv, footings) = (store.kv.clone(), store.footings.clone());
        let (system, recovery) = open_within(rules, log, kv, footings, options, clock, publish)?;
        Ok(Self { system, recovery })
    }

    /// Submits runs and gives their tickets.
    ///
    /// # Errors
    /// When one is refused at once.
    pub fn submit(&self, runs: &[Run]) -> Result<Vec<Ticket<Receipt>>> {
        runs.iter().map(|run| self.system.submit(Source::Local, run.encode())).collect()
    }

    /// Submits runs and waits for all.
    ///
    /// # Errors
    /// The first error of any.
    pub fn write(&self, runs: &[Run]) -> Result<Vec<Receipt>> {
        self.submit(runs)?.into_iter().map(Ticket::wait).collect()
    }

    /// The published roots of a realm.
    #[must_use]
    pub fn roots(&self, realm: RealmId) -> Option<Roots> {
        self.system.snapshot(realm).map(|snapshot| snapshot.roots())
    }
}
