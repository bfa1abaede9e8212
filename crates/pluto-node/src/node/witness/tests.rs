//! Three nodes of which one is cut off, and a node that stopped with a signature in hand.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use pluto_core::payload::{Admission, RealmGenesis, RecordPut};
use pluto_core::traits::Clock;
use pluto_core::{Canonical, Kind, Namespace};
use pluto_identity::IdentitySecret;
use pluto_nervous_system::event_sourcing::Candidate;
use pluto_p2p::finality::REST_MS;
use pluto_storage::{LogOptions, Store};

use super::*;
use crate::node::{NetworkConfig, SystemClock, bind, store_dir};

const PATIENCE: Duration = Duration::from_secs(120);

struct Home {
    dir: tempfile::TempDir,
    secret: IdentitySecret,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        drop(Store::open(&store_dir(dir.path()), LogOptions::default()).unwrap());
        let secret = IdentitySecret::generate(Namespace::Person).unwrap();
        bind(dir.path(), &secret).unwrap();
        Self { dir, secret }
    }

    fn data(&self) -> &Path {
        self.dir.path()
    }

    fn open(&self) -> Node {
        Node::open(self.data(), &|_| {}).unwrap()
    }

    fn online(&self, config: &NetworkConfig) -> Node {
        let node = self.open();
        node.go_online(self.data(), config).unwrap();
        node
    }

    fn author(&self) -> Author<'_> {
        Author::new(&self.secret)
    }

    fn found(&self, node: &Node) -> RealmId {
        let genesis = RealmGenesis {
            name: "shared".into(),
            admission: Admission::Open,
            trust_roots: Vec::new(),
            creator: self.secret.inception().clone(),
        };
        self.author().open_realm(node, &genesis).unwrap()
    }

    fn put(&self, node: &Node, realm: RealmId, key: u8) {
        let put = RecordPut { collection: "c".into(), key: vec![key], value: Vec::new() };
        self.author().write(node, realm, Kind::RecordPut, &put.encode()).unwrap();
    }
}

fn border(node: &Node, realm: RealmId) -> Option<(u64, Digest)> {
    let border = node.system().snapshot(realm)?.border().cloned()?;
    Some((border.number, border.checkpoint))
}

fn candidates(node: &Node, realm: RealmId) -> Vec<Candidate> {
    node.system().ask(realm, |view| Ok(view.candidates().to_vec())).unwrap()
}

#[test]
fn two_of_three_make_a_checkpoint_final_and_the_third_sees_the_same_border() {
    let homes = [(); 3].map(|()| Home::new());
    let [first, second, third] = &homes;
    let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let a = first.online(&NetworkConfig { listen, ..NetworkConfig::default() });
    let realm = first.found(&a);
    let listening = || a.network_status().unwrap().unwrap().listening;
    assert!(a.wait_until(PATIENCE, || !listening().is_empty()));
    let peers = vec![listening()[0].clone()];
    let config =
        NetworkConfig { peers, realms: vec![realm.to_string()], ..NetworkConfig::default() };
    let (b, c) = (second.online(&config), third.online(&config));
    for (home, node) in [(second, &b), (third, &c)] {
        assert!(node.wait_until(PATIENCE, || node.system().snapshot(realm).is_some()));
        home.author().introduce(node, realm).unwrap();
        let did = home.secret.did();
        let knows = || a.system().draft(realm, did).is_ok_and(|draft| draft.tip.is_some());
        assert!(a.wait_until(PATIENCE, knows));
    }
    c.stop().unwrap();
    drop(c);
    let dids = [first, second, third].map(|home| home.secret.did());
    first.author().declare_witnesses(&a, realm, &dids, None).unwrap();
    let witnessing = [(); 2].map(|()| std::cell::RefCell::new(Witnessing::default()));
    let now = Cell::new(0);
    let look = || {
        now.set(now.get() + 1_000);
        witnessing[0].borrow_mut().look(&a, &first.author(), now.get());
        witnessing[1].borrow_mut().look(&b, &second.author(), now.get());
    };
    let both = |number: u64| {
        look();
        let there = border(&a, realm);
        there.is_some_and(|(found, _)| found >= number) && there == border(&b, realm)
    };
    // The creator alone puts the set in force.
    assert!(a.wait_until(PATIENCE, || both(1)), "no first border");
    for round in 0..2 {
        let last = border(&a, realm).unwrap().0;
        first.put(&a, realm, round);
        second.put(&b, realm, round + 10);
        assert!(a.wait_until(PATIENCE, || both(last + 1)), "two of three, {round}");
    }
    let c = third.online(&config);
    let same = || border(&c, realm).is_some() && border(&c, realm) == border(&a, realm);
    assert!(c.wait_until(PATIENCE, same), "the third sees another border");
    let mut said = BTreeMap::new();
    for (one, (round, words)) in candidates(&a, realm)
        .iter()
        .flat_map(|one| one.rounds.iter().map(move |round| (one.checkpoint, round)))
    {
        for witness in words.prepared.keys().chain(words.committed.keys()) {
            let before = said.insert((*witness, *round), one);
            assert!(before.is_none_or(|before| before == one), "two things in one round");
        }
    }
    assert_eq!(a.snapshot(realm).unwrap().rival(), None);
}

/// Looks often enough for both words of a round, with a rest in between.
fn look(node: &Node, home: &Home) {
    let mut witnessing = Witnessing::default();
    for turn in 0..8 {
        witnessing.look(node, &home.author(), turn * REST_MS);
    }
}

/// A realm whose creator is its only witness, after the first border, and one more event.
fn alone(home: &Home) -> (Node, RealmId) {
    let node = home.open();
    let realm = home.found(&node);
    home.author().declare_witnesses(&node, realm, &[home.secret.did()], None).unwrap();
    look(&node, home);
    assert_eq!(border(&node, realm).unwrap().0, 1);
    home.put(&node, realm, 1);
    (node, realm)
}

#[test]
fn what_was_remembered_and_did_not_leave_is_not_said_again() {
    for commits in [false, true] {
        let home = Home::new();
        let (node, realm) = alone(&home);
        let file = node.witness_memory(realm, home.secret.did());
        let mut memory = file.load().unwrap();
        let round = memory.round + 1;
        memory.sign(round, commits).unwrap();
        file.store(&memory).unwrap();
        node.stop().unwrap();
        drop(node);
        let node = home.open();
        look(&node, &home);
        let rounds = candidates(&node, realm);
        let mut rounds = rounds.iter().flat_map(|one| one.rounds.keys());
        assert!(rounds.all(|one| *one != round), "a word for the round that was remembered");
        assert_eq!(border(&node, realm).unwrap().0, round + 1);
        // By hand too no round is taken twice.
        home.put(&node, realm, 2);
        let (next, _) = home.author().propose(&node, realm, SystemClock.now_ms()).unwrap();
        assert!(next.number > round + 1);
        assert_eq!(border(&node, realm).unwrap().0, next.number);
        node.stop().unwrap();
    }
}

#[test]
fn a_border_is_followed_by_another_only_when_there_is_more_than_votes() {
    let home = Home::new();
    let (node, realm) = alone(&home);
    look(&node, &home);
    assert_eq!(border(&node, realm).unwrap().0, 2);
    look(&node, &home);
    assert_eq!(border(&node, realm).unwrap().0, 2);
    let path = memory_path(home.data(), realm, home.secret.did());
    assert!(path.exists());
    node.stop().unwrap();
}
