//! Files of the network, invitations, and two nodes that meet over loopback.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use pluto_core::payload::{Admission, RealmGenesis, RecordPut};
use pluto_core::{Canonical, Kind, Namespace};
use pluto_decision::forks::Equivocation;
use pluto_identity::IdentitySecret;
use pluto_nervous_system::Composer;
use pluto_nervous_system::event_bus::Source;
use pluto_storage::{LogOptions, Store};

use pluto_core::BlobId;
use pluto_p2p::driver::{Applying, Grown, Host, Settings, Told, Wake, Welcome};
use pluto_p2p::hello::Hello;
use pluto_p2p::store::EventStore;
use pluto_p2p::sync::Incoming;

use super::*;
use crate::node::{Author, store_dir};

const PATIENCE: Duration = Duration::from_secs(60);

/// A node with one identity, in a folder of its own.
struct Home {
    dir: tempfile::TempDir,
    secret: IdentitySecret,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        drop(Store::open(&store_dir(dir.path()), LogOptions::default()).expect("a store"));
        let secret = IdentitySecret::generate(Namespace::Person).expect("randomness");
        bind(dir.path(), &secret).expect("a binding");
        Self { dir, secret }
    }

    fn data(&self) -> &Path {
        self.dir.path()
    }

    fn open(&self, config: &NetworkConfig) -> Node {
        let node = Node::open(self.data(), &|_| {}).expect("a node");
        node.go_online(self.data(), config).expect("a network");
        node
    }

    fn author(&self) -> Author<'_> {
        Author::new(&self.secret)
    }
}

fn listening(at: &str) -> NetworkConfig {
    NetworkConfig { listen: vec![at.to_owned()], ..NetworkConfig::default() }
}

fn address(node: &Node) -> String {
    let addresses = || node.network_status().expect("a status").expect("online").listening;
    assert!(node.wait_until(PATIENCE, || !addresses().is_empty()), "nothing is listened at");
    addresses()[0].clone()
}

fn found(author: &Author<'_>, node: &Node, admission: Admission) -> RealmId {
    let genesis = RealmGenesis {
        name: "shared".to_owned(),
        admission,
        trust_roots: Vec::new(),
        creator: author.secret().inception().clone(),
    };
    author.open_realm(node, &genesis).expect("a realm")
}

fn put(author: &Author<'_>, node: &Node, realm: RealmId, key: u32) {
    let put = RecordPut {
        collection: "notes".to_owned(),
        key: key.to_be_bytes().to_vec(),
        value: vec![1; 100],
    };
    author.write(node, realm, Kind::RecordPut, &put.encode()).expect("written");
}

fn root(node: &Node, realm: RealmId) -> Option<pluto_core::Digest> {
    Some(node.system().snapshot(realm)?.roots().state)
}

fn agree(nodes: [&Node; 2], realm: RealmId) -> bool {
    let roots = nodes.map(|node| root(node, realm));
    roots[0].is_some() && roots[0] == roots[1]
}

/// Two nodes, of which the second dials the first, sync what both wrote, over `transport`.
fn meet(transport: &str) {
    let (home, other) = (Home::new(), Home::new());
    let a = home.open(&listening(transport));
    let realm = found(&home.author(), &a, Admission::Open);
    for key in 0..50 {
        put(&home.author(), &a, realm, key);
    }
    let config = NetworkConfig {
        peers: vec![address(&a)],
        realms: vec![realm.to_string()],
        ..NetworkConfig::default()
    };
    let b = other.open(&config);
    assert!(b.wait_until(PATIENCE, || agree([&a, &b], realm)), "b does not get the realm");
    other.author().introduce(&b, realm).expect("a member");
    put(&other.author(), &b, realm, 1_000);
    put(&home.author(), &a, realm, 1_001);
    assert!(a.wait_until(PATIENCE, || agree([&a, &b], realm)), "they differ");
    let status = a.network_status().expect("a status").expect("online");
    let peer = &status.peers[0];
    assert_eq!(peer.owner, Some(other.secret.did()), "the greeting tells whose node it is");
    assert!(peer.points >= 0 && !peer.banned);
    assert!(a.network_faults().is_empty() && b.network_faults().is_empty());
}

#[test]
fn two_nodes_over_tcp_come_to_one_root() {
    meet("/ip4/127.0.0.1/tcp/0");
}

#[test]
fn two_nodes_over_quic_come_to_one_root() {
    meet("/ip4/127.0.0.1/udp/0/quic-v1");
}

#[test]
fn a_realm_by_invitation_is_shown_to_members_alone() {
    let (home, other) = (Home::new(), Home::new());
    let a = home.open(&listening("/ip4/127.0.0.1/tcp/0"));
    let realm = found(&home.author(), &a, Admission::Invite);
    put(&home.author(), &a, realm, 1);
    let config = NetworkConfig {
        peers: vec![address(&a)],
        realms: vec![realm.to_string()],
        ..NetworkConfig::default()
    };
    let b = other.open(&config);
    let is_greeted = || {
        let status = a.network_status().expect("a status").expect("online");
        status.peers.iter().any(|peer| peer.owner == Some(other.secret.did()))
    };
    assert!(a.wait_until(PATIENCE, is_greeted), "they do not meet");
    let status = a.network_status().expect("a status").expect("online");
    assert!(status.peers.iter().all(|peer| peer.realms.is_empty()), "a stranger shares nothing");
    assert_eq!(root(&b, realm), None);
    let change = pluto_core::payload::MembershipChange {
        subject: other.secret.did(),
        action: pluto_core::payload::MembershipAction::Assign,
        role: pluto_core::payload::Role::Member,
    };
    home.author().write(&a, realm, Kind::MembershipChange, &change.encode()).expect("invited");
    assert!(b.wait_until(PATIENCE, || agree([&a, &b], realm)), "a member gets nothing");
}

/// Two events of `author` for one place, as `node` sees the realm.
fn two_branches(author: &Author<'_>, node: &Node, realm: RealmId) -> [pluto_core::Run; 2] {
    let draft = node.system().draft(realm, author.did()).expect("a draft");
    [1, 2].map(|value| {
        let put = RecordPut {
            collection: "notes".to_owned(),
            key: b"twice".to_vec(),
            value: vec![value],
        };
        let mut composer = Composer::resume(realm, author.did(), draft.clone());
        let event = composer.compose(author.did(), Kind::RecordPut, &put.encode(), 1);
        author.sign(vec![event]).expect("one event")
    })
}

#[test]
fn a_fork_that_a_node_meets_becomes_an_event_once() {
    let (home, other) = (Home::new(), Home::new());
    let forker = IdentitySecret::generate(Namespace::Person).expect("randomness");
    let a = home.open(&listening("/ip4/127.0.0.1/tcp/0"));
    let realm = found(&home.author(), &a, Admission::Open);
    Author::new(&forker).introduce(&a, realm).expect("a member");
    let config = NetworkConfig {
        peers: vec![address(&a)],
        realms: vec![realm.to_string()],
        ..NetworkConfig::default()
    };
    let b = other.open(&config);
    assert!(b.wait_until(PATIENCE, || agree([&a, &b], realm)), "b does not get the realm");
    let branches = two_branches(&Author::new(&forker), &a, realm);
    for (node, run) in [&a, &b].into_iter().zip(&branches) {
        node.system().submit(Source::Local, run.encode()).expect("a ticket").wait().expect("taken");
    }
    let forks = [&home, &other].map(|home| UnreportedForks::of(home.data()));
    let is_kept = |forks: &UnreportedForks| !forks.all().expect("a folder").is_empty();
    assert!(a.wait_until(PATIENCE, || forks.iter().any(is_kept)), "no node meets the fork");

    // The other is no member: it reports nothing, and its proof waits.
    let silent = b.report_forks(&forks[1], &other.author(), None).expect("nothing");
    assert!(silent.is_empty());
    other.author().introduce(&b, realm).expect("a member");
    let report = || {
        let one = a.report_forks(&forks[0], &home.author(), None).expect("reported");
        let two = b.report_forks(&forks[1], &other.author(), None).expect("reported");
        one.len() + two.len()
    };
    let is_frozen = |node: &Node| {
        let snapshot = node.system().snapshot(realm).expect("here");
        pluto_decision::forks::frozen(&*snapshot, forker.did()).is_some()
    };
    assert!(report() > 0, "the proof has no effect");
    assert!(a.wait_until(PATIENCE, || is_frozen(&a) && is_frozen(&b) && agree([&a, &b], realm)));
    assert_eq!(report(), 0, "a place is proven once");
    assert!(!forks.iter().any(is_kept), "what is proven is kept no longer");
}

#[test]
fn proofs_of_forks_outlive_a_restart_within_their_bound() {
    let home = Home::new();
    let forker = IdentitySecret::generate(Namespace::Person).expect("randomness");
    let config = listening("/ip4/127.0.0.1/tcp/0");
    let node = home.open(&config);
    let realm = found(&home.author(), &node, Admission::Open);
    Author::new(&forker).introduce(&node, realm).expect("a member");
    let [one, two] = two_branches(&Author::new(&forker), &node, realm);
    let proof = Equivocation::between(&one, &two).expect("a fork");
    for run in [&one, &two] {
        node.system().submit(Source::Local, run.encode()).expect("a ticket").wait().expect("taken");
    }
    UnreportedForks::of(home.data()).keep(realm, &proof).expect("kept");
    UnreportedForks::of(home.data()).keep(realm, &proof).expect("once");
    node.stop().expect("stopped");
    drop(node);
    let node = home.open(&config);
    let forks = UnreportedForks::of(home.data());
    std::fs::write(home.data().join("forks").join("noise"), b"none").expect("written");
    assert_eq!(forks.all().expect("a folder"), [(realm, proof.clone())]);
    let snapshot = node.system().snapshot(realm).expect("here");
    assert_eq!(forks.open_in(&snapshot, realm).expect("a folder"), [proof]);
    assert_eq!(node.report_forks(&forks, &home.author(), Some(realm)).expect("reported").len(), 1);
    assert_eq!(forks.all().expect("a folder"), []);
}

#[test]
fn who_is_banned_is_cut_off_until_let_in() {
    let (home, other) = (Home::new(), Home::new());
    let a = home.open(&listening("/ip4/127.0.0.1/tcp/0"));
    let realm = found(&home.author(), &a, Admission::Open);
    let config = NetworkConfig {
        peers: vec![address(&a)],
        realms: vec![realm.to_string()],
        ..NetworkConfig::default()
    };
    let b = other.open(&config);
    assert!(b.wait_until(PATIENCE, || agree([&a, &b], realm)), "b does not get the realm");
    let peer = node_of(*node_key(other.data()).expect("a key")).expect("a node");
    a.ban(peer, true).expect("a command");
    let is_connected = || {
        let status = a.network_status().expect("a status").expect("online");
        status.peers.iter().any(|known| known.peer == peer && known.connected)
    };
    assert!(a.wait_until(PATIENCE, || !is_connected()), "the connection stays");
    put(&home.author(), &a, realm, 1);
    assert!(!agree([&a, &b], realm));
    a.ban(peer, false).expect("a command");
    assert!(b.wait_until(PATIENCE, || agree([&a, &b], realm)), "it is not let in again");
}

#[test]
fn the_node_key_lasts_and_is_the_owners_alone() {
    let home = Home::new();
    let first = node_key(home.data()).expect("a key");
    assert_eq!(node_key(home.data()).expect("a key"), first);
    let mode = std::fs::metadata(home.data().join("node.key")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let node = node_of(*first).expect("a node");
    let bound = binding(home.data(), node).expect("bound");
    assert_eq!(bound.inception.did(), home.secret.did());
    assert_eq!(binding(home.data(), PeerId([1; 32])), None, "a binding of another node");
}

#[test]
fn settings_last_and_say_what_is_wrong_with_them() {
    let dir = tempfile::tempdir().expect("a folder");
    assert_eq!(NetworkConfig::load(dir.path()).expect("none"), NetworkConfig::default());
    let mut config = listening("/ip4/127.0.0.1/tcp/0");
    config.banned.push("nobody".to_owned());
    config.save(dir.path()).expect("saved");
    assert_eq!(NetworkConfig::load(dir.path()).expect("there"), config);
    assert!(config.settings().is_err(), "an id that is none");
    std::fs::write(dir.path().join("network.toml"), "listne = []").expect("written");
    let error = NetworkConfig::load(dir.path()).expect_err("a word that is none");
    assert!(error.chain().contains("listne"), "{}", error.chain());
}

#[test]
fn an_invitation_is_what_it_prints() {
    let at = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X";
    let text = format!("pluto:realm/{}@{at},{at}", RealmId([7; 32]));
    let invite: Invite = text.parse().expect("an invitation");
    assert_eq!((invite.realm, invite.peers.len()), (RealmId([7; 32]), 2));
    assert_eq!(invite.to_string(), text);
    for bad in
        ["", "pluto:realm/", &text[1..], &text.replace('@', "@x,"), &text.replace("/p2p", "/p3p")]
    {
        assert!(bad.parse::<Invite>().is_err(), "{bad}");
    }
}

/// Every run of a realm's log, in order.
fn runs_of(node: &Node) -> Vec<pluto_core::Run> {
    let mut runs = Vec::new();
    let log = node.system().log();
    log.scan(pluto_core::LogPosition(0), &mut |_, bytes| {
        runs.push(pluto_core::Run::decode(bytes).expect("a run"));
        std::ops::ControlFlow::Continue(())
    })
    .expect("a log");
    runs
}

#[test]
fn a_payload_that_was_withheld_is_filled_in_by_another_peer() {
    let (home, other) = (Home::new(), Home::new());
    let a = home.open(&listening("/ip4/127.0.0.1/tcp/0"));
    let realm = found(&home.author(), &a, Admission::Open);
    for key in 0..6 {
        put(&home.author(), &a, realm, key);
    }
    let b = Node::open(other.data(), &|_| {}).expect("a node");
    for mut run in runs_of(&a) {
        let puts = run.events.iter_mut().filter(|event| event.header.author_seq % 2 == 1);
        puts.for_each(|event| event.payload = None);
        b.system().submit(Source::Local, run.encode()).expect("a ticket").wait().expect("taken");
    }
    let heads = |node: &Node| node.system().snapshot(realm).expect("here").heads().to_vec();
    assert_eq!(heads(&a), heads(&b));
    assert_ne!(root(&a, realm), root(&b, realm), "an event without payload has no effect");
    let config = NetworkConfig { peers: vec![address(&a)], ..NetworkConfig::default() };
    b.go_online(other.data(), &config).expect("a network");
    assert!(b.wait_until(PATIENCE, || agree([&a, &b], realm)), "nothing is filled in");
    assert!(a.network_faults().is_empty() && b.network_faults().is_empty());
    b.stop().expect("stopped");
    drop(b);
    let b = Node::open(other.data(), &|_| {}).expect("a node");
    assert!(agree([&a, &b], realm), "it does not outlive a restart");
}

/// A node that says the manifest of a blob and sends something else for its chunks.
struct Liar {
    blobs: Arc<pluto_storage::FileBlobs>,
    events: pluto_p2p::memory::MemoryEvents,
}

struct LyingShelf(blobs::Shelf);

impl pluto_p2p::blob::BlobShelf for LyingShelf {
    fn part(&self, id: &BlobId, part: u16) -> Result<Option<Vec<u8>>> {
        let found = self.0.part(id, part)?;
        Ok(found.map(|bytes| if part == 0 { bytes } else { vec![7; bytes.len()] }))
    }

    fn plan(&self, _: &BlobId, _: &[u8]) -> Result<Option<pluto_p2p::blob::Plan>> {
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

impl Host for Liar {
    fn refresh(&mut self) -> Vec<Grown> {
        Vec::new()
    }

    fn store(&self) -> &dyn EventStore {
        &self.events
    }

    fn hollow(&self, _: RealmId) -> Vec<pluto_core::EventId> {
        Vec::new()
    }

    fn shelf(&self) -> Arc<dyn pluto_p2p::blob::BlobShelf> {
        Arc::new(LyingShelf(blobs::Shelf(Arc::clone(&self.blobs))))
    }

    fn realms(&self) -> Vec<RealmId> {
        Vec::new()
    }

    fn is_open(&self, _: RealmId) -> bool {
        false
    }

    fn hello(&self, _: PeerId) -> Hello {
        Hello::default()
    }

    fn welcome(&self, _: PeerId, _: &Hello) -> Welcome {
        Welcome::default()
    }

    fn apply(&mut self, _: PeerId, _: Vec<Incoming>) -> Applying {
        Box::new(|| None)
    }

    fn traceparent(&self, _: &tracing::Span) -> Option<Traceparent> {
        None
    }

    fn told(&mut self, _: Told) {}
}

#[test]
fn a_blob_comes_whole_beside_a_peer_that_lies() {
    let (home, other) = (Home::new(), Home::new());
    let a = home.open(&listening("/ip4/127.0.0.1/tcp/0"));
    let bytes: Vec<u8> = (0..5_u32 << 20).map(|n| (n ^ (n >> 9)).to_le_bytes()[0]).collect();
    let id = a.put_blob(&bytes).expect("stored");
    let liar = Liar { blobs: Arc::clone(&a.blobs), events: Default::default() };
    let settings = Settings { listen: vec!["/ip4/127.0.0.1/tcp/0".into()], ..Settings::default() };
    let lying = Network::start([9; 32], settings, Wake::default(), liar).expect("a network");
    let lies_at = || lying.status().expect("a status").listening;
    assert!(a.wait_until(PATIENCE, || !lies_at().is_empty()), "nothing is listened at");
    let config = NetworkConfig {
        peers: vec![address(&a), lies_at()[0].clone()],
        ..NetworkConfig::default()
    };
    let b = other.open(&config);
    let points = || {
        let peers = b.network_status().expect("a status").expect("online").peers;
        peers.iter().map(|peer| (peer.connected, peer.points)).collect::<Vec<_>>()
    };
    assert!(b.wait_until(PATIENCE, || points().iter().filter(|(up, _)| *up).count() == 2));
    assert!(b.blob(&id, 100, PATIENCE).expect("asked").is_none(), "it is too large");
    let found = b.blob(&id, u64::MAX, PATIENCE).expect("asked").expect("there");
    assert!(found == bytes, "other bytes");
    assert_eq!(b.blobs.bytes(&id).expect("readable"), Some(bytes.len() as u64));
    assert!(points().iter().any(|(_, points)| *points < 0), "{:?}", points());
    assert!(points().iter().any(|(_, points)| *points >= 0), "{:?}", points());
}
