//! Several drivers over loopback: gossip that is judged, limits, and the ways to find each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use pluto_core::{Canonical, EventId, Kind, Run};

use super::*;
use crate::sync::tests::Pen;

/// What a test and the hosts of its nodes share.
#[derive(Clone, Default)]
struct Town {
    /// Runs that join the set, and whether they were written here.
    inbox: Arc<Mutex<Vec<(Run, bool)>>>,
    /// First events of runs that came from peers.
    heard: Arc<Mutex<BTreeSet<EventId>>>,
    refused: BTreeSet<EventId>,
}

impl Town {
    fn with(genesis: &Run) -> Self {
        let town = Self::default();
        town.inbox.lock().unwrap().push((genesis.clone(), false));
        town
    }

    fn has_heard(&self, run: &Run) -> bool {
        self.heard.lock().unwrap().contains(&run.events[0].id)
    }
}

struct Townsman {
    realm: RealmId,
    events: MemoryEvents,
    town: Town,
}

impl Host for Townsman {
    fn refresh(&mut self) -> Vec<Grown> {
        let joined = std::mem::take(&mut *self.town.inbox.lock().unwrap());
        let grown = |(run, is_own): (Run, bool)| {
            self.events.insert(&run);
            Grown { realm: self.realm, run: is_own.then(|| run.encode().into()), context: None }
        };
        joined.into_iter().map(grown).collect()
    }

    fn store(&self) -> &dyn EventStore {
        &self.events
    }

    fn hollow(&self, _: RealmId) -> Vec<EventId> {
        Vec::new()
    }

    fn shelf(&self) -> Arc<dyn BlobShelf> {
        Arc::new(NoBlobs)
    }

    fn realms(&self) -> Vec<RealmId> {
        vec![self.realm]
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
        let town = self.town.clone();
        Box::new(move || {
            let outcome = |incoming: Incoming| {
                let first = incoming.run.events[0].id;
                town.heard.lock().unwrap().insert(first);
                if town.refused.contains(&first) {
                    return RunOutcome::Refused;
                }
                let count = incoming.run.events.len() as u32;
                town.inbox.lock().unwrap().push((Run::clone(&incoming.run), false));
                RunOutcome::New(count)
            };
            Some(runs.into_iter().map(outcome).collect())
        })
    }

    fn traceparent(&self, _: &tracing::Span) -> Option<Traceparent> {
        None
    }

    fn told(&mut self, _: Told) {}
}

/// A node of the town that writes and is watched.
struct Node {
    network: Network,
    wake: Wake,
    town: Town,
    id: PeerId,
}

impl Node {
    fn start(key: u8, realm: RealmId, town: Town, settings: Settings) -> Self {
        let wake = Wake::default();
        let host = Townsman { realm, events: MemoryEvents::default(), town: town.clone() };
        let network = Network::start([key; 32], settings, wake.clone(), host);
        let network = network.expect("a network");
        Self { network, wake, town, id: node_of([key; 32]).expect("a node") }
    }

    fn write(&self, run: &Run) {
        self.town.inbox.lock().unwrap().push((run.clone(), true));
        self.wake.wake();
    }

    fn status(&self) -> NetworkStatus {
        self.network.status().expect("a status")
    }

    fn knows(&self, other: &Self) -> bool {
        let status = self.status();
        let mut peers = status.peers.iter();
        peers.any(|peer| peer.peer == other.id && peer.connected && !peer.realms.is_empty())
    }

    fn address(&self) -> String {
        until("nothing is listened at", || !self.status().listening.is_empty());
        self.status().listening.remove(0)
    }
}

/// Asks the network threads until something holds; each question waits for its answer.
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

fn listening() -> Settings {
    Settings { listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()], ..Settings::default() }
}

fn dialling(peers: &[String]) -> Settings {
    Settings { peers: peers.to_vec(), ..Settings::default() }
}

#[test]
fn what_is_refused_here_goes_no_further_and_costs_points() {
    let (mut pen, genesis) = Pen::open();
    let mut other = pen.clone();
    let bad = pen.run(1, 1, Kind::RecordPut);
    let good = other.run(2, 1, Kind::RecordPut);
    let realm = genesis.realm().expect("a genesis");
    let mut strict = Town::with(&genesis);
    strict.refused.insert(bad.events[0].id);
    let middle = Node::start(1, realm, strict, listening());
    let at = [middle.address()];
    let liar = Node::start(2, realm, Town::with(&genesis), dialling(&at));
    let far = Node::start(3, realm, Town::with(&genesis), dialling(&at));
    until("they do not meet", || middle.knows(&liar) && middle.knows(&far));

    liar.write(&bad);
    let points = || {
        let peers = middle.status().peers;
        peers.iter().find(|peer| peer.peer == liar.id).map_or(0, |peer| peer.points)
    };
    until("it costs nothing", || points() < 0);
    middle.write(&good);
    until("what is good does not go on", || far.town.has_heard(&good));
    assert!(middle.town.has_heard(&bad));
    assert!(!far.town.has_heard(&bad), "it was passed on unjudged");
}

#[test]
fn what_one_node_writes_reaches_all_through_others() {
    let (mut pen, genesis) = Pen::open();
    let run = pen.run(1, 1, Kind::RecordPut);
    let realm = genesis.realm().expect("a genesis");
    let middle = Node::start(1, realm, Town::with(&genesis), listening());
    let at = [middle.address()];
    let one = Node::start(2, realm, Town::with(&genesis), dialling(&at));
    let far = Node::start(3, realm, Town::with(&genesis), dialling(&at));
    until("they do not meet", || middle.knows(&one) && middle.knows(&far));
    one.write(&run);
    until("it stays where it is", || far.town.has_heard(&run));
}

#[test]
fn a_third_node_is_found_through_the_table_of_a_realm() {
    let (_, genesis) = Pen::open();
    let realm = genesis.realm().expect("a genesis");
    let with_table = |settings| Settings { dht: true, ..settings };
    let known = Node::start(1, realm, Town::with(&genesis), with_table(listening()));
    let at = vec![known.address()];
    let both = || with_table(Settings { peers: at.clone(), ..listening() });
    let one = Node::start(2, realm, Town::with(&genesis), both());
    until("they do not meet", || known.knows(&one));
    let other = Node::start(3, realm, Town::with(&genesis), both());
    until("nobody is found", || other.knows(&one) && one.knows(&other));
}

#[test]
fn a_node_without_an_address_is_reached_through_a_relay() {
    let (_, genesis) = Pen::open();
    let realm = genesis.realm().expect("a genesis");
    let relaying = Settings { relay: true, ..listening() };
    let relay = Node::start(1, realm, Town::with(&genesis), relaying);
    let through = format!("{}/p2p-circuit", relay.address());
    let hidden = Settings { listen: vec![through], ..Settings::default() };
    let hidden = Node::start(2, realm, Town::with(&genesis), hidden);
    let at = [hidden.address()];
    assert!(at[0].contains("p2p-circuit"), "{at:?}");
    let other = Node::start(3, realm, Town::with(&genesis), dialling(&at));
    until("it is not reached", || other.knows(&hidden) && hidden.knows(&other));
}

/// A peer with a connection and nothing to say; gives whether it is still open when `until` ends.
async fn hold(to: Multiaddr, key: [u8; 32]) -> (Swarm<libp2p::swarm::dummy::Behaviour>, bool) {
    let keys = Keypair::ed25519_from_bytes(key).expect("32 bytes");
    let mut swarm = SwarmBuilder::with_existing_identity(keys)
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .expect("Noise")
        .with_behaviour(|_| libp2p::swarm::dummy::Behaviour)
        .expect("a behaviour")
        .with_swarm_config(|config| config.with_idle_connection_timeout(PATIENCE))
        .build();
    swarm.dial(to).expect("an address");
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::ConnectionEstablished { .. } => return (swarm, true),
            SwarmEvent::OutgoingConnectionError { .. } => return (swarm, false),
            _ => {}
        }
    }
}

#[test]
fn more_connections_than_there_are_places_for_are_closed() {
    let (_, genesis) = Pen::open();
    let realm = genesis.realm().expect("a genesis");
    // Who relays keeps strangers.
    let settings = Settings { relay: true, ..listening() };
    let node = Node::start(1, realm, Town::with(&genesis), settings);
    let at: Multiaddr = node.address().parse().expect("an address");
    let connected = || node.status().peers.iter().filter(|peer| peer.connected).count();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let places = INCOMING_MAX as usize;
    runtime.block_on(async {
        let mut held = Vec::new();
        for n in 0..places {
            let key = [u8::try_from(n).expect("few") + 100; 32];
            let (mut swarm, is_open) = hold(at.clone(), key).await;
            assert!(is_open);
            // Connections live while somebody polls them.
            held.push(tokio::spawn(async move {
                loop {
                    swarm.select_next_some().await;
                }
            }));
        }
        let (mut late, is_open) = hold(at.clone(), [99; 32]).await;
        let closed = async {
            while is_open && late.connected_peers().next().is_some() {
                late.select_next_some().await;
            }
        };
        tokio::time::timeout(PATIENCE, closed).await.expect("one more is let in");
    });
    assert!(connected() <= places);
}
