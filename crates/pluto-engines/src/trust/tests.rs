//! Hand-computed cases of the trust engine; random schedules and real data in the folder.

mod golden;
mod random;

use pluto_core::trust::{Dimension, NEWCOMER_PPM, TrustVector};
use pluto_core::{Canonical, Did, Namespace};

use super::*;
use crate::testing::{R, World, did, event};

const ROOT: u64 = 0;
const X: u64 = 1;
const Y: u64 = 2;
const Z: u64 = 3;

fn world() -> World {
    let mut world = World::new(&[ROOT], 10);
    world.at_day(1_000);
    world
}

#[test]
fn standing_flows_from_the_root() {
    let mut world = world();
    world.rate(ROOT, X, 10);
    let x = world.standing(X);
    assert_eq!((x.pos, x.flow, x.gain), (50_000, 100_000, 50_000));
    assert_eq!((x.balance_ppm(), x.value_ppm(), x.weight_ppm(false)), (200_000, 280_000, 20_000));
    assert_eq!(world.standing(ROOT).spent, 100_000);
    world.rate(X, Y, 1);
    let y = world.standing(Y);
    assert_eq!((y.pos, y.flow, y.value_ppm()), (20_000, 2_000, 181_818));
    assert_eq!(world.standing(X).spent, 2_000);
    world.rate(ROOT, Z, -1);
    assert_eq!((world.standing(Z).neg, world.standing(Z).value_ppm()), (1_500_000, 11_765));
}

#[test]
fn complaints_weigh_double_about_vigilance_and_omega() {
    for (dimension, neg) in Dimension::ALL.into_iter().zip([3, 3, 3, 3, 4, 4]) {
        let mut world = world();
        world.rate_in(dimension, ROOT, X, -10);
        assert_eq!(standing(&world, did(X), dimension, 1_000).neg, neg * 500_000);
        let others = Dimension::ALL.into_iter().filter(|other| *other != dimension);
        for other in others {
            assert_eq!(value_ppm(&world, did(X), other, 1_000), NEWCOMER_PPM);
        }
    }
}

#[test]
fn proven_misconduct_lowers_vigilance_and_omega_and_explains_itself() {
    let mut world = world();
    world.rate_in(Dimension::Omega, ROOT, X, 10);
    for times in 1..=2 {
        let mut out = Effects::default();
        misconduct(&world, did(X), EventId([times; 32]), &mut out);
        assert_eq!(out.writes.len(), 4);
        for write in out.writes {
            world.entries.insert((write.component, write.key), write.value.unwrap());
        }
        for dimension in Dimension::ALL {
            let convicted = MISCONDUCT.contains(&dimension);
            let neg = if convicted { u64::from(times) * 2_000_000 } else { 0 };
            assert_eq!(standing(&world, did(X), dimension, 1_000).neg, neg, "{dimension:?}");
        }
    }
    let key = edge_key(Dimension::Omega, did(X), did(X));
    let edge: Edge = pluto_core::state::read(&world, Component::Trust, &key).unwrap();
    assert_eq!((edge.contribution, edge.event), (-4_000_000, EventId([2; 32])));
    assert_eq!(value_ppm(&world, did(X), Dimension::Omega, 1_000), 7_059);
}

#[test]
fn only_the_sign_counts() {
    let after = |value| {
        let mut world = world();
        world.rate(ROOT, X, value);
        world.trust()
    };
    assert_eq!(after(1), after(10));
    assert_eq!(after(-1), after(-10));
}

#[test]
fn a_new_word_replaces_the_old_one() {
    let mut world = world();
    world.rate(ROOT, X, 5);
    world.rate(ROOT, X, -5);
    let x = world.standing(X);
    assert_eq!((x.pos, x.neg, x.flow), (0, 1_500_000, 0));
    world.rate(ROOT, X, -5);
    assert_eq!(world.standing(X), x, "a complaint repeated adds nothing");
    world.at_day(1_001);
    world.rate(ROOT, X, 5);
    let x = world.standing(X);
    assert_eq!((x.pos, x.neg, x.flow), (50_000, 0, 100_000));
    assert_eq!(world.standing(ROOT).spent, 200_000, "what is spent stays spent");
}

#[test]
fn praise_is_capped_by_the_day_and_topped_up_to_the_weight() {
    let mut world = world();
    for day in 0..25 {
        world.at_day(1_000 + day);
        world.rate(ROOT, X, 1);
        let once = world.standing(X);
        assert!(once.gain <= DAY_GAIN_PPM);
        world.rate(ROOT, X, 1);
        assert_eq!(world.standing(X), once, "the second word of a day adds nothing");
        assert_eq!(once.flow, VOUCH_PPM, "vouched once, not every day");
    }
    let x = world.standing(X);
    assert!(x.pos > 995_000 && x.pos <= 1_000_000, "{x:?}");
    assert_eq!(world.edge(X, ROOT).unwrap().contribution.unsigned_abs(), x.pos);
}

#[test]
fn the_day_cap_is_shared_by_all_attesters() {
    let mut world = World::new(&[0, 4, 5], 10);
    world.at_day(1_000);
    for root in [0, 4, 5] {
        world.rate(root, X, 1);
    }
    assert_eq!((world.standing(X).pos, world.standing(X).flow), (50_000, 300_000));
    world.rate(0, X, 0);
    world.rate(4, X, 1);
    assert_eq!(world.standing(X).pos, 0, "a withdrawal does not reopen the day");
    world.at_day(1_001);
    world.rate(4, X, 1);
    assert_eq!(world.standing(X).pos, 50_000);
}

#[test]
fn a_withdrawal_leaves_nothing_behind_but_the_spending() {
    let mut world = world();
    world.rate(ROOT, X, 1);
    world.rate(X, Y, 1);
    world.rate(X, Y, 0);
    let y = world.standing(Y);
    assert_eq!((y.pos, y.neg, y.flow), (0, 0, 0));
    assert_eq!(world.edge(Y, X), None);
    assert_eq!(world.standing(X).spent, 2_000);
    world.rate(X, Z, -1);
    world.rate(X, Z, 0);
    assert_eq!(world.edge(Z, X), None);
    assert_eq!(world.standing(Z), Standing { day: 1_000, ..Standing::default() });
    let key = (Component::Trust, standing_key(R, did(Z)));
    assert!(!world.entries.contains_key(&key), "a blank standing is not stored");
}

#[test]
fn values_decay_towards_the_newcomer() {
    let mut world = world();
    world.rate(ROOT, X, 1);
    world.rate(ROOT, Y, -1);
    let at = |who, day| standing(&world, did(who), R, day);
    assert_eq!((at(X, 1_180).pos, at(Y, 1_180).neg), (25_000, 750_000));
    assert_eq!(at(X, 1_180).value_ppm(), 199_999, "both divisions round down");
    assert_eq!(at(X, 1_180).flow, VOUCH_PPM, "what is vouched does not decay");
    assert_eq!((at(X, 999).pos, at(X, 999).day), (50_000, 1_000), "no way back in time");
    assert_eq!((at(X, 9_999).value_ppm(), at(Y, 9_999).value_ppm()), (NEWCOMER_PPM, NEWCOMER_PPM));
}

#[test]
fn whoever_has_no_standing_changes_nothing() {
    let mut world = world();
    world.rate(ROOT, X, 1);
    let before = world.trust();
    for word in [10, -10, 0, 10] {
        assert_eq!(world.rate(5, X, word), [], "not even an entry");
        assert_eq!(world.rate(5, 6, word), []);
        assert_eq!(world.rate(6, 5, word), []);
    }
    assert_eq!(world.trust(), before);
    world.rate(ROOT, 5, 1);
    world.rate(ROOT, 5, -1);
    assert_eq!(world.rate(5, X, -10), [], "nor does somebody complained about");
}

#[test]
fn a_repeated_word_moves_the_edge_to_the_latest_event() {
    let mut world = world();
    world.rate(ROOT, X, 1);
    let writes = world.rate(ROOT, X, 1);
    assert_eq!(writes.len(), 1);
    assert_eq!(writes[0].key, edge_key(R, did(X), did(ROOT)));
    let second = event(did(ROOT), 2, Kind::Attestation, vec![]).id;
    assert_eq!(world.edge(X, ROOT).unwrap().event, second);
}

#[test]
fn judges_before_it_folds() {
    let said = |subject| Attestation { subject, dimension: R, value: 1 }.encode();
    let stranger = Did { namespace: Namespace::Spirit, id: [9; 32] };
    let mut erased = event(did(ROOT), 1, Kind::Attestation, said(did(X)));
    erased.payload = None;
    let mut later_version = event(did(ROOT), 1, Kind::Attestation, said(did(X)));
    later_version.header.payload_version = 2;
    let by_root = |payload| event(did(ROOT), 1, Kind::Attestation, payload);
    let cases = [
        (erased, VoidReason::PayloadAbsent),
        (later_version, VoidReason::MalformedPayload),
        (by_root(said(did(ROOT))), VoidReason::SelfAttestation),
        (by_root(said(stranger)), VoidReason::UnknownSubject),
        (by_root(vec![]), VoidReason::MalformedPayload),
    ];
    for (event, reason) in cases {
        assert_eq!(world().step(&TrustEngine, &event).0, Verdict::Void(reason));
    }
}

#[test]
fn explains_a_value_by_its_edges() {
    let mut world = World::new(&[0, 4], 10);
    world.at_day(1_000);
    world.rate(0, X, 1);
    world.rate(0, Y, 1);
    world.rate(X, Y, -1);
    world.rate(4, Y, -1);
    let reasons = world.reasons(Y);
    let found: Vec<_> =
        reasons.iter().map(|r| (r.attester, r.contribution_ppm, r.vouched_ppm)).collect();
    let expected = [(did(4), -1_500_000, 0), (did(0), 50_000, 100_000), (did(X), -30_000, 0)];
    assert_eq!(found, expected);
    let last = event(did(4), 4, Kind::Attestation, vec![]).id;
    assert_eq!(reasons[0].event, last);
    assert!(explain([(edge_key(R, did(Y), did(X)), [0; 55])], 0).is_err());
    assert!(explain([(standing_key(R, did(Y)), [0; EDGE_BYTES])], 0).is_err());
}

#[test]
fn vector_reads_every_dimension_at_the_views_time() {
    let mut world = world();
    world.rate_in(Dimension::Integrity, ROOT, X, 1);
    world.rate_in(Dimension::Omega, ROOT, X, -1);
    let expected = TrustVector([100_000, 280_000, 100_000, 100_000, 100_000, 9_091]);
    assert_eq!(vector(&world, did(X)), expected);
    world.at_day(1_180);
    assert_eq!(vector(&world, did(X)).get(Dimension::Integrity), 199_999);
    assert_eq!(vector(&world, did(Y)), TrustVector::NEWCOMER);
}

#[test]
fn records_have_their_documented_layout() {
    let standing = Standing { day: 1, flow: 2, spent: 3, pos: 4, neg: 5, gain: 6 };
    let edge = Edge { day: 1, contribution: -2, vouched: 3, event: pluto_core::EventId([9; 32]) };
    let words = |words: &[u64]| -> Vec<u8> { words.iter().flat_map(|w| w.to_be_bytes()).collect() };
    assert_eq!(standing.encode(), words(&[1, 2, 3, 4, 5, 6]));
    assert_eq!(edge.encode(), [words(&[1, (-2_i64) as u64, 3]), vec![9; 32]].concat());
    assert_eq!((standing.encode().len(), edge.encode().len()), (STANDING_BYTES, EDGE_BYTES));
    assert_eq!(Standing::decode(&standing.encode()), Ok(standing));
    assert_eq!(Edge::decode(&edge.encode()), Ok(edge));
    assert_eq!(standing_key(R, did(5))[..4], [b's', 0, 1, 0]);
    assert_eq!(edge_key(Dimension::Omega, did(5), did(6))[..4], [b'e', 5, 1, 0]);
}
