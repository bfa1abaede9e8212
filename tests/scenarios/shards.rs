//! Many realms on one node: what memory holds of them changes nothing but memory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Arc, Barrier};

use pluto_core::traits::{EventLog, KvBatch, KvStore};
use pluto_core::{Canonical, Digest, EventId, Kind, RealmId, Run, Verdict};
use pluto_engines::finality::WitnessSet;
use pluto_nervous_system::Receipt;
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_tests::{
    MemoryNode, Shuffle, Store, Writer, clean_replay, person, roots_of, story_of, town,
};

const HUGE: u64 = 1 << 40;
const REALMS: u8 = 6;

/// What is told of a realm: roots, borders, and every place with its verdict.
type Told = (Roots, Vec<(Digest, u64)>, Vec<(EventId, Verdict)>);

fn told(node: &MemoryNode, realm: RealmId) -> Told {
    let told = node.system.ask(realm, |view| {
        let borders = view.borders().iter().map(|one| (one.checkpoint, one.position)).collect();
        let places = view.places(0..u64::MAX)?.into_iter();
        Ok((view.roots(), borders, places.map(|place| (place.id, place.verdict)).collect()))
    });
    let told: Told = told.unwrap();
    assert_eq!(node.roots(realm), Some(told.0), "readers see what the writer has");
    told
}

/// Two of three witnesses, three borders, and somebody who writes behind them on an old branch.
fn with_borders(first: u8) -> Vec<Run> {
    let [a, b, c, d] = std::array::from_fn(|n| person(first + u8::try_from(n).unwrap()));
    let (mut main, genesis) = Writer::open(&a);
    let mut runs = vec![genesis];
    runs.extend([&b, &c, &d].map(|one| main.join(one)));
    let mut late = main.clone();
    let set = WitnessSet::new([&a, &b, &c].map(|one| one.did()), None).unwrap();
    let declared = main.event(&a, Kind::WitnessesDeclared, &set.encode());
    runs.push(a.sign(vec![declared]));
    let mut extends = Digest::ZERO;
    for number in 1..=3 {
        runs.push(main.records(&b, 3));
        let (proposed, hash, run) = main.propose(&a, number, extends);
        runs.extend([run, main.cosign(&b, &proposed), late.records(&d, 2)]);
        extends = hash;
    }
    runs.push(main.records(&c, 2));
    runs
}

/// Runs of several realms in a seeded order: each after what it follows, and apart from that as late as
/// it may be. Some come without payloads first.
fn history(seed: u64) -> (Vec<RealmId>, Vec<Run>) {
    let mut random = Shuffle(seed);
    let stories = (0..REALMS).map(|number| match number % 3 {
        0 => with_borders(number * 5 + 1),
        _ => story_of(number * 5 + 1, seed * 31 + u64::from(number)).1,
    });
    let mut waiting: Vec<Run> = stories.flatten().collect();
    let realms: BTreeSet<RealmId> = waiting.iter().filter_map(Run::realm).collect();
    let (mut known, mut runs) = (BTreeSet::new(), Vec::new());
    let mut fills = Vec::new();
    while !waiting.is_empty() {
        random.shuffle(&mut waiting);
        let ready = waiting.iter().position(|run| {
            let own: BTreeSet<EventId> = run.events.iter().map(|event| event.id).collect();
            let past = run
                .events
                .iter()
                .flat_map(|event| event.header.parents.iter().copied().chain(event.header.prev));
            past.into_iter().all(|id| known.contains(&id) || own.contains(&id))
        });
        let run = waiting.remove(ready.unwrap());
        known.extend(run.events.iter().map(|event| event.id));
        let is_plain = |kind: Kind| run.events.iter().all(|e| e.header.kind == kind.number());
        if is_plain(Kind::RecordPut) && random.below(4) == 0 {
            let mut hollow = run.clone();
            hollow.events.iter_mut().for_each(|event| event.payload = None);
            runs.push(hollow);
            fills.push(run);
        } else {
            runs.push(run);
        }
        if random.below(5) == 0 {
            runs.extend(fills.pop());
        }
    }
    runs.extend(fills);
    (realms.into_iter().collect(), runs)
}

#[test]
fn a_tiny_bound_gives_the_same_roots_verdicts_and_receipts() {
    let seeds = std::env::var("PLUTO_SHARD_SEEDS").ok().and_then(|text| text.parse().ok());
    for seed in 0..seeds.unwrap_or(3) {
        let (realms, runs) = history(seed);
        let whole = MemoryNode::open_within(&Store::default(), 5_000, HUGE).unwrap();
        let expected: Vec<Receipt> =
            runs.iter().flat_map(|run| whole.write(std::slice::from_ref(run)).unwrap()).collect();
        for (interval, restart_in) in [(1, 29), (7, 1_000), (40, 13)] {
            let store = Store::default();
            let mut random = Shuffle(seed + interval);
            let mut node = MemoryNode::open_within(&store, interval, 1).unwrap();
            let mut loads = 0;
            for (at, run) in runs.iter().enumerate() {
                if random.below(restart_in) == 0 {
                    if random.below(2) == 0 {
                        node.system.stop().unwrap();
                    }
                    loads += node.system.shard_stats().writer.loads;
                    drop(node);
                    node = MemoryNode::open_within(&store, interval, 1).unwrap();
                }
                let receipts = node.write(std::slice::from_ref(run)).unwrap();
                assert_eq!(receipts, expected[at..=at], "seed {seed}, run {at}");
                if random.below(4) == 0 {
                    node.system.checkpoint().unwrap();
                }
            }
            node.system.checkpoint().unwrap();
            loads += node.system.shard_stats().writer.loads;
            assert!(loads > 20, "seed {seed}, interval {interval}: {loads} loads");
            for realm in &realms {
                assert_eq!(told(&node, *realm), told(&whole, *realm), "seed {seed}, {realm}");
            }
            assert_eq!(clean_replay(store.log.reader()).unwrap(), roots_of(&node.system));
        }
    }
}

#[test]
fn what_is_let_go_comes_back_with_the_same_root_and_within_the_bound() {
    const BOUND: u64 = 4 * 1024 * 1024;
    let store = Store::default();
    let runs = town(300, 24, 1);
    let node = MemoryNode::open_within(&store, 1_000, BOUND).unwrap();
    for part in runs.chunks(64) {
        node.write(part).unwrap();
    }
    node.system.checkpoint().unwrap();
    let expected = roots_of(&node.system);
    assert_eq!(expected.len(), 300);
    node.system.stop().unwrap();
    let node = MemoryNode::open_within(&store, 1_000, BOUND).unwrap();
    let opened = node.system.shard_stats();
    assert_eq!((opened.stored, opened.writer.realms, opened.readers.realms), (300, 0, 0));
    let events: u64 = expected.values().map(|one| one.position).sum();
    assert_eq!(node.recovery.from_checkpoint, events);
    let mut order: Vec<RealmId> = (0..4).flat_map(|_| expected.keys().copied()).collect();
    Shuffle(7).shuffle(&mut order);
    for realm in order {
        assert_eq!(node.roots(realm).as_ref(), expected.get(&realm));
        let roots = node.system.ask(realm, |view| Ok(view.roots())).unwrap();
        assert_eq!(Some(&roots), expected.get(&realm));
        let outline = node.system.outline(realm).unwrap();
        assert_eq!((outline.root, outline.events), (roots.state, roots.position));
        let stats = node.system.shard_stats();
        for side in [stats.writer, stats.readers] {
            assert!(side.bytes <= BOUND / 2, "{side:?}");
        }
    }
    let stats = node.system.shard_stats();
    assert!(stats.writer.realms > 20, "a realm of two dozen entries is small: {stats:?}");
    assert!(stats.writer.evictions > 100 && stats.readers.evictions > 100, "{stats:?}");
    assert!(stats.readers.hits > 0 && stats.readers.folded == 0, "{stats:?}");
}

/// Damages the blobs of a realm: the newest one, or all.
fn damage(store: &Store, realm: RealmId, all: bool) {
    let (mut keys, prefix) = (BTreeSet::new(), [b"c", realm.0.as_slice()].concat());
    let scanned = store.kv.scan(&prefix, &mut |key, _| {
        keys.insert(key.to_vec());
        ControlFlow::Continue(())
    });
    scanned.unwrap();
    assert_eq!(keys.len(), 2, "one chunk of each of two generations");
    let damaged = keys.into_iter().rev().take(if all { 2 } else { 1 });
    let writes = damaged.map(|key| (key, Some(b"damage".to_vec()))).collect();
    store.kv.apply(&KvBatch { writes }).unwrap();
}

#[test]
fn a_damaged_blob_leads_to_the_log_for_its_realm_alone() {
    let store = Store::default();
    let open = || MemoryNode::open_within(&store, 1_000, HUGE).unwrap();
    let (openings, records): (Vec<Run>, Vec<Run>) =
        town(12, 10, 2).into_iter().partition(|run| run.events.len() == 1);
    let node = open();
    node.write(&openings).unwrap();
    node.system.checkpoint().unwrap();
    node.write(&records).unwrap();
    let expected = roots_of(&node.system);
    node.system.stop().unwrap();
    let broken: Vec<RealmId> = expected.keys().copied().step_by(2).collect();
    broken.iter().enumerate().for_each(|(at, realm)| damage(&store, *realm, at % 2 == 0));
    let node = open();
    assert_eq!(node.recovery.replayed, 0);
    assert_eq!(roots_of(&node.system), expected);
    assert_eq!(node.system.shard_stats().readers.folded, broken.len() as u64);
    // The writer hears of it by itself and stores them anew.
    node.system.ask(broken[0], |_| Ok(())).unwrap();
    node.system.stop().unwrap();
    let node = open();
    assert_eq!(roots_of(&node.system), expected);
    assert_eq!(node.system.shard_stats().readers.folded, 0);
    for realm in &broken {
        damage(&store, *realm, true);
        let roots = node.system.ask(*realm, |view| Ok(view.roots())).unwrap();
        assert_eq!(Some(&roots), expected.get(realm), "the writer folds what it finds broken");
    }
}

#[test]
fn many_who_ask_at_once_wait_for_one_load() {
    const READERS: usize = 16;
    let store = Store::default();
    let node = MemoryNode::open_within(&store, 1_000, HUGE).unwrap();
    node.write(&town(3, 200, 3)).unwrap();
    let expected: BTreeMap<RealmId, Roots> = roots_of(&node.system);
    node.system.stop().unwrap();
    let node = MemoryNode::open_within(&store, 1_000, HUGE).unwrap();
    for (realm, roots) in &expected {
        let together = Arc::new(Barrier::new(READERS));
        std::thread::scope(|scope| {
            for _ in 0..READERS {
                scope.spawn(|| {
                    together.wait();
                    assert_eq!(node.roots(*realm).as_ref(), Some(roots));
                });
            }
        });
    }
    assert_eq!(node.system.shard_stats().readers.loads, expected.len() as u64);
}

#[test]
fn readers_never_go_back_while_realms_come_and_go() {
    let alice = person(1);
    let store = Store::default();
    let node = MemoryNode::open_within(&store, 3, 1).unwrap();
    let (mut main, genesis) = Writer::open(&alice);
    node.write(&[genesis]).unwrap();
    let others = town(8, 4, 4);
    node.write(&others).unwrap();
    let realm = main.realm();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while last < 201 {
                let now = node.roots(realm).unwrap().position;
                assert!(now >= last, "{now} after {last}");
                last = now;
                std::thread::yield_now();
            }
        });
        for _ in 0..100 {
            let receipt = node.write(&[main.records(&alice, 2)]).unwrap().remove(0);
            let seen = node.roots(realm).unwrap();
            assert_eq!(seen.state, receipt.root, "a writer reads what was acknowledged");
            for other in others.iter().filter_map(Run::realm).take(3) {
                node.system.ask(other, |_| Ok(())).unwrap();
            }
        }
        reader.join().unwrap();
    });
}
