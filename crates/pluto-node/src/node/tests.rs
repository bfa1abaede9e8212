//! What the node puts together holds together: its mode stands in the way of writes, never of reads.

use pluto_core::payload::{Admission, RecordPut};
use pluto_core::{Canonical, Kind, Namespace};
use pluto_identity::{IdentitySecret, Rotation, SecretSeed};
use pluto_nervous_system::modes::{DEGRADE_AT, EMERGENCY_AT, SystemMode};

use super::*;

#[test]
fn an_emergency_stops_writes_and_not_reads() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), LogOptions::default()).unwrap();
    let node = Node::start(store, &|_| {}).unwrap();
    let seed = SecretSeed::from([1; 32]);
    let secret = IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Never);
    let author = Author::new(&secret);
    let genesis = pluto_core::payload::RealmGenesis {
        name: "home".into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: secret.inception().clone(),
    };
    let realm = author.open_realm(&node, &genesis).unwrap();
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
