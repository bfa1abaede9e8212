//! The driver against peers that speak libp2p and mean no good.

use std::io;
use std::time::Duration;

use futures::{AsyncRead, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, StreamProtocol};
use tokio::time::Instant;

use super::*;
use crate::blob::{BlobShelf, Plan};
use crate::hello::Hello;
use crate::memory::MemoryEvents;
use crate::store::EventStore;
use crate::sync::{Incoming, RunOutcome};
use crate::traced::Traceparent;

const PATIENCE: Duration = Duration::from_secs(60);
/// What an empty node calls every span.
const CONTEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

mod several;
mod traced;

/// A node without events that takes nothing in.
#[derive(Default)]
struct Empty(MemoryEvents);

impl Host for Empty {
    fn refresh(&mut self) -> Vec<Grown> {
        Vec::new()
    }

    fn store(&self) -> &dyn EventStore {
        &self.0
    }

    fn hollow(&self, _: RealmId) -> Vec<pluto_core::EventId> {
        Vec::new()
    }

    fn shelf(&self) -> Arc<dyn BlobShelf> {
        Arc::new(NoBlobs)
    }

    fn realms(&self) -> Vec<RealmId> {
        vec![RealmId([7; 32])]
    }

    fn is_open(&self, _: RealmId) -> bool {
        true
    }

    fn hello(&self, _: PeerId) -> Hello {
        Hello::default()
    }

    fn welcome(&self, _: PeerId, _: &Hello) -> Welcome {
        Welcome { owner: None, realms: self.realms() }
    }

    fn apply(&mut self, _: PeerId, runs: Vec<Incoming>) -> Applying {
        Box::new(move || Some(vec![RunOutcome::Refused; runs.len()]))
    }

    fn traceparent(&self, _: &tracing::Span) -> Option<Traceparent> {
        Traceparent::new(CONTEXT)
    }

    fn told(&mut self, _: Told) {}
}

struct NoBlobs;

impl BlobShelf for NoBlobs {
    fn part(&self, _: &BlobId, _: u16) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn plan(&self, _: &BlobId, _: &[u8]) -> Result<Option<Plan>> {
        Ok(None)
    }

    fn keep(&self, _: &BlobId, _: &[u8], _: u16, _: &[u8]) -> Result<bool> {
        Ok(false)
    }

    fn finish(&self, _: &BlobId, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn ids(&self, _: usize) -> Result<Vec<BlobId>> {
        Ok(Vec::new())
    }
}

/// Says whatever it is given, without a length in front.
#[derive(Clone, Default)]
struct Raw;

impl request_response::Codec for Raw {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = ();

    async fn read_request<T>(&mut self, _: &StreamProtocol, _: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        Ok(Vec::new())
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, _: &mut T) -> io::Result<()>
    where
        T: AsyncRead + Unpin + Send,
    {
        Ok(())
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&bytes).await?;
        io.flush().await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, _: &mut T, (): ()) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        Ok(())
    }
}

fn victim() -> (Network, Multiaddr) {
    victim_of(Settings::default())
}

fn victim_of(settings: Settings) -> (Network, Multiaddr) {
    let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let settings = Settings { listen, ..settings };
    let host = Empty::default();
    let network = Network::start([1; 32], settings, Wake::default(), host).expect("a network");
    let address = loop {
        if let Some(address) = network.status().expect("a status").listening.pop() {
            break address.parse().expect("an address");
        }
    };
    (network, address)
}

/// A peer that dials `to` and sends `bytes` again and again on that protocol; gives its name once the
/// other side has cut it off.
fn cut_off_after(to: &Multiaddr, protocol: &'static str, bytes: &[u8]) -> PeerId {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let keys = Keypair::ed25519_from_bytes([9; 32]).expect("32 bytes");
        let protocols = [(StreamProtocol::new(protocol), ProtocolSupport::Full)];
        let config = request_response::Config::default();
        let behaviour = request_response::Behaviour::<Raw>::new(protocols, config);
        let mut swarm = SwarmBuilder::with_existing_identity(keys)
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .expect("Noise")
            .with_behaviour(|_| behaviour)
            .expect("a behaviour")
            .with_swarm_config(|config| config.with_idle_connection_timeout(PATIENCE))
            .build();
        swarm.dial(to.clone()).expect("an address");
        let mut sent = 0;
        let events = async {
            loop {
                match swarm.select_next_some().await {
                    SwarmEvent::ConnectionEstablished { peer_id, .. }
                    | SwarmEvent::Behaviour(
                        request_response::Event::Message { peer: peer_id, .. }
                        | request_response::Event::OutboundFailure { peer: peer_id, .. },
                    ) if sent < 1_000 && swarm.is_connected(&peer_id) => {
                        sent += 1;
                        swarm.behaviour_mut().send_request(&peer_id, bytes.to_vec());
                    }
                    SwarmEvent::ConnectionClosed { .. }
                    | SwarmEvent::OutgoingConnectionError { .. } => return,
                    _ => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, events).await.expect("it is never cut off");
        address::peer_of(swarm.local_peer_id()).expect("an Ed25519 key")
    })
}

/// The peer knows that it was cut off; the other side is a moment behind.
fn assert_banned(network: &Network, peer: PeerId) {
    let begun = Instant::now();
    loop {
        let status = network.status().expect("a status");
        let known = status.peers.iter().find(|known| known.peer == peer);
        if known.is_some_and(|known| known.banned && !known.connected) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{known:?}");
    }
}

#[test]
fn a_peer_that_announces_too_much_is_shut_out() {
    let (network, address) = victim();
    let peer = cut_off_after(&address, "/pluto/sync/1", &u32::MAX.to_be_bytes());
    assert_banned(&network, peer);
}

#[test]
fn a_peer_that_greets_with_garbage_is_shut_out() {
    let (network, address) = victim();
    let peer = cut_off_after(&address, "/pluto/hello/1", &[0, 0, 0, 3, 9, 9, 9]);
    assert_banned(&network, peer);
}

#[test]
fn who_is_not_on_the_list_is_not_heard() {
    let allowed = vec![node_of([2; 32]).expect("a node")];
    let (network, address) = victim_of(Settings { allowed, ..Settings::default() });
    let garbage = [0, 0, 0, 3, 9, 9, 9];
    let peer = cut_off_after(&address, "/pluto/hello/1", &garbage);
    let status = network.status().expect("a status");
    assert!(status.peers.is_empty(), "garbage that is heard costs points: {status:?}");
    network.allow(vec![peer]).expect("a command");
    assert_eq!(cut_off_after(&address, "/pluto/hello/1", &garbage), peer);
    assert_banned(&network, peer);
}

#[test]
fn a_question_for_a_blob_that_is_none_is_blamed() {
    let (network, address) = victim();
    let peer = cut_off_after(&address, "/pluto/blob/1", &[0, 0, 0, 3, 9, 9, 9]);
    assert_banned(&network, peer);
}

#[test]
fn a_frame_behind_too_short_a_context_is_blamed() {
    for bytes in [&[0, 0, 0, 3, 9, 9, 9][..], &u32::MAX.to_be_bytes()] {
        let (network, address) = victim();
        let peer = cut_off_after(&address, "/pluto/traced-sync/1", bytes);
        assert_banned(&network, peer);
    }
}

#[test]
fn an_address_that_is_none_is_refused_at_the_start() {
    let settings = Settings { listen: vec!["here".to_owned()], ..Settings::default() };
    let started = Network::start([1; 32], settings, Wake::default(), Empty::default());
    assert_eq!(started.err().map(|error| error.code()), Some(crate::codes::BAD_ADDRESS));
}

#[test]
fn an_operator_bans_and_lets_in() {
    let (network, _) = victim();
    let peer = node_of([5; 32]).expect("a node");
    network.ban(peer, true).expect("a command");
    network.ban(peer, false).expect("a command");
    assert!(network.status().expect("a status").peers.is_empty());
}

/// Two nodes, of which the second dials the first, greet each other.
fn meet(transport: &str) {
    let settings = Settings { listen: vec![transport.to_owned()], ..Settings::default() };
    let a = Network::start([1; 32], settings, Wake::default(), Empty::default());
    let a = a.expect("a network");
    let begun = Instant::now();
    let address = loop {
        if let Some(address) = a.status().expect("a status").listening.pop() {
            break address;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing is listened at");
    };
    let settings = Settings { peers: vec![address], ..Settings::default() };
    let b = Network::start([2; 32], settings, Wake::default(), Empty::default());
    let b = b.expect("a network");
    for network in [&a, &b] {
        loop {
            let status = network.status().expect("a status");
            if status.peers.iter().any(|peer| peer.connected && peer.realms.len() == 1) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "they do not meet: {status:?}");
        }
    }
}

#[test]
fn nodes_meet_over_tcp() {
    meet("/ip4/127.0.0.1/tcp/0");
}

#[test]
fn nodes_meet_over_quic() {
    meet("/ip4/127.0.0.1/udp/0/quic-v1");
}

#[test]
fn nodes_find_each_other_with_mdns_turned_on_without_an_error() {
    let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let settings = Settings { listen, mdns: true, ..Settings::default() };
    let started = Network::start([3; 32], settings, Wake::default(), Empty::default());
    assert!(started.is_ok(), "{:?}", started.err());
}
