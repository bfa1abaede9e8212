//! The driver: carries frames between peers and the machines, over libp2p. It holds no rules.
//!
//! One thread, `pluto-network`, owns the swarm and all machines; connections run on the runtime's own
//! threads. A frame is one request, its acknowledgement an empty response: so the sender knows what is
//! on its way, and no queue grows without a bound.
//!
//! ```text
//! libp2p ── frame ──► SyncMachine::step ──► Send ──► line of the peer ──► libp2p
//!                        │        ▲
//!                     Apply    Applied            Host: the node around it
//!                        ▼        │
//!                    Host::apply ─┘
//! ```
//!
//! Whoever connects proves its node key (Noise, or TLS in QUIC), then greets: which realms it knows, and
//! whose node it is ([`crate::hello`]). Frames of realms that are not shared go nowhere.

mod address;
mod behaviour;
mod blobs;
mod codec;
mod dialer;
mod discovery;
mod gossip;
mod hearing;
mod host;
mod outputs;
mod peer;
mod run;
mod status;
mod traces;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use libp2p::identity::Keypair;
use libp2p::{Swarm, SwarmBuilder, noise, tcp, yamux};
use pluto_core::{BlobId, RealmId};
use pluto_error::Result;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::error::P2pError;
use crate::peer::PeerId;
use behaviour::Behaviour;
use run::{Command, Driver};

pub use address::{parse_peer, text_of};
pub use behaviour::{INCOMING_MAX, OUTGOING_MAX, PENDING_MAX, PER_PEER_MAX, STREAMS_MAX};
pub use dialer::DIALLED_MAX;
pub use host::{Applying, Grown, Host, Told, Welcome};
pub use peer::{IN_FLIGHT_MAX, OUTBOX_BYTES_MAX, OUTBOX_MAX, Standing};
pub use status::{NetworkStatus, PeerStatus};

/// Commands that wait for the network thread.
const COMMANDS_MAX: usize = 64;
/// Threads that connections run on.
const WORKERS: usize = 2;
/// How long a connection without anything on it is kept: peers stay connected.
const IDLE: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// How a node takes part in the network.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The addresses to listen at, such as `/ip4/0.0.0.0/tcp/4100` or
    /// `/ip4/0.0.0.0/udp/4100/quic-v1`.
    pub listen: Vec<String>,
    /// Peers to be connected with, with their ids.
    pub peers: Vec<String>,
    /// Peers that are shut out.
    pub banned: Vec<PeerId>,
    /// The peers that alone may connect; when there are none, everybody may.
    pub allowed: Vec<PeerId>,
    /// The peers that trace context is exchanged with, both ways.
    pub traced: Vec<PeerId>,
    /// Whether peers of the local network are found, and find this node.
    pub mdns: bool,
    /// Whether peers that share an open realm are found through others (Kademlia).
    pub dht: bool,
    /// Whether others may reach each other through this node.
    pub relay: bool,
}

/// The 32 secret bytes of a node's key.
pub type NodeKey = [u8; 32];

/// A new key, from the randomness of the operating system.
///
/// # Errors
/// `P2P-0009` when there is none.
pub fn new_node_key() -> Result<NodeKey> {
    let mut key = NodeKey::default();
    getrandom::fill(&mut key).map_err(|error| failed("draw a node key", error))?;
    Ok(key)
}

/// The node that has that key.
///
/// # Errors
/// `P2P-0009` for bytes that are no key.
pub fn node_of(key: NodeKey) -> Result<PeerId> {
    let id = keypair(key)?.public().to_peer_id();
    let unknown = || P2pError::Network { action: "use the node key", why: id.to_string() };
    Ok(address::peer_of(&id).ok_or_else(unknown)?)
}

fn keypair(mut key: NodeKey) -> std::result::Result<Keypair, P2pError> {
    // The buffer is zeroed by the callee.
    Keypair::ed25519_from_bytes(&mut key)
        .map_err(|error| P2pError::Network { action: "use the node key", why: error.to_string() })
}

/// Tells the network thread that a realm may have grown. It never waits and may be told too often.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Tells it.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.0.notified().await;
    }
}

/// A network that runs; dropping it closes all connections.
pub struct Network {
    commands: Option<mpsc::Sender<Command>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Network {
    /// Listens, dials, and syncs until it is dropped. `wake` tells it when a realm may have
    /// grown.
    ///
    /// # Errors
    /// `P2P-0008` for an address that is none, `P2P-0009` when one cannot be listened at.
    pub fn start(key: NodeKey, settings: Settings, wake: Wake, host: impl Host) -> Result<Self> {
        let keys = keypair(key)?;
        let (commands, incoming) = mpsc::channel(COMMANDS_MAX);
        let (ready, started) = std::sync::mpsc::sync_channel::<Result<()>>(1);
        let body = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(WORKERS)
                .thread_name("pluto-network")
                .enable_all()
                .build();
            let runtime = match runtime {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = ready.send(Err(failed("start a runtime", error).into()));
                    return;
                }
            };
            runtime.block_on(async move {
                let driver = swarm(&keys, &settings)
                    .map_err(Into::into)
                    .and_then(|swarm| Driver::new(swarm, host, wake, &settings));
                match driver {
                    Ok(driver) => {
                        let _ = ready.send(Ok(()));
                        driver.run(incoming).await;
                    }
                    Err(error) => drop(ready.send(Err(error))),
                }
            });
            // What is still being admitted ends by itself; nobody waits for it here.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new()
            .name("pluto-network".into())
            .spawn(body)
            .map_err(|error| failed("start a thread", error))?;
        started.recv().map_err(|_| P2pError::NetworkBusy)??;
        Ok(Self { commands: Some(commands), thread: Mutex::new(Some(thread)) })
    }

    fn command(&self, command: Command) -> Result<()> {
        let commands = self.commands.as_ref().ok_or(P2pError::NetworkBusy)?;
        Ok(commands.try_send(command).map_err(|_| P2pError::NetworkBusy)?)
    }

    /// Goes to a peer, now and whenever it is lost; `address` ends with its id.
    ///
    /// # Errors
    /// `P2P-0008` for what is no such address; `P2P-0010`.
    pub fn dial(&self, address: &str) -> Result<PeerId> {
        let (address, peer) = address::parse_address(address)?;
        self.command(Command::Dial(peer, address))?;
        Ok(peer)
    }

    /// Shuts a peer out, or lets it in again.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn ban(&self, peer: PeerId, banned: bool) -> Result<()> {
        self.command(Command::Ban(peer, banned))
    }

    /// Lets these peers in and no others; everybody, if there are none.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn allow(&self, peers: Vec<PeerId>) -> Result<()> {
        self.command(Command::Allow(peers))
    }

    /// Compares a realm with all peers now.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn sync_now(&self, realm: RealmId) -> Result<()> {
        self.command(Command::SyncNow(realm))
    }

    /// Fetches a blob of whoever has it, if it has no more bytes than that; [`Told::Blob`] says how it
    /// ended.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn want(&self, blob: BlobId, bytes_max: u64) -> Result<()> {
        self.command(Command::Want(blob, bytes_max))
    }

    /// Tells those who look for it that a blob is here.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn provide(&self, blob: BlobId) -> Result<()> {
        self.command(Command::Provide(blob))
    }

    /// Tells that [`Host::realms`] or [`Host::welcome`] would answer differently now.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn greet_again(&self) -> Result<()> {
        self.command(Command::Greet)
    }

    /// How the network stands.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn status(&self) -> Result<NetworkStatus> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Status(reply))?;
        Ok(answer.blocking_recv().map_err(|_| P2pError::NetworkBusy)?)
    }

    /// Closes all connections and waits for the thread; stopping twice is no error.
    pub fn stop(&mut self) {
        self.commands = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the network thread panicked");
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.stop();
    }
}

fn failed(action: &'static str, why: impl ToString) -> P2pError {
    P2pError::Network { action, why: why.to_string() }
}

fn swarm(keys: &Keypair, settings: &Settings) -> std::result::Result<Swarm<Behaviour>, P2pError> {
    let swarm = SwarmBuilder::with_existing_identity(keys.clone())
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)
        .map_err(|error| failed("use Noise", error))?
        .with_quic()
        .with_dns()
        .map_err(|error| failed("use DNS", error))?
        .with_relay_client(noise::Config::new, yamux::Config::default)
        .map_err(|error| failed("use relays", error))?
        .with_behaviour(|keys, relay| Behaviour::new(keys, relay, settings))
        .map_err(|error| failed("put the protocols together", error))?
        .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE))
        .build();
    Ok(swarm)
}

#[cfg(test)]
mod tests;
