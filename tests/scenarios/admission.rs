//! What may join the set, and what may not, each with its code.

use std::sync::Arc;

use pluto_core::{Event, EventId, Kind, Run, Signature};
use pluto_nervous_system::modes::{DEGRADE_AT, SystemMode};
use pluto_tests::{MemoryNode, Person, Store, Writer, person};

struct Scene {
    node: MemoryNode,
    alice: Person,
    bob: Person,
    writer: Writer,
}

fn scene() -> Scene {
    let (alice, bob) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&alice);
    let joined = writer.join(&bob);
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&[genesis, joined]).unwrap();
    Scene { node, alice, bob, writer }
}

/// Changes the header of a good event, signs it again and expects a code.
fn refused(code: &str, change: impl Fn(&mut Event)) {
    let mut scene = scene();
    let good = scene.writer.event(&scene.bob, Kind::RecordPut, b"x");
    let mut event = good.clone();
    change(&mut event);
    event.id = event.header.id();
    let run = scene.bob.sign(vec![event]);
    let before = scene.node.roots(scene.writer.realm());
    let error = scene.node.write(&[run]).unwrap_err();
    assert_eq!(error.code().id(), code, "{error:?}");
    assert_eq!(scene.node.roots(scene.writer.realm()), before, "nothing changed");
    scene.node.write(&[scene.bob.sign(vec![good])]).unwrap();
}

#[test]
fn headers_that_contradict_their_past_are_refused() {
    refused("NRV-0002", |event| event.header.lamport += 1);
    refused("NRV-0003", |event| event.header.kind = Kind::TrustUpdate.number());
    refused("NRV-0003", |event| event.header.kind = Kind::PrivacyMessageSent.number());
    refused("NRV-0002", |event| event.header.kind = Kind::RealmGenesis.number());
    refused("NRV-0002", |event| event.header.author_seq += 1);
    refused("NRV-0002", |event| {
        let first = event.header.parents.first().copied();
        event.header.prev =
            first.filter(|id| Some(*id) != event.header.prev).or(Some(EventId::ZERO));
        event.header.key_ref = event.header.parents.first().copied().unwrap_or_default();
        event.header.author_seq = 7;
        event.header.prev = first;
    });
}

#[test]
fn a_signature_of_somebody_else_is_refused() {
    let mut scene = scene();
    let event = scene.writer.event(&scene.bob, Kind::RecordPut, b"x");
    let forged = scene.alice.sign(vec![event.clone()]);
    assert_eq!(scene.node.write(&[forged]).unwrap_err().code().id(), "NRV-0001");
    let unsigned = Run { signature: Signature([0; 64]), events: vec![event] };
    assert_eq!(scene.node.write(&[unsigned]).unwrap_err().code().id(), "NRV-0001");
}

#[test]
fn a_run_waits_for_its_past() {
    let mut scene = scene();
    let first = scene.writer.records(&scene.bob, 2);
    let second = scene.writer.records(&scene.alice, 2);
    let waiting = scene.node.submit(&[second]).unwrap();
    scene.node.write(&[first]).unwrap();
    for ticket in waiting {
        assert_eq!(ticket.wait().unwrap().events.len(), 2);
    }
}

#[test]
fn a_fork_is_in_the_set_on_both_sides() {
    let mut scene = scene();
    let mut branch = scene.writer.clone();
    let one = scene.writer.records(&scene.bob, 1);
    let two = branch.event(&scene.bob, Kind::RecordPut, b"another story");
    let two = scene.bob.sign(vec![two]);
    scene.node.write(&[one.clone(), two.clone()]).unwrap();
    let other = MemoryNode::open(&Store::default(), 5_000).unwrap();
    let (mut writer, genesis) = Writer::open(&scene.alice);
    let joined = writer.join(&scene.bob);
    other.write(&[genesis, joined, two, one]).unwrap();
    assert_eq!(scene.node.roots(writer.realm()), other.roots(writer.realm()));
}

/// Bob writes another event beside his chain so far, and goes on there.
fn fork(scene: &Scene, branch: &Writer, number: u64) {
    let mut branch = branch.clone();
    let beside = branch.event(&scene.bob, Kind::RecordPut, &number.to_be_bytes());
    scene.node.write(&[scene.bob.sign(vec![beside])]).unwrap();
    for _ in 0..3 {
        scene.node.write(&[branch.records(&scene.bob, 2)]).unwrap();
    }
}

#[test]
fn forks_of_one_author_do_not_stop_the_node() {
    let mut scene = scene();
    let branch = scene.writer.clone();
    let chain = scene.writer.records(&scene.bob, 20);
    scene.node.write(&[chain]).unwrap();
    let guard = Arc::clone(scene.node.system.guard());
    let forks = DEGRADE_AT as u64 + 2;
    for number in 1..=forks {
        fork(&scene, &branch, number);
    }
    assert_eq!(guard.recent().authors, forks, "a branch that goes on is no new fork");
    let again = scene.writer.records(&scene.bob, 1);
    scene.node.write(&[again.clone(), again]).unwrap();
    assert_eq!(guard.recent().authors, forks, "neither is what is known already");
    assert_eq!(scene.node.system.mode(), SystemMode::Normal, "an author counts once");
    (1..DEGRADE_AT).for_each(|_| guard.anomaly("test"));
    assert_eq!(scene.node.system.mode(), SystemMode::Degraded, "but it does count");
}

#[test]
fn unknown_kinds_are_kept_and_have_no_effect() {
    let mut scene = scene();
    let mut event = scene.writer.event(&scene.bob, Kind::RecordPut, b"x");
    event.header.kind = pluto_core::KindNumber(40_000);
    event.id = event.header.id();
    let receipt = scene.node.write(&[scene.bob.sign(vec![event])]).unwrap();
    assert!(!receipt[0].events[0].verdict.is_effective());
}

#[test]
fn a_first_run_may_hold_more_than_the_inception() {
    let mut scene = scene();
    let carol = person(3);
    let mut joined = scene.writer.join(&carol);
    for _ in 0..4 {
        joined.events.push(scene.writer.event(&carol, Kind::RecordPut, b"x"));
    }
    let run = carol.sign(joined.events);
    assert_eq!(scene.node.write(&[run]).unwrap()[0].events.len(), 5);
}

#[test]
fn a_run_may_name_any_of_its_own_events_as_parent() {
    let mut scene = scene();
    let first = scene.writer.event(&scene.bob, Kind::RecordPut, b"1");
    let second = scene.writer.event(&scene.bob, Kind::RecordPut, b"2");
    let mut third = scene.writer.event(&scene.bob, Kind::RecordPut, b"3");
    let mut parents = vec![first.id, second.id];
    parents.sort_unstable();
    third.header.parents = parents.into();
    third.id = third.header.id();
    let run = scene.bob.sign(vec![first, second, third]);
    assert_eq!(scene.node.write(&[run]).unwrap()[0].events.len(), 3);
}
