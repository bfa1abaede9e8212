//! Declared witnesses: who may declare them, when they take effect, and how their signatures count.

use super::*;
use pluto_core::EventId;
use pluto_core::payload::{CHAINED_VERSION, ChainedCheckpoint, ROUND_VERSION, Role, RoundVote};
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

fn chained(world: &World, author: u64, number: u64, content: u64) -> Event {
    let checkpoint = CheckpointSigned { size: content, ..checkpoint(number, number * 10) };
    let payload = ChainedCheckpoint { checkpoint, extends: Digest::ZERO }.encode();
    let mut event = event(did(author), world.events, Kind::CheckpointSigned, payload);
    event.header.payload_version = CHAINED_VERSION;
    event
}

/// Signs a checkpoint of `number` whose content is `content`.
fn cosign(world: &mut World, author: u64, number: u64, content: u64) -> Verdict {
    world.events += 1;
    let event = chained(world, author, number, content);
    world.step(&FinalityEngine, &event).0
}

/// Says a word about a checkpoint of number 2 in a round.
fn say(world: &mut World, author: u64, round: u64, commits: bool, content: u64) -> Verdict {
    world.events += 1;
    let mut event = chained(world, author, 2, content);
    let chained = ChainedCheckpoint::decode(event.payload.as_deref().unwrap()).unwrap();
    event.payload = Some(RoundVote { chained, round, commits }.encode().into());
    event.header.payload_version = ROUND_VERSION;
    world.step(&FinalityEngine, &event).0
}

#[test]
fn both_words_of_a_round_are_about_one_checkpoint() {
    let mut world = witnessed();
    assert_eq!(say(&mut world, 1, 2, false, 1), Verdict::Effective);
    assert_eq!(say(&mut world, 1, 2, true, 1), Verdict::Effective);
    assert_eq!(say(&mut world, 1, 2, false, 1), AGAIN);
    assert_eq!(say(&mut world, 1, 4, false, 2), Verdict::Effective, "a later round");
    assert_eq!(say(&mut world, 1, 3, false, 2), STALE, "rounds only go up");
    assert!(contradiction(&world, did(1)).is_none());
    assert_eq!(say(&mut world, 1, 4, true, 1), Verdict::Effective, "and is recorded");
    assert_eq!(contradiction(&world, did(1)).unwrap().number, 4);
}

/// The border of a checkpoint.
fn close(world: &mut World, number: u64) {
    let event = chained(world, 0, number, 1);
    let mut out = Effects::default();
    FinalityEngine.close(world, &event, &mut out);
    world.apply(&out.writes);
}

fn last(world: &World) -> u64 {
    last_final(world).number
}

/// Persons 0 to 2 are the witnesses; checkpoint 1 is final.
fn witnessed() -> World {
    let mut world = realm();
    assert_eq!(declare(&mut world, 0, &[0, 1, 2], None), Verdict::Effective);
    assert_eq!(cosign(&mut world, 0, 1, 1), Verdict::Effective);
    close(&mut world, 1);
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
fn a_set_takes_effect_at_the_next_border() {
    let mut world = realm();
    assert_eq!(FinalityEngine.quorum(&world), Some((vec![did(0)], 1)));
    assert!(!is_chained(&world));
    assert_eq!(declare(&mut world, 0, &[1, 2], None), Verdict::Effective);
    assert!(is_chained(&world));
    assert_eq!(next_witnesses(&world).unwrap().witnesses(), [did(1), did(2)]);
    assert_eq!(cosign(&mut world, 1, 1, 1), NOT_ALLOWED);
    assert_eq!(cosign(&mut world, 0, 1, 1), Verdict::Effective);
    assert_eq!((last(&world), world.time_ms()), (0, 0), "a signature moves nothing");
    close(&mut world, 1);
    assert_eq!((last(&world), world.time_ms()), (1, 10));
    assert_eq!(FinalityEngine.quorum(&world), Some((vec![did(1), did(2)], 2)));
    assert_eq!(next_witnesses(&world), None);
    assert_eq!(cosign(&mut world, 0, 2, 2), NOT_ALLOWED);
    assert_eq!(declare(&mut world, 0, &[0], None), Verdict::Effective);
    assert_eq!(cosign(&mut world, 1, 2, 2), Verdict::Effective);
    assert_eq!(cosign(&mut world, 2, 2, 2), Verdict::Effective);
    assert!(!votes(&world, did(1)).0.is_empty());
    close(&mut world, 2);
    assert_eq!(witnesses(&world).unwrap().witnesses(), [did(0)]);
    assert_eq!(votes(&world, did(1)), VotesRecord::default(), "who left is forgotten");
    assert_eq!(votes(&world, did(2)), VotesRecord::default());
}

#[test]
fn the_last_declaration_before_the_border_counts() {
    let mut world = realm();
    assert_eq!(declare(&mut world, 0, &[1, 2], None), Verdict::Effective);
    assert_eq!(declare(&mut world, 0, &[3], None), Verdict::Effective);
    close(&mut world, 1);
    assert_eq!(witnesses(&world).unwrap().witnesses(), [did(3)]);
}

#[test]
fn a_checkpoint_of_version_1_counts_only_where_nobody_is_declared() {
    let mut world = realm();
    assert_eq!(declare(&mut world, 0, &[0, 1], None), Verdict::Effective);
    let alone = |number| checkpoint(number, number * 10).encode();
    assert_eq!(step(&mut world, 0, Kind::CheckpointSigned, alone(1)), Verdict::Effective);
    assert!(next_witnesses(&world).is_some(), "it puts no declaration in force");
    close(&mut world, 1);
    assert_eq!((last(&world), world.time_ms()), (1, 10));
    assert_eq!(step(&mut world, 0, Kind::CheckpointSigned, alone(2)), NOT_ALLOWED);
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
fn signatures_are_kept_by_number() {
    let mut world = witnessed();
    assert_eq!(cosign(&mut world, 1, 5, 5), Verdict::Effective);
    assert_eq!(cosign(&mut world, 1, 5, 5), AGAIN);
    assert_eq!(cosign(&mut world, 0, 5, 6), Verdict::Effective);
    assert_eq!(cosign(&mut world, 3, 5, 5), NOT_ALLOWED);
    assert_eq!(cosign(&mut world, 2, 5, 5), Verdict::Effective);
    assert_eq!(cosign(&mut world, 2, 4, 4), STALE, "numbers go up");
    let set = witnesses(&world).unwrap();
    let hash = votes(&world, did(1)).of(5).unwrap().checkpoint;
    let signers: Vec<_> = cosignatures(&world, &set, 5, hash).into_iter().map(|(w, _)| w).collect();
    assert_eq!(signers, [did(1), did(2)]);
    close(&mut world, 5);
    assert_eq!((last(&world), world.time_ms()), (5, 50), "numbers have gaps");
    assert_eq!(cosign(&mut world, 0, 4, 4), STALE);
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
}

#[test]
fn time_and_numbers_have_bounds() {
    let mut world = witnessed();
    let last = 1;
    let mut far = |author, number, time_ms| {
        world.events += 1;
        let checkpoint = checkpoint(number, time_ms);
        let payload = ChainedCheckpoint { checkpoint, extends: Digest::ZERO }.encode();
        let mut event = event(did(author), world.events, Kind::CheckpointSigned, payload);
        event.header.payload_version = CHAINED_VERSION;
        world.step(&FinalityEngine, &event).0
    };
    let beyond = far(0, last + GAP_MAX + 1, 10);
    assert_eq!(beyond, Verdict::Void(VoidReason::OutOfRange));
    assert_eq!(far(0, 2, 9), STALE, "time goes back");
    assert_eq!(far(0, last + GAP_MAX, 10), Verdict::Effective);
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
}
