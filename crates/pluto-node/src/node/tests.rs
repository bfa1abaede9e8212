//! What the node puts together holds together: its mode stands in the way of writes, never of reads,
//! and its log folded again gives the realm just before a decision.

use std::collections::BTreeMap;

use pluto_core::payload::{Admission, RecordPut};
use pluto_core::{Canonical, Digest, EventId, Kind, Namespace};
use pluto_identity::{IdentitySecret, Rotation, SecretSeed};
use pluto_nervous_system::modes::{DEGRADE_AT, EMERGENCY_AT, SystemMode};

use super::*;

fn somebody() -> IdentitySecret {
    let seed = SecretSeed::from([1; 32]);
    IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Never)
}

/// A node with a realm of `author`.
fn home(dir: &Path, author: &Author<'_>) -> (Node, RealmId) {
    let store = Store::open(dir, LogOptions::default()).unwrap();
    let node = Node::start(store, &|_| {}).unwrap();
    let genesis = pluto_core::payload::RealmGenesis {
        name: "home".into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: author.secret().inception().clone(),
    };
    let realm = author.open_realm(&node, &genesis).unwrap();
    (node, realm)
}

#[test]
fn the_log_folded_again_shows_the_realm_before_each_decision() {
    let (dir, secret) = (tempfile::tempdir().unwrap(), somebody());
    let author = Author::new(&secret);
    let (node, realm) = home(dir.path(), &author);
    for number in 0..3 {
        let put = RecordPut { collection: "c".into(), key: Vec::new(), value: vec![number] };
        author.write(&node, realm, Kind::RecordPut, &put.encode()).unwrap();
        // Whether it has effect does not matter.
        let _ = author.write(&node, realm, Kind::ActionDecided, &[number]);
    }
    let places = node.system().ask(realm, |view| view.places(0..u64::MAX)).unwrap();
    let decisions = places.into_iter().filter_map(|place| Some((place.id, *place.judged_on?)));
    let wanted: BTreeMap<EventId, Digest> = decisions.collect();
    let vm = Arc::new(Vm::new(ExecutionMode::Legacy, None).unwrap());
    let found = node.before_decisions(rules(&vm), wanted.clone(), &|_| {}).unwrap();
    let roots = found.iter().map(|(id, version)| (*id, version.roots().state)).collect();
    assert_eq!((wanted.len(), &wanted), (3, &roots));
    let mut positions: Vec<u64> = found.values().map(|v| v.roots().position).collect();
    positions.sort_unstable();
    assert_eq!(positions, [2, 4, 6]);
    let elsewhere = wanted.into_keys().map(|id| (id, Digest::ZERO)).collect();
    assert!(node.before_decisions(rules(&vm), elsewhere, &|_| {}).unwrap().is_empty());
    node.stop().unwrap();
}

#[test]
fn an_emergency_stops_writes_and_not_reads() {
    let (dir, secret) = (tempfile::tempdir().unwrap(), somebody());
    let author = Author::new(&secret);
    let (node, realm) = home(dir.path(), &author);
    let write = || {
        let put = RecordPut { collection: "c".into(), key: Vec::new(), value: Vec::new() };
        author.write(&node, realm, Kind::RecordPut, &put.encode())
    };
    let guard = node.system().guard();
    (0..DEGRADE_AT).for_each(|_| guard.anomaly("test"));
    assert_eq!(node.system().mode(), SystemMode::Degraded);
    write().unwrap();
    (DEGRADE_AT..EMERGENCY_AT).for_each(|_| guard.anomaly("test"));
    assert_eq!(node.system().mode(), SystemMode::Emergency);
    let refused = write().unwrap_err();
    assert_eq!(refused.code(), pluto_nervous_system::codes::MODE_REFUSES);
    assert_eq!(node.snapshot(realm).unwrap().roots().position, 2);
    node.system().guard().command(SystemMode::Normal).unwrap();
    write().unwrap();
    node.stop().unwrap();
}
