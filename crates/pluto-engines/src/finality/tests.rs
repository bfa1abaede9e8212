//! Checkpoints: only the creator's, only the next number, time never back.

use proptest::prelude::*;

use super::*;
use crate::testing::{World, did, event};
use pluto_core::Digest;

fn checkpoint(number: u64, time_ms: u64) -> CheckpointSigned {
    let zero = Digest::ZERO;
    CheckpointSigned {
        number,
        time_ms,
        size: 1,
        event_set_root: zero,
        log_root: zero,
        state_root: zero,
    }
}

fn sign(world: &mut World, author: u64, number: u64, time_ms: u64) -> Verdict {
    world.events += 1;
    let payload = checkpoint(number, time_ms).encode();
    let event = event(did(author), world.events, Kind::CheckpointSigned, payload);
    world.step(&FinalityEngine, &event).0
}

#[test]
fn moves_the_clock_of_the_realm() {
    let mut world = World::new(&[0], 2);
    assert_eq!(world.time_ms(), 0);
    assert_eq!(sign(&mut world, 0, 1, 5_000), Verdict::Effective);
    assert_eq!(world.time_ms(), 5_000);
    assert_eq!(sign(&mut world, 0, 2, 5_000), Verdict::Effective);
    let record: FinalityRecord = read(&world, Component::Consensus, FINALITY_KEY).unwrap();
    assert_eq!((record.number, record.time_ms), (2, 5_000));
    assert_eq!(record.event, event(did(0), 2, Kind::CheckpointSigned, vec![]).id);
}

#[test]
fn refuses_what_does_not_follow() {
    const STALE: Verdict = Verdict::Void(VoidReason::NotMonotone);
    let mut world = World::new(&[0], 2);
    assert_eq!(sign(&mut world, 0, 0, 0), STALE);
    assert_eq!(sign(&mut world, 0, 2, 0), STALE);
    assert_eq!(sign(&mut world, 0, 1, 9), Verdict::Effective);
    assert_eq!(sign(&mut world, 0, 1, 10), STALE);
    assert_eq!(sign(&mut world, 0, 3, 10), STALE);
    assert_eq!(sign(&mut world, 0, 2, 8), STALE);
    assert_eq!(sign(&mut world, 0, u64::MAX, 10), STALE);
    let last = FinalityRecord { number: u64::MAX, ..FinalityRecord::default() };
    world.set(Component::Consensus, FINALITY_KEY, &last);
    assert_eq!(sign(&mut world, 0, 0, 10), STALE);
}

#[test]
fn only_the_creator_witnesses() {
    const REFUSED: Verdict = Verdict::Void(VoidReason::NotAllowed);
    let mut world = World::new(&[0, 1], 2);
    assert_eq!(sign(&mut world, 1, 1, 5), REFUSED);
    world.entries.remove(&(Component::Realm, RULES_KEY.to_vec()));
    assert_eq!(sign(&mut world, 0, 1, 5), REFUSED);
}

#[test]
fn an_erased_payload_has_no_effect() {
    let mut world = World::new(&[0], 1);
    let mut event = event(did(0), 1, Kind::CheckpointSigned, checkpoint(1, 1).encode());
    event.payload = None;
    let (verdict, _) = world.step(&FinalityEngine, &event);
    assert_eq!(verdict, Verdict::Void(VoidReason::PayloadAbsent));
}

proptest! {
    #[test]
    fn any_payload_gets_a_verdict(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut world = World::new(&[0], 1);
        let decodes = CheckpointSigned::decode(&payload).is_ok();
        let event = event(did(0), 1, Kind::CheckpointSigned, payload);
        let (verdict, _) = world.step(&FinalityEngine, &event);
        prop_assert_eq!(verdict == Verdict::Void(VoidReason::MalformedPayload), !decodes);
    }
}

mod cosigned;
