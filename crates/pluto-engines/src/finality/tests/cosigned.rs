//! Declared witnesses: who may declare them, when they take effect, and how their signatures count.

use super::*;
use pluto_core::EventId;
use pluto_core::payload::Role;
use pluto_core::state::{MemberRecord, member_key};

const NOT_ALLOWED: Verdict = Verdict::Void(VoidReason::NotAllowed);
const STALE: Verdict = Verdict::Void(VoidReason::NotMonotone);
const AGAIN: Verdict = Verdict::Void(VoidReason::AlreadyExists);

/// A realm of persons 0 (creator, owner), 1 to 4 (members).
fn realm() -> World {
    let mut world = World::new(&[0], 5);
    (0..5).for_each(|person| {
        let role = if person == 0 { Role::Owner } else { Role::Member };
        member(&mut world, person, role, false);
    });
    world
}

fn member(world: &mut World, person: u64, role: Role, banned: bool) {
    let record = MemberRecord { role, banned, event: EventId::ZERO };
    world.set(Component::Realm, &member_key(did(person)), &record);
}

fn step(world: &mut World, author: u64, kind: Kind, payload: Vec<u8>) -> Verdict {
    world.events += 1;
    let event = event(did(author), world.events, kind, payload);
    world.step(&FinalityEngine, &event).0
}

fn declare(world: &mut World, author: u64, people: &[u64], threshold: Option<usize>) -> Verdict {
    let set = WitnessSet::new(people.iter().map(|person| did(*person)), threshold).unwrap();
    step(world, author, Kind::WitnessesDeclared, set.encode())
}

/// Signs a checkpoint of `number` whose content is `content`.
fn cosign(world: &mut World, author: u64, number: u64, content: u64) -> Verdict {
    let signed = CheckpointSigned { size: content, ..checkpoint(number, number * 10) };
    step(world, author, Kind::CheckpointSigned, signed.encode())
}

fn last(world: &World) -> u64 {
    last_final(world).number
}

/// Persons 0 to 2 are the witnesses, two must sign; checkpoint 1 is final.
fn witnessed() -> World {
    let mut world = realm();
    assert_eq!(declare(&mut world, 0, &[0, 1, 2], None), Verdict::Effective);
    assert_eq!(cosign(&mut world, 0, 1, 1), Verdict::Effective);
    world
}

#[test]
fn the_default_threshold_is_two_thirds_rounded_up() {
    for (count, wanted) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (64, 43)] {
        let set = WitnessSet::new((0..count).map(did), None).unwrap();
        assert_eq!(set.threshold(), wanted, "{count}");
    }
    assert!(WitnessSet::new([], None).is_err());
    assert!(WitnessSet::new((0..65).map(did), None).is_err());
    assert!(WitnessSet::new((0..4).map(did), Some(2)).is_err());
    assert!(WitnessSet::new((0..4).map(did), Some(5)).is_err());
    assert!(WitnessSet::new((0..4).map(did), Some(3)).is_ok());
}

#[test]
fn a_set_takes_effect_with_the_next_final_checkpoint() {
    let mut world = realm();
    assert_eq!(witnesses(&world).unwrap(), WitnessSet::new([did(0)], None).unwrap());
    assert_eq!(declare(&mut world, 0, &[1, 2], None), Verdict::Effective);
    assert_eq!(witnesses(&world).unwrap().witnesses(), [did(0)]);
    assert_eq!(next_witnesses(&world).unwrap().witnesses(), [did(1), did(2)]);
    assert_eq!(cosign(&mut world, 1, 1, 1), NOT_ALLOWED);
    assert_eq!(cosign(&mut world, 0, 1, 1), Verdict::Effective);
    assert_eq!(witnesses(&world).unwrap().witnesses(), [did(1), did(2)]);
    assert_eq!(next_witnesses(&world), None);
    assert_eq!(cosign(&mut world, 0, 2, 2), NOT_ALLOWED);
    assert_eq!(declare(&mut world, 0, &[0], None), Verdict::Effective);
    assert_eq!(cosign(&mut world, 1, 2, 2), Verdict::Effective);
    assert_eq!(last(&world), 1);
    assert!(!votes(&world, did(1)).0.is_empty());
    assert_eq!(cosign(&mut world, 2, 2, 2), Verdict::Effective);
    assert_eq!(last(&world), 2);
    assert_eq!(witnesses(&world).unwrap().witnesses(), [did(0)]);
    assert_eq!(votes(&world, did(1)), VotesRecord::default(), "who left is forgotten");
    assert_eq!(votes(&world, did(2)), VotesRecord::default());
}

#[test]
fn the_last_declaration_before_the_checkpoint_counts() {
    let mut world = realm();
    assert_eq!(declare(&mut world, 0, &[1, 2], None), Verdict::Effective);
    assert_eq!(declare(&mut world, 0, &[3], None), Verdict::Effective);
    assert_eq!(cosign(&mut world, 0, 1, 1), Verdict::Effective);
    assert_eq!(witnesses(&world).unwrap().witnesses(), [did(3)]);
}

#[test]
fn who_administers_the_realm_declares_members() {
    let mut world = realm();
    assert_eq!(declare(&mut world, 1, &[1], None), NOT_ALLOWED);
    member(&mut world, 1, Role::Admin, false);
    assert_eq!(declare(&mut world, 1, &[1], None), Verdict::Effective);
    member(&mut world, 1, Role::Admin, true);
    assert_eq!(declare(&mut world, 1, &[0], None), NOT_ALLOWED);
    const UNKNOWN: Verdict = Verdict::Void(VoidReason::UnknownSubject);
    assert_eq!(declare(&mut world, 0, &[0, 1], None), UNKNOWN, "banned");
    assert_eq!(declare(&mut world, 0, &[0, 9], None), UNKNOWN, "a stranger");
    let malformed = step(&mut world, 0, Kind::WitnessesDeclared, vec![0, 0]);
    assert_eq!(malformed, Verdict::Void(VoidReason::MalformedPayload));
}

#[test]
fn a_checkpoint_is_final_at_the_threshold() {
    let mut world = witnessed();
    assert_eq!(cosign(&mut world, 1, 5, 5), Verdict::Effective);
    assert_eq!((last(&world), world.time_ms()), (1, 10), "one of three is not enough");
    assert_eq!(cosign(&mut world, 1, 5, 5), AGAIN);
    assert_eq!(last(&world), 1, "the same witness twice is one witness");
    assert_eq!(cosign(&mut world, 0, 5, 6), Verdict::Effective);
    assert_eq!(last(&world), 1, "another content is another checkpoint");
    assert_eq!(cosign(&mut world, 3, 5, 5), NOT_ALLOWED);
    assert_eq!(cosign(&mut world, 2, 5, 5), Verdict::Effective);
    assert_eq!((last(&world), world.time_ms()), (5, 50), "numbers have gaps");
    let set = witnesses(&world).unwrap();
    let hash = votes(&world, did(1)).of(5).unwrap().checkpoint;
    let signers: Vec<_> = cosignatures(&world, &set, 5, hash).into_iter().map(|(w, _)| w).collect();
    assert_eq!(signers, [did(1), did(2)]);
}

#[test]
fn an_older_number_may_become_final_after_a_newer_one_was_signed() {
    let mut world = witnessed();
    assert_eq!(cosign(&mut world, 1, 2, 2), Verdict::Effective);
    assert_eq!(cosign(&mut world, 1, 3, 3), Verdict::Effective);
    assert_eq!(cosign(&mut world, 1, 2, 2), AGAIN);
    assert_eq!(cosign(&mut world, 0, 2, 2), Verdict::Effective);
    assert_eq!(last(&world), 2);
    assert_eq!(cosign(&mut world, 0, 3, 3), Verdict::Effective);
    assert_eq!(last(&world), 3);
    assert_eq!(cosign(&mut world, 2, 2, 2), STALE);
    assert_eq!(cosign(&mut world, 2, 3, 3), Verdict::Effective, "late, and it may be held to it");
    assert_eq!(last(&world), 3);
    assert_eq!(cosign(&mut world, 2, 0, 0), STALE);
}

#[test]
fn a_witness_that_contradicts_itself_counts_once_and_is_known() {
    let mut world = witnessed();
    assert_eq!(cosign(&mut world, 1, 2, 7), Verdict::Effective);
    assert_eq!(contradiction(&world, did(1)), None);
    assert_eq!(cosign(&mut world, 1, 2, 8), Verdict::Effective);
    let record = contradiction(&world, did(1)).unwrap();
    let ids = [world.events - 1, world.events];
    let ids = ids.map(|number| event(did(1), number, Kind::CheckpointSigned, vec![]).id);
    assert_eq!(record, ContradictionRecord { number: 2, events: ids });
    assert_eq!(cosign(&mut world, 1, 2, 9), AGAIN, "once is enough");
    assert_eq!(cosign(&mut world, 0, 2, 8), Verdict::Effective);
    assert_eq!(last(&world), 1, "its second word does not count");
    assert_eq!(cosign(&mut world, 2, 2, 7), Verdict::Effective);
    assert_eq!(last(&world), 2, "its first does");
}

#[test]
fn time_and_numbers_have_bounds() {
    let mut world = witnessed();
    let far = |number| CheckpointSigned { number, ..checkpoint(number, 10) }.encode();
    let (kind, last) = (Kind::CheckpointSigned, 1);
    let beyond = step(&mut world, 0, kind, far(last + GAP_MAX + 1));
    assert_eq!(beyond, Verdict::Void(VoidReason::OutOfRange));
    assert_eq!(step(&mut world, 0, kind, checkpoint(2, 9).encode()), STALE, "time goes back");
    assert_eq!(step(&mut world, 0, kind, far(last + GAP_MAX)), Verdict::Effective);
    assert_eq!(next_number(&world, did(0)), last + GAP_MAX + 1);
    assert_eq!(next_number(&world, did(1)), 2);
}

#[test]
fn the_oldest_votes_make_room() {
    let mut world = witnessed();
    let count = VOTES_MAX as u64;
    (2..count + 4).for_each(|number| {
        assert_eq!(cosign(&mut world, 1, number, number), Verdict::Effective);
    });
    let kept = votes(&world, did(1));
    assert_eq!((kept.0.len(), kept.of(3), kept.last_number()), (VOTES_MAX, None, count + 3));
    assert_eq!(VotesRecord::decode(&kept.encode()).unwrap(), kept);
    assert_eq!(cosign(&mut world, 0, 3, 3), Verdict::Effective);
    assert_eq!(last(&world), 1);
    assert_eq!(cosign(&mut world, 0, count + 3, count + 3), Verdict::Effective);
    assert_eq!(last(&world), count + 3);
}

proptest! {
    #[test]
    fn records_have_one_encoding(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(set) = WitnessSet::decode(&bytes) {
            prop_assert_eq!(set.encode(), &*bytes);
        }
        if let Ok(votes) = VotesRecord::decode(&bytes) {
            prop_assert_eq!(votes.encode(), &*bytes);
        }
        if let Ok(record) = ContradictionRecord::decode(&bytes) {
            prop_assert_eq!(record.encode(), bytes);
        }
    }

    /// Whatever witnesses say: the clock and the numbers only go forward, and whatever is final was
    /// signed by as many as the threshold says.
    #[test]
    fn finality_goes_forward(
        says in prop::collection::vec((0_u64..4, 1_u64..8, 0_u64..2), 0..60),
    ) {
        let mut world = witnessed();
        let mut signers = std::collections::BTreeMap::<_, std::collections::BTreeSet<u64>>::new();
        for (who, number, content) in says {
            let before = last_final(&world);
            let verdict = cosign(&mut world, who, number, content);
            if verdict.is_effective() {
                signers.entry((number, content)).or_default().insert(who);
            }
            let after = last_final(&world);
            prop_assert!(after.number >= before.number && after.time_ms >= before.time_ms);
            if after != before {
                prop_assert!(after.number > before.number);
                prop_assert!(signers[&(number, content)].len() >= 2);
            }
        }
    }
}
