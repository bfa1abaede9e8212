//! A realm gets a second witness; both sign, and neither alone makes anything final.

use pluto_core::payload::{
    Admission, ChainedCheckpoint, CheckpointSigned, RealmGenesis, RecordPut, RoundVote, heads_root,
};
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Kind, Namespace};
use pluto_engines::finality::{contradiction, next_witnesses, witnesses};
use pluto_identity::{IdentitySecret, Rotation, SecretSeed};
use pluto_nervous_system::Composer;
use pluto_storage::LogOptions;

use super::*;
use crate::node::Store;
use crate::node::author::checkpoint::check;
use crate::node::witness::SKEW_MS_MAX;

fn somebody(byte: u8) -> IdentitySecret {
    let seed = SecretSeed::from([byte; 32]);
    IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Never)
}

fn home(owner: &Author<'_>) -> RealmGenesis {
    RealmGenesis {
        name: "home".into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: owner.secret().inception().clone(),
    }
}

#[test]
fn witnesses_cosign_a_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), LogOptions::default()).unwrap();
    let node = Node::start(store, &|_| {}).unwrap();
    let [owner, other] = [1, 2].map(somebody);
    let (owner, other) = (Author::new(&owner), Author::new(&other));
    let realm = owner.open_realm(&node, &home(&owner)).unwrap();
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
    let (first, _) = owner.sign_checkpoint(&node, realm, 1_000).unwrap();
    assert_eq!(witnesses(&*snapshot()), Some(set));
    assert_eq!(snapshot().border().map(|border| border.position), Some(first.size));
    let (proposed, _) = owner.sign_checkpoint(&node, realm, 2_000).unwrap();
    assert_eq!(snapshot().time_ms(), 1_000);
    let (again, _) = owner.sign_checkpoint(&node, realm, 3_000).unwrap();
    assert!(again.number > proposed.number, "a round has one word");
    // Signing takes up the newest: both prepared it, so the second commits it at once.
    let (signed, _) = other.sign_checkpoint(&node, realm, 4_000).unwrap();
    assert_eq!(signed, again);
    assert_eq!(snapshot().time_ms(), 1_000, "one of two committed it");
    owner.sign_checkpoint(&node, realm, 5_000).unwrap();
    assert_eq!(snapshot().time_ms(), 3_000);
    let border = snapshot().border().unwrap().clone();
    assert_eq!((border.number, border.position), (again.number, again.size));
    let roots = node.system().ask(realm, move |view| view.log_root_at(again.size)).unwrap();
    assert_eq!(roots, again.log_root, "what was signed is what is there");
    let error = Author::new(&somebody(3)).sign_checkpoint(&node, realm, 6_000).unwrap_err();
    assert_eq!(error.code(), crate::codes::BAD_CHECKPOINT);
    assert!(both.iter().all(|witness| contradiction(&*snapshot(), *witness).is_none()));
    node.stop().unwrap();
}

#[test]
fn what_does_not_come_out_is_not_signed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), LogOptions::default()).unwrap();
    let node = Node::start(store, &|_| {}).unwrap();
    let [owner, other] = [1, 2].map(somebody);
    let (owner, other) = (Author::new(&owner), Author::new(&other));
    let realm = owner.open_realm(&node, &home(&owner)).unwrap();
    other.introduce(&node, realm).unwrap();
    owner.declare_witnesses(&node, realm, &[owner.did(), other.did()], None).unwrap();
    owner.sign_checkpoint(&node, realm, 1_000).unwrap();
    let extends = node.snapshot(realm).unwrap().border().unwrap().checkpoint;
    let later = 3_000 + SKEW_MS_MAX + 1;
    for (number, is_wrong, time_ms) in [(2, true, 2_000), (3, false, later), (4, false, 2_000)] {
        let draft = node.system().draft(realm, owner.did()).unwrap();
        let right = node.system().roots_behind(realm, draft.parents.clone(), extends).unwrap();
        let checkpoint = CheckpointSigned {
            number,
            time_ms,
            size: right.position,
            event_set_root: heads_root(&draft.parents),
            log_root: right.log,
            state_root: if is_wrong { right.log } else { right.state },
        };
        let chained = ChainedCheckpoint { checkpoint, extends };
        let hash = chained.hash();
        let mut composer = Composer::resume(realm, owner.did(), draft);
        let vote = RoundVote { chained, round: number, commits: false };
        let event = composer.vote(owner.did(), &vote, 1);
        owner.submit(node.system(), vec![event]).unwrap().wait().unwrap();
        let candidate =
            node.system().ask(realm, move |view| Ok(view.candidate(&hash).cloned())).unwrap();
        let checked = check(node.system(), realm, &candidate.unwrap(), 3_000);
        match number {
            4 => checked.unwrap(),
            _ => assert_eq!(checked.unwrap_err().code(), crate::codes::BAD_CHECKPOINT),
        }
    }
    // Proposing goes past it.
    other.propose(&node, realm, 3_000).unwrap();
    node.stop().unwrap();
}
