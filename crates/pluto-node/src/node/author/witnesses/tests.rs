//! A realm gets a second witness; both sign, and neither alone makes anything final.

use pluto_core::payload::{Admission, RealmGenesis, RecordPut};
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Kind, Namespace};
use pluto_engines::finality::{contradiction, next_witnesses, witnesses};
use pluto_identity::{IdentitySecret, Rotation, SecretSeed};
use pluto_storage::LogOptions;

use super::*;
use crate::node::Store;

#[test]
fn witnesses_cosign_a_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), LogOptions::default()).unwrap();
    let node = Node::start(store, &|_| {}).unwrap();
    let [owner, other] = [1, 2].map(|byte| {
        let seed = SecretSeed::from([byte; 32]);
        IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Never)
    });
    let (owner, other) = (Author::new(&owner), Author::new(&other));
    let genesis = RealmGenesis {
        name: "home".into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: owner.secret().inception().clone(),
    };
    let realm = owner.open_realm(&node, &genesis).unwrap();
    let both = [owner.did(), other.did()];
    let no_effect = |error: pluto_error::Error| error.code() == crate::codes::NO_EFFECT;
    assert!(no_effect(owner.declare_witnesses(&node, realm, &both, None).unwrap_err()));
    let put = RecordPut { collection: "c".into(), key: Vec::new(), value: Vec::new() };
    other.write(&node, realm, Kind::RecordPut, &put.encode()).unwrap();
    assert!(no_effect(other.declare_witnesses(&node, realm, &both, None).unwrap_err()));
    let (set, _) = owner.declare_witnesses(&node, realm, &both, None).unwrap();
    assert_eq!(set.threshold(), 2);
    let snapshot = || node.snapshot(realm).unwrap();
    assert_eq!(next_witnesses(&*snapshot()), Some(set.clone()));
    owner.sign_checkpoint(&node, realm, 1_000).unwrap();
    assert_eq!(witnesses(&*snapshot()), Some(set));
    let (proposed, _) = owner.sign_checkpoint(&node, realm, 2_000).unwrap();
    assert_eq!((proposed.number, snapshot().time_ms()), (2, 1_000));
    let (again, _) = owner.sign_checkpoint(&node, realm, 3_000).unwrap();
    assert_eq!(again.number, 3, "a number is signed once");
    other.cosign(&node, realm, &proposed).unwrap();
    assert_eq!(snapshot().time_ms(), 2_000);
    assert!(no_effect(other.cosign(&node, realm, &proposed).unwrap_err()));
    other.cosign(&node, realm, &again).unwrap();
    assert_eq!(snapshot().time_ms(), 3_000);
    assert!(both.iter().all(|witness| contradiction(&*snapshot(), *witness).is_none()));
    node.stop().unwrap();
}
