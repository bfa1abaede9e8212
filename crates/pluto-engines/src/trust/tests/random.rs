//! What holds for every schedule of attestations.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::TrustEngine;
use crate::testing::{R, World, did, event};
use crate::trust::{PASS_ON_PPM, VOUCH_PPM, standing_key};
use pluto_core::payload::Attestation;
use pluto_core::state::{RULES_KEY, RulesRecord, read};
use pluto_core::traits::{Effects, Engine};
use pluto_core::trust::PPM;
use pluto_core::{Canonical, Component, Kind};

const PEOPLE: u64 = 8;
const ROOTS: [u64; 2] = [0, 3];
const FIRST_DAY: u64 = 10_000;
/// ½ · Σ 2^(−k/180): the most that rounding once a day can add up to.
const ROUNDING_PPM: u64 = 131;

/// Attester, subject, value, days since the attestation before.
type Said = (u64, u64, i8, u64);

fn schedule(days: u64) -> impl Strategy<Value = Vec<Said>> {
    let said = (0..PEOPLE, 0..PEOPLE, -1..=1_i8, 0..=days);
    let said = said.prop_filter("nobody attests to themselves", |(a, s, ..)| a != s);
    prop::collection::vec(said, 1..120)
}

fn start() -> World {
    let mut world = World::new(&ROOTS, PEOPLE);
    world.at_day(FIRST_DAY);
    world
}

/// Folds a schedule from `day` on, calls `after` at each step, returns the last day.
fn fold(
    world: &mut World,
    mut day: u64,
    schedule: &[Said],
    mut after: impl FnMut(&World, Said),
) -> u64 {
    for said in schedule {
        day += said.3;
        world.at_day(day);
        world.rate(said.0, said.1, said.2);
        after(world, *said);
    }
    day
}

/// Compares what the edges say with the standings; `rounding_ppm` for each record.
fn check_sums(world: &World, rounding_ppm: u64) {
    for person in 0..PEOPLE {
        let standing = world.standing(person);
        let reasons = world.reasons(person);
        let sum = |praise: bool| -> u64 {
            let side = reasons.iter().map(|reason| reason.contribution_ppm);
            side.filter(|ppm| (*ppm > 0) == praise).map(i64::unsigned_abs).sum()
        };
        let allowed = rounding_ppm * (reasons.len() as u64 + 1);
        assert!(standing.pos.abs_diff(sum(true)) <= allowed, "{standing:?} {reasons:?}");
        assert!(standing.neg.abs_diff(sum(false)) <= allowed, "{standing:?} {reasons:?}");
        assert_eq!(standing.flow, reasons.iter().map(|reason| reason.vouched_ppm).sum::<u64>());
    }
}

proptest! {
    #[test]
    fn nobody_spends_more_than_the_budget(schedule in schedule(3)) {
        let mut spent = BTreeMap::new();
        fold(&mut start(), FIRST_DAY, &schedule, |world, (attester, ..)| {
            let now = world.standing(attester);
            let before = spent.insert(attester, now.spent).unwrap_or_default();
            assert!(now.spent >= before, "spending is never undone");
            if now.spent > before && !ROOTS.contains(&attester) {
                assert!(now.spent <= now.flow * PASS_ON_PPM / u64::from(PPM));
            }
        });
    }

    #[test]
    fn edges_sum_to_the_standing(schedule in schedule(200)) {
        let mut world = start();
        fold(&mut world, FIRST_DAY, &schedule, |_, _| ());
        check_sums(&world, ROUNDING_PPM);
    }

    #[test]
    fn edges_sum_to_the_standing_exactly_within_a_day(schedule in schedule(0)) {
        let mut world = start();
        fold(&mut world, FIRST_DAY, &schedule, |_, _| ());
        check_sums(&world, 0);
    }

    #[test]
    fn values_and_weights_stay_in_range(schedule in schedule(20)) {
        fold(&mut start(), FIRST_DAY, &schedule, |world, (_, subject, ..)| {
            let standing = world.standing(subject);
            assert!(standing.value_ppm() <= PPM);
            assert!(standing.balance_ppm().unsigned_abs() <= u64::from(PPM));
            assert!(standing.weight_ppm(false) <= standing.flow.min(u64::from(PPM)));
        });
    }

    /// Sybils that a buyer with weight w vouches for raise one subject by at most 0.2 · w for each
    /// edge bought, whatever they say to each other and in whatever order.
    #[test]
    fn bought_edges_bound_what_sybils_add(
        purchases in prop::collection::vec((0..120_usize, 10..16_u64), 1..5),
        chatter in prop::collection::vec((10..20_u64, 10..=20_u64, -1..=1_i8, 0..4_u64), 120),
    ) {
        const BUYER: u64 = 1;
        const TARGET: u64 = 20;
        let mut world = World::new(&[0], 21);
        for day in 0..30 {
            world.at_day(FIRST_DAY + day);
            world.rate(0, BUYER, 1);
        }
        let mut day = FIRST_DAY + 30;
        let (mut bought, mut weight_max) = (0, 0);
        for (at, (attester, subject, value, days)) in chatter.into_iter().enumerate() {
            day += days;
            world.at_day(day);
            weight_max = weight_max.max(world.standing(BUYER).weight_ppm(false));
            for (_, sybil) in purchases.iter().filter(|(when, _)| *when == at) {
                world.rate(BUYER, *sybil, 1);
                bought += 1;
            }
            if attester != subject {
                world.rate(attester, subject, value);
            }
            let allowed = bought * 2 * (VOUCH_PPM * weight_max / u64::from(PPM));
            prop_assert!(world.standing(TARGET).pos <= allowed);
        }
    }

    /// The engine keeps nothing of its own: the same order gives the same bytes, also when the state
    /// is carried over to another engine half way.
    #[test]
    fn same_order_gives_the_same_bytes(schedule in schedule(20), cut in any::<prop::sample::Index>()) {
        let mut whole = start();
        fold(&mut whole, FIRST_DAY, &schedule, |_, _| ());
        let (front, back) = schedule.split_at(cut.index(schedule.len()));
        let mut first = start();
        let day = fold(&mut first, FIRST_DAY, front, |_, _| ());
        let mut second = first.clone();
        fold(&mut second, day, back, |_, _| ());
        prop_assert_eq!(whole.trust(), second.trust());
    }

    #[test]
    fn a_step_is_pure(schedule in schedule(20), said in (0..PEOPLE, 0..PEOPLE, -10..=10_i8)) {
        let mut world = start();
        fold(&mut world, FIRST_DAY, &schedule, |_, _| ());
        let payload = Attestation { subject: did(said.1), dimension: R, value: said.2 }.encode();
        let event = event(did(said.0), 7, Kind::Attestation, payload);
        let (mut first, mut second) = (Effects::default(), Effects::default());
        let verdict = TrustEngine.step(&world, &event, &mut first);
        prop_assert_eq!(verdict, TrustEngine.step(&world, &event, &mut second));
        prop_assert_eq!(&first.writes, &second.writes);
        prop_assert!(first.writes.len() <= 3);
    }

    #[test]
    fn any_payload_gets_a_verdict(payload in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut world = start();
        let event = event(did(0), 1, Kind::Attestation, payload);
        world.step(&TrustEngine, &event);
    }

    /// Entries that no fold can have written are survived, the largest numbers included.
    #[test]
    fn any_stored_bytes_are_survived(
        words in prop::collection::vec(prop_oneof![any::<u64>(), Just(u64::MAX), Just(1 << 63)], 0..8),
        schedule in schedule(20),
    ) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let mut world = start();
        fold(&mut world, FIRST_DAY, &schedule, |_, _| ());
        let trust = world.entries.iter_mut().filter(|((part, _), _)| *part == Component::Trust);
        trust.for_each(|(_, value)| *value = bytes.clone().into());
        for person in 0..PEOPLE {
            let key = (Component::Trust, standing_key(R, did(person)));
            world.entries.insert(key, bytes.clone().into());
        }
        fold(&mut world, FIRST_DAY, &schedule, |_, _| ());
    }

    #[test]
    fn finds_roots_in_encoded_rules(
        roots in prop::collection::btree_set(0..300_u64, 1..=64),
        name in "[a-z]{0,128}",
    ) {
        let roots: Vec<u64> = roots.into_iter().collect();
        let mut world = World::new(&roots, 0);
        let mut rules: RulesRecord = read(&world, Component::Realm, RULES_KEY).unwrap();
        rules.name = name;
        world.set(Component::Realm, RULES_KEY, &rules);
        for person in 0..300 {
            prop_assert_eq!(crate::trust::is_root(&world, did(person)), roots.contains(&person));
        }
        for bytes in [&b""[..], &[0; 3], &[0xff; 200]] {
            world.entries.insert((Component::Realm, RULES_KEY.to_vec()), bytes.into());
            prop_assert!(!crate::trust::is_root(&world, did(roots[0])));
        }
    }
}
