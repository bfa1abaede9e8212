//! Order, exactly-once, hot swap, panic isolation and trigger depth.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::thread;

use pluto_core::Component::{self, *};
use pluto_core::{COMPONENT_COUNT, Position};
use proptest::prelude::*;

use super::*;
use crate::fixture::{Heard, Log, Witness, batch, event, events};

fn witness(
    hub: &SynapseHub,
    heard: &Heard,
    name: u32,
    interests: &[Component],
    priority: Priority,
) -> ObserverHandle {
    let interests = ComponentSet::of(interests);
    let heard = Arc::clone(heard);
    let witness = Witness { name, interests, priority, heard, panics: false };
    hub.register(Arc::new(witness)).unwrap()
}

fn panicking(hub: &SynapseHub, heard: &Heard, name: u32) -> ObserverHandle {
    let interests = ComponentSet::of(&[Trust]);
    let heard = Arc::clone(heard);
    let witness = Witness { name, interests, priority: Priority::High, heard, panics: true };
    hub.register(Arc::new(witness)).unwrap()
}

fn chain(edges: &[(Component, Component)]) -> Topology {
    let mut topology = Topology::FLAT;
    for (from, to) in edges {
        let set = &mut topology.triggers[from.index()];
        *set = set.union(to.bit());
    }
    topology
}

fn names(heard: &Heard) -> Vec<u32> {
    heard.lock().unwrap().iter().map(|(name, _, _)| *name).collect()
}

#[test]
fn observers_are_served_by_priority_then_by_registration() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let heard = Heard::default();
    let priorities = [Priority::Low, Priority::Normal, Priority::Critical, Priority::Normal];
    let _handles: Vec<_> = (0..)
        .zip(priorities)
        .map(|(name, priority)| witness(&hub, &heard, name, &[Trust], priority))
        .collect();
    hub.dispatch(&[event(0, &[Trust])]);
    assert_eq!(names(&heard), [2, 1, 3, 0]);
}

#[test]
fn an_event_reaches_an_observer_once_however_much_it_touches() {
    let (hub, _queue) = SynapseHub::new(chain(&[(Realm, Trust), (Trust, Event), (Event, Trust)]));
    let heard = Heard::default();
    let _one = witness(&hub, &heard, 1, &[Realm, Trust, Event], Priority::Normal);
    let _two = witness(&hub, &heard, 2, &[Event], Priority::Critical);
    hub.dispatch(&[event(0, &[Realm, Trust]), event(1, &[Realm])]);
    let expected = [(1, 0, Trust), (2, 0, Event), (1, 1, Realm), (2, 1, Event)];
    assert_eq!(*heard.lock().unwrap(), expected);
    let counts = hub.counts();
    assert_eq!((counts.dispatched, counts.notified), (2, 4));
    assert_eq!(counts.suppressed, 2 + 2);
}

#[test]
fn triggers_reach_three_steps_and_no_further() {
    let topology =
        chain(&[(Identity, Trust), (Trust, Event), (Event, Realm), (Realm, Gas), (Gas, Identity)]);
    let (hub, _queue) = SynapseHub::new(topology);
    let heard = Heard::default();
    // Priority counts within a step only: what is direct goes first.
    let chain = [Gas, Realm, Event, Trust, Identity];
    let _handles: Vec<_> = (0..)
        .zip(chain)
        .map(|(name, component)| witness(&hub, &heard, name, &[component], Priority::Normal))
        .collect();
    hub.dispatch(&[event(0, &[Identity])]);
    let expected = [(4, 0, Identity), (3, 0, Trust), (2, 0, Event), (1, 0, Realm)];
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[test]
fn events_that_touch_nothing_known_reach_nobody() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let heard = Heard::default();
    let _all = witness(&hub, &heard, 0, &Component::ALL, Priority::Normal);
    let mut unknown = event(0, &[]);
    hub.dispatch(&[unknown.clone()]);
    unknown.touched = ComponentSet(1 << 50);
    hub.dispatch(&[unknown]);
    assert_eq!(names(&heard), []);
}

#[test]
fn a_dropped_handle_ends_the_registration() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let heard = Heard::default();
    let first = witness(&hub, &heard, 1, &[Trust], Priority::Normal);
    let _second = witness(&hub, &heard, 2, &[Trust], Priority::Normal);
    hub.dispatch(&[event(0, &[Trust])]);
    drop(first);
    hub.dispatch(&[event(1, &[Trust])]);
    assert_eq!(names(&heard), [1, 2, 2]);
}

#[test]
fn a_panic_costs_nobody_else_their_turn_and_the_third_is_the_last() {
    for touched in [&[Trust][..], &[Trust, Realm]] {
        let (hub, _queue) = SynapseHub::new(Topology::FLAT);
        let heard = Heard::default();
        let _before = witness(&hub, &heard, 1, &[Trust, Realm], Priority::Critical);
        let _culprit = panicking(&hub, &heard, 2);
        let _after = witness(&hub, &heard, 3, &[Trust, Realm], Priority::Low);
        hub.dispatch(&events(0, 2, touched));
        hub.dispatch(&events(2, 9, touched));
        let mut positions: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for (name, position, _) in heard.lock().unwrap().iter() {
            positions.entry(*name).or_default().push(*position);
        }
        assert_eq!(positions[&1], (0..9).collect::<Vec<_>>());
        assert_eq!(positions[&2], [0, 1, 2]);
        assert_eq!(positions[&3], (0..9).collect::<Vec<_>>());
        let counts = hub.counts();
        assert_eq!((counts.panics, counts.quarantined), (3, 1));
        assert_eq!((counts.dispatched, counts.notified), (9, 9 + 3 + 9));
        assert_eq!(hub.quarantined(), ["witness"]);
    }
}

#[test]
fn a_payload_that_panics_when_dropped_is_survived() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("once more");
        }
    }
    struct Bomber;
    impl StateObserver for Bomber {
        fn name(&self) -> &str {
            "bomber"
        }
        fn interests(&self) -> ComponentSet {
            Trust.bit()
        }
        fn on_event(&self, _: &Committed, _: Component) {
            std::panic::panic_any(Bomb);
        }
    }
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let heard = Heard::default();
    let _bomber = hub.register(Arc::new(Bomber)).unwrap();
    let _after = witness(&hub, &heard, 1, &[Trust], Priority::Low);
    hub.dispatch(&events(0, 5, &[Trust]));
    assert_eq!(names(&heard), [1; 5]);
    assert_eq!(hub.quarantined(), ["bomber"]);
}

#[test]
fn registration_while_events_are_dispatched_splits_no_batch() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let heard = Heard::default();
    let _steady = witness(&hub, &heard, 0, &[Trust], Priority::Normal);
    let done = AtomicBool::new(false);
    let batches = 600;
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..batches {
                hub.dispatch(&events(number * 4, number * 4 + 4, &[Trust]));
                thread::yield_now();
            }
            done.store(true, Relaxed);
        });
        let mut name = 1;
        while !done.load(Relaxed) {
            drop(witness(&hub, &heard, name, &[Trust], Priority::Critical));
            name += 1;
        }
    });
    let mut positions: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for (name, position, _) in heard.lock().unwrap().iter() {
        positions.entry(*name).or_default().push(*position);
    }
    assert_eq!(positions.remove(&0).unwrap(), (0..batches * 4).collect::<Vec<_>>());
    for (name, positions) in positions {
        assert!(positions[0].is_multiple_of(4), "observer {name} starts with a batch");
        assert!(positions.len().is_multiple_of(4), "observer {name} ends with a batch");
        assert!(positions.windows(2).all(|pair| pair[1] == pair[0] + 1));
    }
}

#[test]
fn the_hub_thread_tells_observers_what_was_published() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let heard = Heard::default();
    let _one = witness(&hub, &heard, 1, &[Trust], Priority::Normal);
    let log = Arc::new(Log::default());
    let mut follower = Follower::new(hub.subscribe(None, 2).unwrap(), log.clone());
    thread::scope(|scope| {
        let served = scope.spawn(|| hub.serve(&mut follower));
        for number in 0..200 {
            let events = events(number * 3, number * 3 + 3, &[Trust]);
            log.0.lock().unwrap().extend(events.iter().cloned());
            hub.publish(&batch(&events));
        }
        hub.close();
        served.join().unwrap().unwrap();
    });
    let positions: Vec<_> =
        heard.lock().unwrap().iter().map(|(_, position, _)| *position).collect();
    assert_eq!(positions, (0..600).collect::<Vec<_>>());
    assert_eq!(hub.counts().published, 200);
}

#[test]
fn there_are_only_so_many_subscribers() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let mut all: Vec<_> = (0..SUBSCRIBERS_MAX).map(|_| hub.subscribe(None, 1).unwrap()).collect();
    let refused = hub.subscribe(None, 1).unwrap_err();
    assert_eq!(refused.code(), crate::codes::CROWDED);
    all.pop();
    assert!(hub.subscribe(None, 1).is_ok());
}

/// What the documentation of the table says, step by step.
fn oracle(
    observers: &[(u64, Priority)],
    topology: &Topology,
    touched: ComponentSet,
) -> Vec<(u32, Component)> {
    let mut told: Vec<(u32, Component)> = Vec::new();
    let mut visited: Vec<Component> = touched.iter().collect();
    let mut level = visited.clone();
    for _ in 0..=TRIGGER_DEPTH_MAX {
        let mut step: Vec<_> = observers
            .iter()
            .enumerate()
            .filter_map(|(name, (interests, priority))| {
                let name = u32::try_from(name).unwrap();
                let through = topology
                    .order
                    .into_iter()
                    .find(|c| level.contains(c) && ComponentSet(*interests).contains(*c))?;
                let new = told.iter().all(|(other, _)| *other != name);
                new.then_some((*priority, name, through))
            })
            .collect();
        step.sort_by_key(|(priority, name, _)| (*priority, *name));
        told.extend(step.into_iter().map(|(_, name, through)| (name, through)));
        let mut next = Vec::new();
        for component in level.iter().flat_map(|c| topology.triggers[c.index()].iter()) {
            if !visited.contains(&component) {
                visited.push(component);
                next.push(component);
            }
        }
        level = next;
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn dispatch_does_what_its_description_says(
        observers in prop::collection::vec((any::<u64>(), any::<u64>(), 0..4_u8), 0..90),
        triggers in prop::collection::vec((any::<u64>(), any::<u64>(), any::<u64>()), COMPONENT_COUNT),
        order in Just(Component::ALL.to_vec()).prop_shuffle(),
        touched in prop::collection::vec((any::<u64>(), any::<u64>()), 1..6),
        single in prop::sample::select(Component::ALL.to_vec()),
    ) {
        let mut topology = Topology::FLAT;
        for (set, (a, b, c)) in topology.triggers.iter_mut().zip(triggers) {
            // Four random words together: one edge in sixteen.
            *set = ComponentSet(a & b & c & a.rotate_left(7) & ComponentSet::ALL.0);
        }
        topology.order = order.try_into().unwrap();
        let (hub, _queue) = SynapseHub::new(topology.clone());
        let heard = Heard::default();
        let priorities = [Priority::Critical, Priority::High, Priority::Normal, Priority::Low];
        let observers: Vec<_> = observers
            .into_iter()
            .map(|(a, b, priority)| (a & b & ComponentSet::ALL.0, priorities[usize::from(priority)]))
            .collect();
        let _handles: Vec<_> = (0..)
            .zip(&observers)
            .map(|(name, (interests, priority))| {
                let interests: Vec<_> = ComponentSet(*interests).iter().collect();
                witness(&hub, &heard, name, &interests, *priority)
            })
            .collect();
        let sets = touched.into_iter().map(|(a, b)| ComponentSet(a & b & ComponentSet::ALL.0));
        for touched in sets.chain([single.bit()]) {
            let mut event = event(0, &[]);
            event.position = Position(5);
            event.touched = touched;
            heard.lock().unwrap().clear();
            hub.dispatch(&[event]);
            let told: Vec<_> =
                heard.lock().unwrap().iter().map(|(name, _, because)| (*name, *because)).collect();
            prop_assert_eq!(told, oracle(&observers, &topology, touched));
        }
    }
}
