//! The node: every part named and put together, over one data directory.
//!
//! ```text
//! <data>/keys    the encrypted keystore
//! <data>/store   log, index, blobs (one process at a time)
//! <data>/node.toml how much memory it may take
//! <data>/witness what identities of this node signed as witnesses
//! ```

mod agent_desk;
mod archive;
mod author;
mod desk;
mod evidence;
mod footings;
pub mod gate;
mod memory;
mod named;
mod operator;
mod peers;
mod proposed;
mod protection;
mod realm_proof;
mod refold;
mod rehearsal;
mod resume;
mod rules;
mod witness;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use pluto_core::traits::{Clock, Committed, StateView};
use pluto_core::{Component, Did, RealmId};
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_error::Result;
use pluto_identity::{KeyChain, Zip215Verifier};
use pluto_nervous_system::event_sourcing::FootingStore;
use pluto_nervous_system::state_graph::{dispatch_order, triggers};
use pluto_nervous_system::{NervousSystem, Options, Parts, Recovery, Snapshot};
use pluto_p2p::driver::{Network, Wake};
use pluto_storage::{FileBlobs, LogOptions, Store};
use pluto_synapse::{
    AnomalyObserver, Follower, MetricsObserver, ObserverHandle, Subscription, SynapseHub, Topology,
};

use crate::error::NodeError;
use crate::health::{Health, Indicators};
use archive::{Erasable, Eraser, carry_out_all};
use footings::Footings;
use resume::LogResume;

pub(crate) use resume::load;

pub use agent_desk::AgentDesk;
pub(crate) use agent_desk::{answer as answer_shown, completed, wish as wish_of};
pub use archive::{Adopted, BlobFate, CheckedEpoch};
pub(crate) use author::checkpoint::checkpoint_over;
pub use author::{Author, Written};
pub(crate) use author::{identity, inception_in, payload_version};
pub use desk::{Acted, Answered, AsOf, Desk, STALENESS_MS_MAX, Wish, approve, complete};
pub use evidence::{Version, Witnessed};
pub use memory::{NodeConfig, bytes_max, parse_memory};
pub use operator::{ModeCommand, OPERATOR, OPERATOR_REALM};
pub use peers::{Invite, NetworkConfig, Reported, UnreportedForks, bind, binding, node_key};
pub use protection::BOARD_EVENTS_MAX;
pub use realm_proof::ProvenRealm;
pub use rehearsal::Rehearsal;
pub use rules::{rules, rules_with};
pub use witness::{SKEW_MS_MAX, Seat, Witnessing, memory_path};

/// Batches the hub thread may fall behind before it reads from the log instead.
const HUB_BATCHES_MAX: usize = 256;

/// The system clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Microseconds since the process first asked.
#[must_use]
pub fn stopwatch() -> u64 {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGUN.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A node that is running.
pub struct Node {
    system: Arc<NervousSystem>,
    /// The blobs.
    pub blobs: Arc<FileBlobs>,
    footings: Arc<Footings>,
    /// What opening did.
    pub recovery: Recovery,
    /// Counts of committed events by component.
    pub metrics: Arc<MetricsObserver>,
    /// Where it was opened, if it was opened in a directory.
    data: OnceLock<PathBuf>,
    /// Who signs checkpoints here by itself.
    witness: OnceLock<Did>,
    /// The operator's realm, once it is there.
    operator: OnceLock<RealmId>,
    /// Whose turn it is to write, by author: an author writes one event after the other.
    turns: Mutex<HashMap<Did, Arc<Mutex<()>>>>,
    desk: Desk,
    /// The network, while the node is online.
    network: Mutex<Option<Network>>,
    wake: Wake,
    shared: Arc<peers::Shared>,
    hub: SynapseHub,
    hub_thread: Mutex<Option<JoinHandle<()>>>,
    _observers: Vec<ObserverHandle>,
}

/// The store's folder inside a data directory.
#[must_use]
pub fn store_dir(data: &Path) -> PathBuf {
    data.join("store")
}

/// The folder of native code inside a data directory; it can be deleted at any time.
#[must_use]
pub fn native_dir(data: &Path) -> PathBuf {
    data.join("native")
}

/// The keystore inside a data directory.
#[must_use]
pub fn keystore_path(data: &Path) -> PathBuf {
    data.join("keys")
}

impl Node {
    /// Opens the node in `data`. Over a damaged log it only reads, as far as the log is whole.
    ///
    /// # Errors
    /// `NOD-0001` when there is none; what storage and recovery say.
    pub fn open(data: &Path, progress: &dyn Fn(u64)) -> Result<Self> {
        Self::open_within(data, ExecutionMode::default(), None, progress)
    }

    /// The same, with policies run in that mode, and so many bytes of realms in memory; where nothing is
    /// said of them, what `node.toml` says.
    ///
    /// # Errors
    /// As [`Node::open`]; `NOD-0007` for settings that are none.
    pub fn open_within(
        data: &Path,
        mode: ExecutionMode,
        resident_bytes: Option<u64>,
        progress: &dyn Fn(u64),
    ) -> Result<Self> {
        let dir = store_dir(data);
        if !dir.is_dir() {
            return Err(NodeError::NotInitialised(data.to_owned()).into());
        }
        let resident_bytes =
            resident_bytes.map_or_else(|| NodeConfig::load(data)?.resident_bytes(), Ok)?;
        let store = Store::open(&dir, LogOptions::default())?;
        let vm = Arc::new(Vm::new(mode, Some(&native_dir(data)))?);
        let options = Options { resident_bytes, ..Options::default() };
        let node = Self::put_together(store, &vm, options, progress)?;
        let _ = node.data.set(data.to_owned());
        node.resume_operator(data)?;
        Ok(node)
    }

    /// Puts the parts over an open store together.
    ///
    /// # Errors
    /// What recovery says.
    pub fn start(store: Store, progress: &dyn Fn(u64)) -> Result<Self> {
        let vm = Arc::new(Vm::new(ExecutionMode::default(), None)?);
        Self::start_with(store, &vm, progress)
    }

    /// The same, with policies run by `vm`.
    ///
    /// # Errors
    /// What recovery says.
    pub fn start_with(store: Store, vm: &Arc<Vm>, progress: &dyn Fn(u64)) -> Result<Self> {
        Self::put_together(store, vm, Options::default(), progress)
    }

    fn put_together(
        store: Store,
        vm: &Arc<Vm>,
        options: Options,
        progress: &dyn Fn(u64),
    ) -> Result<Self> {
        let (hub, _intents) = SynapseHub::new(topology());
        let publisher = hub.clone();
        let wake = Wake::default();
        let shared: Arc<peers::Shared> = Arc::default();
        let (waking, telling) = (wake.clone(), Arc::clone(&shared));
        let footings = Arc::new(Footings::new(store.footings));
        let parts = Parts {
            damage: store.log.check_writable().err(),
            log: Box::new(store.log),
            store: store.index.open()?,
            footings: Arc::clone(&footings) as Arc<dyn FootingStore>,
            verifier: Arc::new(Zip215Verifier),
            keys: Arc::new(KeyChain),
            rules: rules(vm),
            clock: Arc::new(SystemClock),
            stopwatch,
            publish: Box::new(move |batch| {
                publisher.publish(&Arc::new(batch));
                waking.wake();
                telling.published();
            }),
        };
        let (system, recovery) = NervousSystem::open(parts, options, progress)?;
        let system = Arc::new(system);
        carry_out_all(&Erasable::of(&system, &store.blobs, &footings));
        let metrics = Arc::new(MetricsObserver::default());
        let guard = Arc::clone(system.guard());
        let proven = AnomalyObserver::new(move |event: &Committed| {
            guard.anomaly_of(event.realm, event.author, "an anomaly is proven");
        });
        let observers = vec![
            hub.register(metrics.clone())?,
            hub.register(Arc::new(proven))?,
            hub.register(Arc::new(protection::Watch::new(&system)))?,
            hub.register(Arc::new(Eraser::new(&system, &store.blobs, &footings)))?,
        ];
        let hub_thread = Mutex::new(Some(serve_observers(&hub, &system)?));
        Ok(Self {
            system,
            blobs: store.blobs,
            footings,
            recovery,
            metrics,
            data: OnceLock::new(),
            witness: OnceLock::new(),
            operator: OnceLock::new(),
            turns: Mutex::default(),
            desk: Desk::new(Arc::clone(vm)),
            network: Mutex::default(),
            wake,
            shared,
            hub,
            hub_thread,
            _observers: observers,
        })
    }

    /// How the node is.
    #[must_use]
    pub fn health(&self) -> Health {
        let network = self.network_status().ok().flatten();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Health::of(Indicators {
            vitals: self.system.vitals(),
            mode: self.system.mode(),
            failure: self.system.failure(),
            ended: self.system.has_ended(),
            read_only: self.system.read_only().map(ToString::to_string),
            peer_faults: self.network_faults_lately(),
            peers: network.map(|now| {
                let connected = now.peers.iter().filter(|peer| peer.connected).count();
                [count(connected), count(now.peers.len())]
            }),
            quarantined: self.hub.quarantined(),
        })
    }

    /// The nervous system.
    #[must_use]
    pub fn system(&self) -> &NervousSystem {
        &self.system
    }

    /// Who is asked what agents may do.
    #[must_use]
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Batches that are published from now on, at most so many of them waiting.
    ///
    /// # Errors
    /// `SYN-0005` when too many subscribe.
    pub fn news(&self, batches_max: usize) -> Result<Subscription> {
        self.hub.subscribe(None, batches_max)
    }

    /// What one who writes for `author` must hold meanwhile.
    fn turn_of(&self, author: Did) -> Arc<Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(author).or_default())
    }

    /// The newest version of a realm.
    ///
    /// # Errors
    /// `NOD-0003` when it is not here; what reading it from the store says.
    pub fn snapshot(&self, realm: RealmId) -> Result<Arc<Snapshot>> {
        let missing = || NodeError::NotFound {
            what: "realm",
            name: realm.to_string(),
            hint: "see `pluto realm list`".to_owned(),
        };
        Ok(self.system.version(realm)?.ok_or_else(missing)?)
    }

    /// Writes a checkpoint and stops; stopping twice is no error.
    ///
    /// # Errors
    /// When the checkpoint cannot be written; nothing acknowledged is lost.
    pub fn stop(&self) -> Result<()> {
        self.go_offline();
        let last = self.system.stop();
        self.hub.close();
        let thread = self.hub_thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        last
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.go_offline();
        self.hub.close();
    }
}

fn topology() -> Topology {
    Topology { triggers: Component::ALL.map(triggers), order: dispatch_order() }
}

/// The label a party gave itself, if it did: the record under its own DID in collection `label`.
#[must_use]
pub fn label(snapshot: &Snapshot, did: pluto_core::Did) -> Option<String> {
    use pluto_core::Canonical;
    let key = pluto_core::state::record_key(LABELS, &did.to_bytes());
    let bytes = snapshot.get(Component::KvStore, &key)?;
    let record = pluto_realm::StoredRecord::decode(&bytes).ok()?;
    (record.author == did).then(|| String::from_utf8(record.value).ok()).flatten()
}

/// The collection of labels.
pub const LABELS: &str = "label";

/// The thread on which observers hear of what is committed.
fn serve_observers(hub: &SynapseHub, system: &Arc<NervousSystem>) -> Result<JoinHandle<()>> {
    let subscription = hub.subscribe(None, HUB_BATCHES_MAX)?;
    let mut follower = Follower::new(subscription, Arc::new(LogResume::new(system)));
    let hub = hub.clone();
    let serve = move || {
        while let Err(error) = hub.serve(&mut follower) {
            tracing::warn!(%error, "observers wait for the log");
            std::thread::yield_now();
        }
    };
    let thread = std::thread::Builder::new().name("pluto-hub".into()).spawn(serve);
    Ok(thread.map_err(|error| NodeError::file("start", "pluto-hub", error))?)
}

#[cfg(test)]
mod tests;
