//! What each detector finds, and above all what it must leave alone.

use super::*;
use crate::testing::did;
use pluto_core::Kind;

fn by(author: u64, position: u64, time_ms: u64) -> Sighting {
    Sighting {
        position: Position(position),
        time_ms,
        author: did(author),
        kind: Kind::RecordPut.number(),
        effective: true,
        toward: None,
    }
}

fn gift(from: u64, to: u64) -> Sighting {
    Sighting { toward: Some(did(to)), ..by(from, 0, 0) }
}

#[test]
fn rates_are_set_against_the_time_that_went_by() {
    let check = |events: u64, lasted_ms: u64| {
        let mut rate = Rate::default();
        assert_eq!(rate.observe(&by(9, 0, 1_000_000_000)), []);
        (0..events).for_each(|_| assert_eq!(rate.observe(&by(1, 0, 1_000_000_000)), []));
        rate.observe(&by(9, 0, 1_000_000_000 + lasted_ms))
    };
    assert_eq!(check(60, 60_000), []);
    let fast = |severity, what, value| Finding { severity, what, author: did(1), value };
    assert_eq!(check(61, 60_000), [fast(Severity::Warning, "events a minute", 61)]);
    assert_eq!(check(601, 60_000), [fast(Severity::Critical, "events a minute", 601)]);
    assert_eq!(check(400, 3_600_000), [], "a checkpoint an hour makes nobody fast");
    assert_eq!(check(501, 3_600_000), [fast(Severity::Warning, "events an hour", 501)]);
}

#[test]
fn what_came_before_time_has_no_rate() {
    let mut rate = Rate::default();
    (0..10_000).for_each(|_| assert_eq!(rate.observe(&by(1, 0, 0)), []));
    assert_eq!(rate.observe(&by(2, 0, 1_700_000_000_000)), []);
}

/// Windows in each of which author 1 writes so often, author 2 the rest.
fn windows(counts: impl IntoIterator<Item = u64>) -> Vec<Finding> {
    let mut burst = Burst::default();
    let mut found = Vec::new();
    for (window, count) in (0..).zip(counts) {
        for place in 0..WINDOW {
            let author = if place < count { 1 } else { 2 + place };
            found.extend(burst.observe(&by(author, window * WINDOW + place, 0)));
        }
    }
    found.retain(|finding| finding.author == did(1));
    found
}

#[test]
fn bursts_stand_out_from_an_authors_own_past() {
    let steady = std::iter::repeat_n(10, 40);
    assert_eq!(windows(steady.clone()), []);
    assert_eq!(windows(steady.clone().chain([14, 0])), []);
    let loud = windows(steady.clone().chain([200, 0]));
    assert_eq!(loud.len(), 1);
    assert_eq!((loud[0].severity, loud[0].value), (Severity::Warning, 60_083));
    let little = windows(steady.chain([22, 0]));
    assert_eq!(little[0].severity, Severity::Warning);
    assert_eq!(windows(std::iter::repeat_n(10, 9).chain([200, 0])), [], "too few windows");
    assert_eq!(windows(std::iter::repeat_n(WINDOW, 60)), [], "alone in the realm");
}

#[test]
fn a_popular_recipient_is_no_ring() {
    let mut circular = Circular::default();
    for giver in 1..500 {
        assert_eq!(circular.observe(&gift(giver, 0)), None);
    }
    for friend in 1..500 {
        assert_eq!(circular.observe(&gift(0, friend)), None, "praise returned is a trade");
    }
    assert_eq!(circular.rings(), 0);
}

#[test]
fn rings_of_three_and_more_are_found() {
    let mut circular = Circular::default();
    let mut found = Vec::new();
    for ring in 0..12 {
        let (b, c) = (100 + 2 * ring, 101 + 2 * ring);
        found.extend(circular.observe(&gift(b, c)));
        found.extend(circular.observe(&gift(c, 1)));
        found.extend(circular.observe(&gift(1, b)));
    }
    let values: Vec<u64> = found.iter().map(|finding| finding.value).collect();
    assert_eq!(values, [3, 10]);
    assert!(found.iter().all(|finding| finding.author == did(1)));
    assert_eq!(circular.rings(), 12);
    assert_eq!(circular.observe(&gift(1, 100)), None, "given again closes nothing");
}

#[test]
fn memory_is_bounded_and_forgets() {
    let mut circular = Circular::default();
    circular.observe(&gift(1, 2));
    circular.observe(&gift(2, 3));
    for other in 0..GIFTS_MAX as u64 {
        assert_eq!(circular.observe(&gift(5_000 + other, 4_999)), None);
    }
    assert_eq!(circular.observe(&gift(3, 1)), None);
    assert_eq!(circular.rings(), 0);
    let mut rate = Rate::default();
    let mut burst = Burst::default();
    for author in 0..2 * super::super::super::AUTHORS_MAX as u64 {
        rate.observe(&by(author, author, 1));
        burst.observe(&by(author, author, 1));
    }
}

#[test]
fn refusals_are_no_anomaly() {
    let mut anomalies = Anomalies::default();
    for position in 0..20_000 {
        let refused = Sighting { effective: false, ..by(1, position, position * 1_000) };
        assert_eq!(anomalies.find(&refused), []);
    }
    assert_eq!(anomalies.report().measures[0].value, Some(0));
}
