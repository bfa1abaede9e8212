//! The protocols of a node, put together.

use std::time::Duration;

use libp2p::identity::Keypair;
use libp2p::kad::store::MemoryStore;
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{
    StreamProtocol, allow_block_list, autonat, connection_limits, dcutr, gossipsub, identify, kad,
    mdns, ping, relay,
};

use super::codec::Capped;
use super::{Settings, address, gossip};
use crate::blob::{ASK_BYTES, PART_BYTES_MAX};
use crate::hello::HELLO_BYTES_MAX;
use crate::message::FRAME_BYTES_MAX;
use crate::peer::PeerId;
use crate::traced::CONTEXT_BYTES;

const FRAMES: StreamProtocol = StreamProtocol::new("/pluto/sync/1");
/// The same frames, each behind a trace context.
pub(super) const TRACED: StreamProtocol = StreamProtocol::new("/pluto/traced-sync/1");
const BLOBS: StreamProtocol = StreamProtocol::new("/pluto/blob/1");
const HELLO: StreamProtocol = StreamProtocol::new("/pluto/hello/1");
const KAD: StreamProtocol = StreamProtocol::new("/pluto/kad/1");
const IDENTIFY: &str = "/pluto/1";

/// Connections that others may open.
pub const INCOMING_MAX: u32 = 64;
/// Connections that this node opens.
pub const OUTGOING_MAX: u32 = 64;
/// Connections with one peer: one each way, and two that replace them.
pub const PER_PEER_MAX: u32 = 4;
/// Connections whose handshake is under way, each way.
pub const PENDING_MAX: u32 = 32;
/// Frames of one connection that are read or written at once, by each of the protocols for them.
pub const STREAMS_MAX: usize = 16;
/// How long a frame may take from the first byte to its acknowledgement.
const FRAME_PATIENCE: Duration = Duration::from_secs(20);

/// How often a connection is tried, and how long that may take.
const PING: Duration = Duration::from_secs(10);

/// All protocols.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) limits: connection_limits::Behaviour,
    pub(super) blocked: allow_block_list::Behaviour<allow_block_list::BlockedPeers>,
    pub(super) allowed: Toggle<allow_block_list::Behaviour<allow_block_list::AllowedPeers>>,
    pub(super) frames: request_response::Behaviour<Capped>,
    pub(super) traced: request_response::Behaviour<Capped>,
    pub(super) hello: request_response::Behaviour<Capped>,
    pub(super) blobs: request_response::Behaviour<Capped>,
    pub(super) gossip: gossipsub::Behaviour,
    pub(super) identify: identify::Behaviour,
    pub(super) ping: ping::Behaviour,
    pub(super) kad: Toggle<kad::Behaviour<MemoryStore>>,
    pub(super) mdns: Toggle<mdns::tokio::Behaviour>,
    pub(super) autonat: autonat::Behaviour,
    pub(super) relay_client: relay::client::Behaviour,
    pub(super) dcutr: dcutr::Behaviour,
    pub(super) relay: Toggle<relay::Behaviour>,
}

type Built = Result<Behaviour, Box<dyn std::error::Error + Send + Sync>>;

impl Behaviour {
    pub(super) fn new(
        keys: &Keypair,
        relay_client: relay::client::Behaviour,
        settings: &Settings,
    ) -> Built {
        let id = keys.public().to_peer_id();
        let mdns = settings.mdns.then(|| mdns::tokio::Behaviour::new(mdns::Config::default(), id));
        let kad = settings.dht.then(|| {
            let mut config = kad::Config::new(KAD);
            config.disjoint_query_paths(true);
            let mut kad = kad::Behaviour::with_config(id, MemoryStore::new(id), config);
            if !settings.listen.is_empty() {
                // An operator who listens and turns it on wants to be asked, wherever that is.
                kad.set_mode(Some(kad::Mode::Server));
            }
            kad
        });
        let relay = settings.relay.then(|| relay::Behaviour::new(id, relay::Config::default()));
        let agent = concat!("pluto/", env!("CARGO_PKG_VERSION")).to_owned();
        Ok(Self {
            limits: connection_limits::Behaviour::new(limits()),
            blocked: allow_block_list::Behaviour::default(),
            allowed: allowed(&settings.allowed),
            frames: exchange(FRAMES, FRAME_BYTES_MAX, 0),
            traced: exchange(TRACED, FRAME_BYTES_MAX + CONTEXT_BYTES, 0),
            hello: exchange(HELLO, HELLO_BYTES_MAX, HELLO_BYTES_MAX),
            blobs: exchange(BLOBS, ASK_BYTES, PART_BYTES_MAX),
            gossip: gossip::behaviour()?,
            identify: identify::Behaviour::new(
                identify::Config::new(IDENTIFY.to_owned(), keys.public()).with_agent_version(agent),
            ),
            ping: ping::Behaviour::new(ping::Config::new().with_interval(PING).with_timeout(PING)),
            kad: kad.into(),
            mdns: mdns.transpose()?.into(),
            autonat: autonat::Behaviour::new(id, autonat::Config::default()),
            relay_client,
            dcutr: dcutr::Behaviour::new(id),
            relay: relay.into(),
        })
    }
}

/// Who alone may connect; everybody, if nobody is named.
pub(super) fn allowed(
    peers: &[PeerId],
) -> Toggle<allow_block_list::Behaviour<allow_block_list::AllowedPeers>> {
    let list = (!peers.is_empty()).then(|| {
        let mut list = allow_block_list::Behaviour::default();
        for id in peers.iter().filter_map(|peer| address::id_of(*peer)) {
            list.allow_peer(id);
        }
        list
    });
    list.into()
}

fn limits() -> connection_limits::ConnectionLimits {
    connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(PENDING_MAX))
        .with_max_pending_outgoing(Some(PENDING_MAX))
        .with_max_established_incoming(Some(INCOMING_MAX))
        .with_max_established_outgoing(Some(OUTGOING_MAX))
        .with_max_established_per_peer(Some(PER_PEER_MAX))
}

fn exchange(
    protocol: StreamProtocol,
    request_bytes_max: usize,
    response_bytes_max: usize,
) -> request_response::Behaviour<Capped> {
    let codec = Capped { request_bytes_max, response_bytes_max };
    let config = request_response::Config::default()
        .with_request_timeout(FRAME_PATIENCE)
        .with_max_concurrent_streams(STREAMS_MAX);
    let protocols = [(protocol, ProtocolSupport::Full)];
    request_response::Behaviour::with_codec(codec, protocols, config)
}
