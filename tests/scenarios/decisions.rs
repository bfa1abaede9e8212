//! Decisions: the leaf of one commits to the state root it was judged on, whichever way it came there.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use pluto_core::traits::{Effects, Engine, EventLog, KvBatch, KvStore, PolicyDecider, StateView};
use pluto_core::verdict::decision_leaf;
use pluto_core::{
    Canonical, Component, Digest, Event, EventId, Kind, RealmId, Run, Verdict, VoidReason,
};
use pluto_engines::FinalityEngine;
use pluto_identity::{IdentityEngine, KeyChain, Zip215Verifier};
use pluto_merkle::log_tree::{Blake3Log, verify_consistency, verify_inclusion, verify_range};
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::event_sourcing::{MemoryFootings, Place, Rules};
use pluto_nervous_system::state_graph::dispatch_order;
use pluto_nervous_system::{Snapshot, fold_log};
use pluto_node::node::Node;
use pluto_realm::{RealmEngine, RealmRules, RecordEngine};
use pluto_storage::{LogOptions, MemoryKv, Store as DiskStore};
use pluto_tests::{MemoryNode, Person, Shuffle, Store, Writer, person};

/// Writes down the record it saw when it judged, and refuses every third decision.
struct Decider;

impl PolicyDecider for Decider {
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        match RealmRules.decide(view, event, out) {
            Verdict::Effective if is_decision(event) => {
                let last = view.get(Component::KvStore, LAST).map_or(Vec::new(), |v| v.to_vec());
                out.put(Component::Execution, [b"d", &event.id.0[..]].concat(), last);
                match event.payload.as_deref() {
                    Some([byte, ..]) if byte % 3 == 0 => Verdict::Void(VoidReason::PolicyDenied),
                    _ => Verdict::Effective,
                }
            }
            other => other,
        }
    }
}

/// Counts the decisions that had effect.
struct Counter;

impl Engine for Counter {
    fn component(&self) -> Component {
        Component::Execution
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::ActionDecided]
    }

    fn step(&self, view: &dyn StateView, _: &Event, out: &mut Effects) -> Verdict {
        let count = view.get(Component::Execution, b"n").map_or(0, |value| value[0]);
        out.put(Component::Execution, b"n".to_vec(), [count.wrapping_add(1)]);
        Verdict::Effective
    }
}

/// Key of the record that everybody writes.
const LAST: &[u8] = b"\0\0\0\x05notes\0";

fn is_decision(event: &Event) -> bool {
    event.header.kind == Kind::ActionDecided.number()
}

fn rules() -> Rules {
    let engines: Vec<Arc<dyn Engine>> = vec![
        Arc::new(IdentityEngine),
        Arc::new(RealmEngine),
        Arc::new(RecordEngine),
        Arc::new(FinalityEngine),
        Arc::new(Counter),
    ];
    Rules::new(Arc::new(Decider), engines, &dispatch_order())
}

fn open(store: &Store, checkpoint_events: u64) -> MemoryNode {
    MemoryNode::open_with(rules(), store, checkpoint_events).unwrap()
}

/// Three people on three branches, who write records and decide in between.
fn story(seed: u64, steps: usize) -> (Writer, Vec<Run>) {
    let people = [person(1), person(2), person(3)];
    let (mut root, genesis) = Writer::open(&people[0]);
    let mut runs = vec![genesis, root.join(&people[1]), root.join(&people[2])];
    let mut random = Shuffle(seed);
    let mut branches = [root.clone(), root.clone(), root.clone()];
    for _ in 0..steps {
        let at = random.below(3);
        let other = branches[random.below(3)].clone();
        runs.push(step(&mut branches[at], &people[at], &mut random));
        if random.below(3) == 0 {
            branches[at].merge(&other);
        }
    }
    (root, runs)
}

/// A run of records with decisions in between, one of them with a payload that is nothing.
fn step(branch: &mut Writer, author: &Person, random: &mut Shuffle) -> Run {
    let mut events = branch.records(author, 1 + random.below(3) as u32).events;
    for _ in 0..random.below(4) {
        let payload = vec![random.below(256) as u8; random.below(3)];
        events.push(branch.event(author, Kind::ActionDecided, &payload));
    }
    author.sign(events)
}

fn places(node: &MemoryNode, realm: RealmId) -> Vec<Place> {
    node.system.ask(realm, |view| view.places(0..u64::MAX)).unwrap()
}

fn decisions(runs: &[Run]) -> usize {
    runs.iter().flat_map(|run| &run.events).filter(|event| is_decision(event)).count()
}

/// Writes runs one at a time, so that late ones really arrive after others were folded.
fn write_singly(node: &MemoryNode, realm: RealmId, runs: &[Run]) {
    let mut tickets = Vec::new();
    for run in runs {
        tickets.extend(node.submit(std::slice::from_ref(run)).unwrap());
        let _ = node.system.draft(realm, person(1).did());
    }
    tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
}

#[test]
fn any_order_of_arrival_and_any_restart_give_the_same_leaves() {
    for seed in 0..3 {
        let (writer, runs) = story(seed, 50);
        let realm = writer.realm();
        let node = open(&Store::default(), 5_000);
        node.write(&runs).unwrap();
        let expected = (node.roots(realm), places(&node, realm));
        let judged = expected.1.iter().filter(|place| place.judged_on.is_some()).count();
        assert_eq!(judged, decisions(&runs));
        for (order, interval) in [(1, 5_000), (2, 1), (3, 40), (4, 40)] {
            let mut shuffled = runs.clone();
            if order > 1 {
                Shuffle(seed * 10 + order).shuffle(&mut shuffled);
            }
            let store = Store::default();
            for part in shuffled.chunks(17) {
                let node = open(&store, interval);
                // The last submission may still wait for its past: it is submitted once more below.
                part.iter().for_each(|run| drop(node.submit(std::slice::from_ref(run)).unwrap()));
                let _ = node.system.draft(realm, person(1).did());
                node.system.stop().unwrap();
            }
            let node = open(&store, interval);
            write_singly(&node, realm, &runs);
            let found = (node.roots(realm), places(&node, realm));
            assert_eq!(found, expected, "seed {seed}, order {order}");
            node.system.stop().unwrap();
            // The log alone, replayed in the order of arrival.
            let bare = Store { log: store.log.clone(), ..Store::default() };
            let node = open(&bare, 5_000);
            assert_eq!((node.roots(realm), places(&node, realm)), expected, "replayed, {order}");
        }
    }
}

#[test]
fn a_decision_is_judged_on_the_root_of_everything_before_it() {
    let (writer, runs) = story(7, 30);
    let realm = writer.realm();
    let node = open(&Store::default(), 5_000);
    node.write(&runs).unwrap();
    let order = places(&node, realm);
    let decisions = order.iter().enumerate().filter(|(_, place)| place.judged_on.is_some());
    let mut seen = 0;
    for (position, place) in decisions.step_by(5) {
        let judged_on = place.judged_on.as_ref().unwrap();
        seen += 1;
        // A node that holds only what comes before: of some runs the first events, signed alone.
        let before = open(&Store::default(), 5_000);
        let is_before = |event: &&Event| order[..position].iter().any(|place| place.id == event.id);
        for run in &runs {
            let kept: Vec<Event> = run.events.iter().take_while(is_before).cloned().collect();
            let Some(first) = kept.first() else { continue };
            let author = (1..=3).map(person).find(|p| p.did() == first.header.author).unwrap();
            before.write(&[author.sign(kept)]).unwrap();
        }
        let roots = before.roots(realm).unwrap();
        assert_eq!(roots.position, position as u64);
        assert_eq!(roots.state, **judged_on, "position {position}");
    }
    assert!(seen > 3);
}

#[test]
fn leaves_of_decisions_prove_root_and_verdict_at_any_size() {
    let (writer, runs) = story(11, 160);
    let realm = writer.realm();
    let store = Store::default();
    for part in runs.chunks(40) {
        let node = open(&store, 60);
        node.write(part).unwrap();
        node.system.stop().unwrap();
    }
    let node = open(&store, 60);
    let order = places(&node, realm);
    let size = order.len() as u64;
    assert!(size > 400, "{size}");
    let hasher = verify_inclusion::<Blake3Log>;
    for (position, place) in (0..).zip(&order).filter(|(_, place)| place.judged_on.is_some()) {
        let root = place.judged_on.as_deref().unwrap();
        let leaf = decision_leaf(&place.id, place.verdict, root);
        assert_eq!(place.leaf(), leaf);
        let old = position + 1;
        let shown = node.system.ask(realm, move |view| {
            assert_eq!(view.places(position..old)?, [view.place(position)?.unwrap()]);
            Ok((
                [view.log_root_at(old)?, view.log_root_at(size)?],
                [view.inclusion_at(position, old)?, view.inclusion_at(position, size)?],
                view.consistency(old, size)?,
            ))
        });
        let ([old_root, new_root], [early, late], consistency) = shown.unwrap();
        hasher(&old_root, old, position, &leaf, &early).unwrap();
        hasher(&new_root, size, position, &leaf, &late).unwrap();
        verify_consistency::<Blake3Log>(&old_root, old, &new_root, size, &consistency).unwrap();
        let other = decision_leaf(&place.id, place.verdict, &Digest::ZERO);
        assert!(hasher(&new_root, size, position, &other, &late).is_err());
        let other = if place.verdict.is_effective() {
            Verdict::Void(VoidReason::PolicyDenied)
        } else {
            Verdict::Effective
        };
        let other = decision_leaf(&place.id, other, root);
        assert!(hasher(&new_root, size, position, &other, &late).is_err());
    }
    for (start, end) in [(0, size), (3, 4), (200, 300), (250, 257), (size - 1, size)] {
        let shown = node.system.ask(realm, move |view| {
            Ok((view.places(start..end)?, view.range_proof(start..end, size)?, view.roots().log))
        });
        let (places, proof, root) = shown.unwrap();
        assert_eq!(places, order[start as usize..end as usize]);
        let leaves: Vec<Digest> = places.iter().map(Place::leaf).collect();
        verify_range::<Blake3Log>(&root, size, start, &leaves, &proof).unwrap();
    }
}

#[test]
fn folding_again_shows_the_realm_just_before_each_decision() {
    let (writer, mut runs) = story(13, 60);
    let realm = writer.realm();
    Shuffle(3).shuffle(&mut runs);
    let store = Store::default();
    let node = open(&store, 50);
    write_singly(&node, realm, &runs);
    let wanted: BTreeMap<EventId, Digest> = places(&node, realm)
        .into_iter()
        .filter_map(|place| Some((place.id, *place.judged_on?)))
        .collect();
    assert!(wanted.len() > 20);
    let found: Arc<Mutex<BTreeMap<EventId, Snapshot>>> = Arc::default();
    let (expected, finds) = (wanted.clone(), Arc::clone(&found));
    let rules = rules().before_decisions(move |event, version| {
        assert_eq!(StateView::realm(version), realm);
        if expected.get(&event.id) == Some(&version.roots().state) {
            finds.lock().unwrap().insert(event.id, version.clone());
        }
    });
    let rules = Arc::new(rules);
    let fold = |progress: &dyn Fn(u64) -> ControlFlow<()>| {
        let empty: Arc<dyn KvStore> = Arc::new(MemoryKv::new());
        let (log, rules) = (store.log.reader(), Arc::clone(&rules));
        fold_log(
            log,
            &empty,
            Arc::new(MemoryFootings::default()),
            Arc::new(Zip215Verifier),
            Arc::new(KeyChain),
            rules,
            progress,
        )
        .unwrap();
    };
    fold(&|_| ControlFlow::Continue(()));
    let found = std::mem::take(&mut *found.lock().unwrap());
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    let mut noted = 0;
    for (id, version) in &found {
        let key = [b"d", &id.0[..]].concat();
        assert_eq!(version.get(Component::Execution, &key), None, "it is the version before");
        let proof = version.proof(Component::Execution, &key).unwrap();
        proof.verify(&wanted[id]).unwrap();
        let count = version.proof(Component::Execution, b"n").unwrap();
        count.verify(&wanted[id]).unwrap();
        noted += usize::from(count.value.is_some());
    }
    assert!(noted > 10);
}

#[test]
fn a_node_shows_its_realm_before_each_decision() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(DiskStore::open(dir.path(), LogOptions::default()).unwrap(), &|_| {});
    let node = node.unwrap();
    let alice = person(1);
    let (mut main, genesis) = Writer::open(&alice);
    let realm = main.realm();
    let mut runs = vec![genesis];
    for number in 0..3 {
        runs.push(main.records(&alice, 1));
        let decision = main.event(&alice, Kind::ActionDecided, &[number]);
        runs.push(alice.sign(vec![decision]));
    }
    for run in &runs {
        node.system().submit(Source::Local, run.encode()).unwrap().wait().unwrap();
    }
    let places = node.system().ask(realm, |view| view.places(0..u64::MAX)).unwrap();
    let decisions = places.into_iter().filter_map(|place| Some((place.id, *place.judged_on?)));
    let wanted: BTreeMap<EventId, Digest> = decisions.collect();
    let found = node.versions_before(pluto_tests::rules(), wanted.clone(), &|_| {}).unwrap();
    let roots = found.iter().map(|(id, version)| (*id, version.roots().state)).collect();
    assert_eq!((wanted.len(), &wanted), (3, &roots));
    let mut positions: Vec<u64> = found.values().map(|v| v.roots().position).collect();
    positions.sort_unstable();
    assert_eq!(positions, [2, 4, 6]);
    let elsewhere = wanted.into_keys().map(|id| (id, Digest::ZERO)).collect();
    let found = node.versions_before(pluto_tests::rules(), elsewhere, &|_| {}).unwrap();
    assert!(found.is_empty());
    node.stop().unwrap();
}

#[test]
fn folding_again_ends_where_it_is_told() {
    let alice = person(1);
    let (mut main, genesis) = Writer::open(&alice);
    let store = Store::default();
    let node = open(&store, 5_000);
    let decision = main.event(&alice, Kind::ActionDecided, b"x");
    let mut runs = vec![genesis, alice.sign(vec![decision])];
    runs.extend((0..40).map(|_| main.records(&alice, 100)));
    node.write(&runs).unwrap();
    let folded = Mutex::new(0);
    let empty: Arc<dyn KvStore> = Arc::new(MemoryKv::new());
    fold_log(
        store.log.reader(),
        &empty,
        Arc::new(MemoryFootings::default()),
        Arc::new(Zip215Verifier),
        Arc::new(KeyChain),
        Arc::new(rules()),
        &|events| {
            *folded.lock().unwrap() = events;
            ControlFlow::Break(())
        },
    )
    .unwrap();
    let folded = folded.into_inner().unwrap();
    assert!((1..4_002).contains(&folded), "{folded}");
}

#[test]
fn what_an_older_version_wrote_behind_the_log_is_made_anew() {
    let (writer, runs) = story(17, 120);
    let realm = writer.realm();
    let store = Store::default();
    let node = open(&store, 5_000);
    node.write(&runs).unwrap();
    let expected = (node.roots(realm), places(&node, realm));
    node.system.stop().unwrap();
    // Version 1 of tiles and blobs differs in the first byte and has no decisions.
    let mut older = KvBatch::default();
    let mut tiles = 0;
    store
        .kv
        .scan(&[], &mut |key, value| {
            if key[0] != b'm' {
                tiles += usize::from(key[0] == b't');
                older.writes.push((key.to_vec(), Some([&[1], &value[1..]].concat())));
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(tiles > 0);
    store.kv.apply(&older).unwrap();
    for _ in 0..2 {
        let node = open(&store, 5_000);
        assert_eq!((node.roots(realm), places(&node, realm)), expected);
        node.system.checkpoint().unwrap();
        node.system.stop().unwrap();
    }
    assert_eq!(open(&store, 5_000).recovery.replayed, 0);
}
