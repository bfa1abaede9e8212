//! Bounds, shares, turns and exactly-once delivery, alone and under threads.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::thread;

use proptest::prelude::*;

use super::*;

const NO_WAIT: Duration = Duration::ZERO;
/// Long enough to mean "until it happens"; a test that reaches it fails.
const FOREVER: Duration = Duration::from_secs(600);

fn limits(items_max: usize, source_items_max: usize) -> BusLimits {
    BusLimits { lanes: [LaneLimits { items_max, source_items_max }; 4], high_wait: NO_WAIT }
}

fn drain<T>(bus: &EventBus<T>) -> Vec<T> {
    bus.take_batch(usize::MAX, NO_WAIT).unwrap_or_default()
}

#[test]
fn the_receiver_assigns_the_lane() {
    for kind in Kind::ALL {
        let lane = Lane::of(kind.number());
        assert_eq!(lane == Lane::Critical, kind.is_critical(), "{kind:?}");
        if kind.class() == Class::Authoritative {
            assert_ne!(lane, Lane::Low, "{kind:?}: a member of the set is never displaced");
        }
    }
    assert_eq!(Lane::of(Kind::Attestation.number()), Lane::High);
    assert_eq!(Lane::of(Kind::RecordPut.number()), Lane::Normal);
    assert_eq!(Lane::of(Kind::NetworkMetricUpdate.number()), Lane::Low);
    assert_eq!(Lane::of(KindNumber(60_000)), Lane::Normal);
    let run = [Kind::RecordPut, Kind::KeyRotated, Kind::RecordPut].map(Kind::number);
    assert_eq!(Lane::of_run(run), Lane::Critical);
}

#[test]
fn full_lanes_are_served_eight_four_two_one() {
    let bus = EventBus::new(limits(100, 100));
    for index in 0..60 {
        for lane in Lane::ALL {
            bus.push(lane, Source::Local, (lane, index)).unwrap();
        }
    }
    for round in 0..3 {
        let batch = bus.take_batch(15, NO_WAIT).unwrap();
        let count = |lane| batch.iter().filter(|(of, _)| *of == lane).count();
        assert_eq!(Lane::ALL.map(count), [8, 4, 2, 1], "round {round}");
    }
}

#[test]
fn an_empty_lane_leaves_its_share_to_the_others() {
    let bus = EventBus::new(limits(100, 100));
    for index in 0..50 {
        bus.push(Lane::Low, Source::Local, index).unwrap();
    }
    assert_eq!(drain(&bus), (0..50).collect::<Vec<_>>());
}

#[test]
fn sources_take_turns() {
    let bus = EventBus::new(limits(1_000, 500));
    for index in 0..500 {
        bus.push(Lane::Normal, Source::Peer(1), (1, index)).unwrap();
    }
    for index in 0..3 {
        bus.push(Lane::Normal, Source::Peer(2), (2, index)).unwrap();
        bus.push(Lane::Normal, Source::Client(2), (3, index)).unwrap();
    }
    let first = bus.take_batch(9, NO_WAIT).unwrap();
    for source in 1..=3 {
        let of_source: Vec<_> = first.iter().filter(|(of, _)| *of == source).collect();
        assert_eq!(of_source, [&(source, 0), &(source, 1), &(source, 2)]);
    }
}

#[test]
fn one_source_cannot_fill_a_lane() {
    let bus = EventBus::new(limits(4, 2));
    for item in 0..2 {
        bus.push(Lane::Normal, Source::Peer(1), item).unwrap();
    }
    let refused = bus.push(Lane::Normal, Source::Peer(1), 9).unwrap_err();
    assert_eq!(refused.item, 9);
    assert_eq!(refused.why, BusError::Busy { lane: Lane::Normal, retry_after_ms: RETRY_AFTER_MS });
    assert_eq!(refused.why.code(), codes::BUS_BUSY);
    assert!(bus.push(Lane::Normal, Source::Peer(2), 3).is_ok());
}

#[test]
fn a_full_low_lane_displaces_the_oldest_of_the_largest_source() {
    let bus = EventBus::new(limits(4, 3));
    for item in 0..3 {
        bus.push(Lane::Low, Source::Peer(1), item).unwrap();
    }
    bus.push(Lane::Low, Source::Peer(2), 3).unwrap();
    let own = bus.push(Lane::Low, Source::Peer(1), 4).unwrap();
    assert_eq!(own.displaced, Some((Source::Peer(1), 0)), "its own share is full");
    let other = bus.push(Lane::Low, Source::Peer(2), 5).unwrap();
    assert_eq!(other.displaced, Some((Source::Peer(1), 1)), "the lane is full");
    assert_eq!(drain(&bus).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([2, 3, 4, 5]));
    assert_eq!(bus.counts()[Lane::Low.index()].displaced, 2);
}

#[test]
fn a_displaced_last_item_leaves_no_empty_turn() {
    let bus = EventBus::new(limits(1, 1));
    bus.push(Lane::Low, Source::Peer(1), 1).unwrap();
    let accepted = bus.push(Lane::Low, Source::Peer(2), 2).unwrap();
    assert_eq!(accepted.displaced, Some((Source::Peer(1), 1)));
    assert_eq!(drain(&bus), [2]);
    bus.push(Lane::Low, Source::Peer(1), 3).unwrap();
    assert_eq!(drain(&bus), [3]);
}

#[test]
fn a_full_high_lane_gives_up_after_its_deadline() {
    let bus = EventBus::new(limits(1, 1));
    bus.push(Lane::High, Source::Local, 1).unwrap();
    let refused = bus.push(Lane::High, Source::Local, 2).unwrap_err();
    assert!(matches!(refused.why, BusError::Busy { lane: Lane::High, .. }));
    let counts = bus.counts()[Lane::High.index()];
    assert_eq!((counts.waited, counts.busy, counts.accepted), (1, 1, 1));
}

/// Returns once a producer waits in `lane`.
fn until_waiting<T>(bus: &EventBus<T>, lane: Lane) {
    while bus.counts()[lane.index()].waited == 0 {
        thread::yield_now();
    }
}

#[test]
fn critical_and_high_wait_for_a_place() {
    for lane in [Lane::Critical, Lane::High] {
        let bus = EventBus::new(BusLimits { high_wait: FOREVER, ..limits(1, 1) });
        bus.push(lane, Source::Local, 1).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| bus.push(lane, Source::Local, 2).is_ok());
            until_waiting(&bus, lane);
            assert_eq!(drain(&bus), [1]);
            assert!(waiting.join().unwrap());
            assert_eq!(drain(&bus), [2]);
        });
    }
}

#[test]
fn closing_hands_back_what_waits_and_lets_the_rest_be_taken() {
    let bus = EventBus::new(limits(1, 1));
    bus.push(Lane::Critical, Source::Local, 1).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| bus.push(Lane::Critical, Source::Local, 2));
        until_waiting(&bus, Lane::Critical);
        bus.close();
        let refused = waiting.join().unwrap().unwrap_err();
        assert_eq!((refused.item, refused.why), (2, BusError::Closed));
    });
    assert_eq!(bus.push(Lane::Low, Source::Local, 3).unwrap_err().why.code(), codes::BUS_CLOSED);
    assert_eq!(bus.take_batch(10, FOREVER), Some(vec![1]));
    assert_eq!(bus.take_batch(10, FOREVER), None);
}

#[test]
fn a_waiting_consumer_wakes_for_an_item_and_for_the_end() {
    let bus = EventBus::new(limits(1, 1));
    thread::scope(|scope| {
        let consumer = scope.spawn(|| {
            let first = bus.take_batch(10, FOREVER);
            (first, bus.take_batch(10, FOREVER))
        });
        bus.push(Lane::Normal, Source::Local, 7).unwrap();
        while !bus.is_empty() {
            thread::yield_now();
        }
        bus.close();
        assert_eq!(consumer.join().unwrap(), (Some(vec![7]), None));
    });
    assert_eq!(EventBus::<u8>::new(limits(1, 1)).take_batch(1, NO_WAIT), Some(vec![]));
}

#[derive(Clone, Debug)]
enum Step {
    Push(Lane, Source),
    Take(usize),
}

fn step() -> impl Strategy<Value = Step> {
    // Without a second thread a full critical lane would wait for ever.
    let lane = prop::sample::select(vec![Lane::High, Lane::Normal, Lane::Low]);
    let source = prop::sample::select(vec![Source::Local, Source::Peer(1), Source::Peer(2)]);
    prop_oneof![
        4 => (lane, source).prop_map(|(lane, source)| Step::Push(lane, source)),
        1 => (0..20_usize).prop_map(Step::Take),
    ]
}

proptest! {
    #[test]
    fn every_item_ends_up_in_exactly_one_place(steps in prop::collection::vec(step(), 1..300)) {
        let bus = EventBus::new(limits(12, 5));
        let mut waiting: BTreeMap<(Lane, Source), VecDeque<usize>> = BTreeMap::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Push(lane, source) => {
                    let in_lane: usize = waiting
                        .iter()
                        .filter(|((of, _), _)| *of == lane)
                        .map(|(_, items)| items.len())
                        .sum();
                    let own = waiting.entry((lane, source)).or_default().len();
                    let room = in_lane < 12 && own < 5;
                    match bus.push(lane, source, (lane, source, number)) {
                        Ok(Accepted { displaced }) => {
                            prop_assert_eq!(displaced.is_none(), room);
                            if let Some((of, item)) = displaced {
                                let oldest = waiting.get_mut(&(lane, of)).unwrap().pop_front();
                                prop_assert_eq!(Some(item), oldest.map(|old| (lane, of, old)));
                            }
                            waiting.get_mut(&(lane, source)).unwrap().push_back(number);
                        }
                        Err(refused) => {
                            prop_assert!(!room && lane != Lane::Low);
                            prop_assert_eq!(refused.item, (lane, source, number));
                        }
                    }
                }
                Step::Take(count) => {
                    for (lane, source, number) in bus.take_batch(count, NO_WAIT).unwrap() {
                        let oldest = waiting.get_mut(&(lane, source)).unwrap().pop_front();
                        prop_assert_eq!(oldest, Some(number), "in order within a source");
                    }
                }
            }
            prop_assert_eq!(bus.len(), waiting.values().map(VecDeque::len).sum::<usize>());
        }
        for (lane, source, number) in drain(&bus) {
            let oldest = waiting.get_mut(&(lane, source)).unwrap().pop_front();
            prop_assert_eq!(oldest, Some(number));
        }
        prop_assert!(waiting.values().all(VecDeque::is_empty));
        for counts in bus.counts() {
            prop_assert_eq!(counts.accepted, counts.delivered + counts.displaced);
        }
    }
}

#[test]
fn threads_lose_and_double_nothing() {
    const PRODUCERS: u64 = 6;
    const ITEMS: u64 = 3_000;
    let bus = EventBus::new(limits(32, 12));
    let (delivered, returned) = thread::scope(|scope| {
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                let bus = &bus;
                scope.spawn(move || {
                    let mut returned = Vec::new();
                    for index in 0..ITEMS {
                        let lane = Lane::ALL[(index % 4) as usize];
                        match bus.push(lane, Source::Client(producer), (producer, index)) {
                            Ok(accepted) => {
                                returned.extend(accepted.displaced.map(|(_, item)| item));
                            }
                            Err(refused) => returned.push(refused.item),
                        }
                    }
                    returned
                })
            })
            .collect();
        let consumer = scope.spawn(|| {
            let mut delivered = Vec::new();
            while let Some(batch) = bus.take_batch(17, FOREVER) {
                delivered.extend(batch);
            }
            delivered
        });
        let returned: Vec<_> =
            producers.into_iter().flat_map(|producer| producer.join().unwrap()).collect();
        bus.close();
        (consumer.join().unwrap(), returned)
    });
    let all: BTreeSet<_> = delivered.iter().chain(&returned).copied().collect();
    assert_eq!(delivered.len() + returned.len(), (PRODUCERS * ITEMS) as usize);
    assert_eq!(all.len(), (PRODUCERS * ITEMS) as usize);
    let critical = delivered.iter().filter(|(_, index)| index % 4 == 0).count() as u64;
    assert_eq!(critical, PRODUCERS * ITEMS / 4, "critical items wait and are never refused");
    for producer in 0..PRODUCERS {
        for lane in 0..4 {
            let of = delivered.iter().filter(|(p, index)| *p == producer && index % 4 == lane);
            assert!(of.is_sorted_by_key(|(_, index)| index), "in order within a source");
        }
    }
}

#[test]
fn the_realms_of_a_source_take_turns() {
    let bus = EventBus::new(limits(1_000, 1_000));
    let [hot, quiet] = [1, 2].map(|byte| RealmId([byte; 32]));
    for index in 0..500 {
        bus.push_of(Lane::Normal, Source::Local, Some(hot), (hot, index)).unwrap();
    }
    for index in 0..3 {
        bus.push_of(Lane::Normal, Source::Local, Some(quiet), (quiet, index)).unwrap();
    }
    let first = bus.take_batch(6, NO_WAIT).unwrap();
    let expected = [(hot, 0), (quiet, 0), (hot, 1), (quiet, 1), (hot, 2), (quiet, 2)];
    assert_eq!(first, expected);
    assert_eq!(bus.len(), 497);
}

proptest! {
    /// Whoever else writes, a run at the front of a quiet realm waits for a stated number of runs of
    /// any other realm; and what one source has of one realm comes out in order.
    #[test]
    fn a_quiet_realm_waits_for_a_stated_number_of_runs(
        items in prop::collection::vec((0_u64..4, 0_u8..5), 1..400),
        quiet_source in 0_u64..4,
    ) {
        let bus = EventBus::new(limits(10_000, 10_000));
        let quiet = RealmId([9; 32]);
        for (index, (source, realm)) in items.iter().enumerate() {
            let realm = RealmId([*realm; 32]);
            let item = (*source, realm, index);
            bus.push_of(Lane::Normal, Source::Peer(*source), Some(realm), item).unwrap();
        }
        let item = (quiet_source, quiet, items.len());
        bus.push_of(Lane::Normal, Source::Peer(quiet_source), Some(quiet), item).unwrap();
        let sources: BTreeSet<u64> = items.iter().map(|(one, _)| *one).chain([quiet_source]).collect();
        let own = items.iter().filter(|(source, _)| *source == quiet_source);
        let realms = own.map(|(_, realm)| *realm).collect::<BTreeSet<u8>>().len() + 1;
        let out = drain(&bus);
        let mut before: BTreeMap<RealmId, usize> = BTreeMap::new();
        let ahead = out.iter().take_while(|(_, realm, _)| *realm != quiet);
        ahead.for_each(|(_, realm, _)| *before.entry(*realm).or_default() += 1);
        let bound = realms * (sources.len() - 1) + 1;
        prop_assert!(before.values().all(|count| *count <= bound), "{before:?}, {bound}");
        let mut last: BTreeMap<(u64, RealmId), usize> = BTreeMap::new();
        for (source, realm, index) in out {
            let before = last.insert((source, realm), index);
            prop_assert!(before < Some(index));
        }
    }
}
