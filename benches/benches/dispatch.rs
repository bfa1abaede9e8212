//! Dispatch to observers against the tables one would write first, and fan-out to subscribers.
//!
//! 100 observers with one to three interests each over 40 components, as seeded: about five of them
//! hear of an event. An observer stores one word, so what is seen is mostly the cost of finding it.
//!
//! A table that observers may change while they are called cannot keep a lock meanwhile: a map has to
//! copy its list out. The rows "guard held" and the bare `IndexMap` show the look-up alone.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use dashmap::DashMap;
use indexmap::IndexMap;
use pluto_benches::{Case, Clock, run_interleaved, say, size};
use pluto_core::traits::{Committed, Observed};
use pluto_core::{
    COMPONENT_COUNT, Component, ComponentSet, Did, Digest, EventId, Kind, Namespace, Position,
    RealmId, Verdict,
};
use pluto_nervous_system::state_graph;
use pluto_synapse::StateObserver;
use pluto_synapse::hub::TRIGGER_DEPTH_MAX;
use pluto_synapse::{Delivery, ObserverHandle, SynapseHub, Topology};

const OBSERVERS: usize = 100;
const SUBSCRIBERS: usize = 8;
const BATCH: usize = 64;
const EVENTS: usize = 16 * BATCH;

type Shared = Arc<dyn StateObserver>;

fn main() {
    single();
    triggered();
    several();
    fan_out();
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((word ^ (word >> 31)) % bound as u64).unwrap()
    }

    fn component(&mut self) -> Component {
        Component::ALL[self.below(COMPONENT_COUNT)]
    }
}

struct Counter {
    interests: ComponentSet,
    last: AtomicU64,
}

impl StateObserver for Counter {
    fn name(&self) -> &str {
        "counter"
    }

    fn interests(&self) -> ComponentSet {
        self.interests
    }

    fn on_event(&self, event: &Committed, _because: Component) {
        // A locked addition would hide what is measured.
        self.last.store(event.position.0, Relaxed);
    }
}

fn observers(count: usize) -> Vec<Shared> {
    let mut seeded = Seeded(1);
    let one = |_| -> Shared {
        let components: Vec<_> = (0..=seeded.below(3)).map(|_| seeded.component()).collect();
        Arc::new(Counter { interests: ComponentSet::of(&components), last: AtomicU64::new(0) })
    };
    (0..count).map(one).collect()
}

fn events(components_each: usize) -> Vec<Committed> {
    let mut seeded = Seeded(2);
    let event = |position| {
        let components: Vec<_> = (0..components_each).map(|_| seeded.component()).collect();
        Committed {
            realm: RealmId([1; 32]),
            position: Position(position),
            id: EventId([2; 32]),
            author: Did { namespace: Namespace::Spirit, id: [3; 32] },
            kind: Kind::RecordPut.number(),
            verdict: Verdict::Effective,
            touched: ComponentSet::of(&components),
            facts: Vec::new(),
        }
    };
    (0..EVENTS as u64).map(event).collect()
}

fn hub(topology: Topology, observers: &[Shared]) -> (SynapseHub, Vec<ObserverHandle>) {
    let (hub, _intents) = SynapseHub::new(topology);
    let handles = observers.iter().map(|one| hub.register(Arc::clone(one)).unwrap()).collect();
    (hub, handles)
}

fn interested(observers: &[Shared], component: Component) -> Vec<Shared> {
    let those = observers.iter().filter(|one| one.interests().contains(component));
    those.cloned().collect()
}

fn component_of(event: &Committed) -> Component {
    Component::ALL[event.touched.0.trailing_zeros() as usize]
}

/// Units of a round, and a round of `one` over all events, several times.
fn rounds<'a>(
    name: &str,
    events: &'a [Committed],
    mut one: impl FnMut(&Committed) + 'a,
) -> Case<'a> {
    let times = size(400, 1);
    Case::new(name, EVENTS * times, move || {
        for _ in 0..times {
            events.iter().for_each(&mut one);
        }
    })
}

fn hub_rounds<'a>(name: &str, events: &'a [Committed], hub: &'a SynapseHub) -> Case<'a> {
    let times = size(400, 1);
    Case::new(name, EVENTS * times, move || {
        for _ in 0..times {
            events.chunks(BATCH).for_each(|batch| hub.dispatch(batch));
        }
    })
}

fn single() {
    let all = observers(OBSERVERS);
    let events = events(1);
    let (hub, _handles) = hub(Topology::FLAT, &all);
    hub.dispatch(&events);
    let heard = hub.counts().notified as f64 / EVENTS as f64;
    say(&format!("\n{OBSERVERS} observers, {heard:.2} of them hear of an event\n"));

    let array = Component::ALL.map(|component| interested(&all, component));
    let masked: Vec<_> = all.iter().map(|one| (one.interests(), Arc::clone(one))).collect();
    let by_component = |component| (component, interested(&all, component));
    let dash: DashMap<_, _> = Component::ALL.map(by_component).into_iter().collect();
    let index: IndexMap<_, _> = Component::ALL.map(by_component).into_iter().collect();
    let locked = RwLock::new(index.clone());
    let tell = |those: &[Shared], event: &Committed, because| {
        those.iter().for_each(|one| one.on_event(event, because));
    };
    let cases = vec![
        rounds("static array", &events, |event| {
            let component = component_of(event);
            tell(&array[component.index()], event, component);
        }),
        hub_rounds("pluto hub, batches of 64", &events, &hub),
        rounds("vec, filtered by a mask beside", &events, |event| {
            let component = component_of(event);
            for (interests, one) in &masked {
                if interests.contains(component) {
                    one.on_event(event, component);
                }
            }
        }),
        rounds("vec, filtered by asking", &events, |event| {
            let component = component_of(event);
            for one in &all {
                if one.interests().contains(component) {
                    one.on_event(event, component);
                }
            }
        }),
        rounds("IndexMap", &events, |event| {
            let component = component_of(event);
            tell(&index[&component], event, component);
        }),
        rounds("RwLock<IndexMap>, cloned out", &events, |event| {
            let component = component_of(event);
            let those = locked.read().unwrap()[&component].clone();
            tell(&those, event, component);
        }),
        rounds("DashMap, guard held", &events, |event| {
            let component = component_of(event);
            tell(&dash.get(&component).unwrap(), event, component);
        }),
        rounds("DashMap, cloned out", &events, |event| {
            let component = component_of(event);
            let those = dash.get(&component).unwrap().clone();
            tell(&those, event, component);
        }),
    ];
    let report = run_interleaved("dispatch, per event", Clock::ThreadCpu, cases);
    let ours = "pluto hub, batches of 64";
    report.goal(ours, "static array", 1.0 / 1.1, 1.0 / 1.05);
    report.goal(ours, "vec, filtered by a mask beside", 3.0, 4.0);
    report.goal(ours, "vec, filtered by asking", 4.0, 10.0);
    report.goal(ours, "RwLock<IndexMap>, cloned out", 2.5, 4.0);
    report.goal(ours, "DashMap, cloned out", 2.5, 4.0);
    // No table can beat the array; that is how far maps whose guard is held during the calls are.
    let [index, dash] = ["IndexMap", "DashMap, guard held"].map(|map| report.speedup(ours, map));
    say(&format!("without a copy: IndexMap {index:.2}, DashMap {dash:.2} times as slow\n"));
}

/// With the triggers of the state graph, against an array that holds the same calls ready.
fn triggered() {
    let all = observers(OBSERVERS);
    let events = events(1);
    let topology = Topology {
        triggers: Component::ALL.map(state_graph::triggers),
        order: state_graph::dispatch_order(),
    };
    let array = Component::ALL.map(|component| reached(&all, &topology, component));
    let (hub, _handles) = hub(topology, &all);
    hub.dispatch(&events);
    let ours = hub.counts().notified;
    let theirs: usize = events.iter().map(|event| array[component_of(event).index()].len()).sum();
    assert_eq!(ours, theirs as u64, "both call the same observers");
    let cases = vec![
        rounds("static array of the same calls", &events, |event| {
            for (one, because) in &array[component_of(event).index()] {
                one.on_event(event, *because);
            }
        }),
        hub_rounds("pluto hub with triggers", &events, &hub),
    ];
    let report = run_interleaved("dispatch with triggers, per event", Clock::ThreadCpu, cases);
    let base = "static array of the same calls";
    report.goal("pluto hub with triggers", base, 1.0 / 1.1, 1.0 / 1.05);
}

fn reached(all: &[Shared], topology: &Topology, component: Component) -> Vec<(Shared, Component)> {
    let mut seen = HashSet::new();
    let mut calls = Vec::new();
    let mut visited = component.bit();
    let mut level = component.bit();
    for _ in 0..=TRIGGER_DEPTH_MAX {
        for (slot, one) in all.iter().enumerate() {
            let through = level.intersection(one.interests()).iter().next();
            if let Some(because) = through
                && seen.insert(slot)
            {
                calls.push((Arc::clone(one), because));
            }
        }
        let next = level.iter().fold(0, |bits, from| bits | topology.triggers[from.index()].0);
        level = ComponentSet(next & !visited.0);
        visited = visited.union(level);
    }
    calls
}

/// Three touched components, where an observer must not be called twice.
fn several() {
    let all = observers(OBSERVERS);
    let events = events(3);
    let (hub, _handles) = hub(Topology::FLAT, &all);
    let indexed = |component| -> Vec<(usize, Shared)> {
        let numbered =
            all.iter().enumerate().filter(|(_, one)| one.interests().contains(component));
        numbered.map(|(slot, one)| (slot, Arc::clone(one))).collect()
    };
    let array = Component::ALL.map(indexed);
    let cases = vec![
        rounds("static array and a set of those called", &events, |event| {
            let mut called = HashSet::new();
            for component in event.touched.iter() {
                for (slot, one) in &array[component.index()] {
                    if called.insert(*slot) {
                        one.on_event(event, component);
                    }
                }
            }
        }),
        hub_rounds("pluto hub, merged", &events, &hub),
        rounds("vec, filtered by asking", &events, |event| {
            for one in &all {
                if let Some(because) = event.touched.intersection(one.interests()).iter().next() {
                    one.on_event(event, because);
                }
            }
        }),
    ];
    let report = run_interleaved("dispatch of three components", Clock::ThreadCpu, cases);
    report.goal("pluto hub, merged", "static array and a set of those called", 1.5, 3.0);
}

fn batch_rounds<'a>(
    name: &str,
    batches: &'a [Arc<Observed>],
    mut one: impl FnMut(&Arc<Observed>) + 'a,
) -> Case<'a> {
    let times = size(400, 1);
    Case::new(name, EVENTS * times, move || {
        for _ in 0..times {
            batches.iter().for_each(&mut one);
        }
    })
}

fn observed(events: &[Committed]) -> Arc<Observed> {
    let (realm, root) = (RealmId([1; 32]), Digest([0; 32]));
    Arc::new(Observed { realm, root, events: events.into(), reorganised_from: None })
}

fn fan_out() {
    let all = observers(SUBSCRIBERS);
    let batches: Vec<_> = events(1).chunks(BATCH).map(observed).collect();
    let (hub, _handles) = hub(Topology::FLAT, &[]);
    let subscriptions: Vec<_> = all.iter().map(|_| hub.subscribe(None, 16).unwrap()).collect();
    let (sender, _) = tokio::sync::broadcast::channel(1_024);
    let mut receivers: Vec<_> = all.iter().map(|_| sender.subscribe()).collect();
    let tell = |one: &Shared, event: &Committed| one.on_event(event, Component::Trust);
    let cases = vec![
        batch_rounds("direct calls", &batches, |batch| {
            batch.events.iter().for_each(|event| all.iter().for_each(|one| tell(one, event)));
        }),
        batch_rounds("direct calls, an Arc an event", &batches, |batch| {
            for event in batch.events.iter() {
                let event = Arc::new(event.clone());
                all.iter().for_each(|one| tell(one, &event));
            }
        }),
        batch_rounds("pluto hub", &batches, |batch| {
            hub.publish(batch);
            for (subscription, one) in subscriptions.iter().zip(&all) {
                if let Delivery::Batch(batch) = subscription.next(Duration::ZERO) {
                    batch.events.iter().for_each(|event| tell(one, event));
                }
            }
        }),
        batch_rounds("tokio broadcast, an Arc an event", &batches, |batch| {
            for event in batch.events.iter() {
                sender.send(Arc::new(event.clone())).unwrap();
            }
            for (receiver, one) in receivers.iter_mut().zip(&all) {
                while let Ok(event) = receiver.try_recv() {
                    tell(one, &event);
                }
            }
        }),
    ];
    let report = run_interleaved("fan-out to 8, per event", Clock::ThreadCpu, cases);
    report.goal("pluto hub", "direct calls", 1.0 / 1.1, 1.0);
    report.goal("pluto hub", "direct calls, an Arc an event", 1.0 / 1.1, 1.0);
    report.goal("pluto hub", "tokio broadcast, an Arc an event", 5.0, 8.0);
}
