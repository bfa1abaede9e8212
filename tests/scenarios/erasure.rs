//! Payloads erased in whole nodes: places, verdicts and roots stay, whatever a node loses, whatever comes late,
//! and whoever joins with nothing but a footing and a log full of holes.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use pluto_core::traits::EventLog as _;
use pluto_core::{Canonical, Digest, Event, EventId, Kind, LogPosition, RealmId, Run};
use pluto_nervous_system::event_sourcing::FootingStore as _;
use pluto_tests::{MemoryNode, Shuffle, Store, Writer, person};

use super::finality::{Story, declare, honest_story, one_by_one, propose_by, seen};

/// The runs of a log, in order of arrival.
pub(super) fn runs_of(store: &Store) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut visit = |_: LogPosition, bytes: &[u8]| {
        runs.push(Run::decode(bytes).unwrap());
        ControlFlow::Continue(())
    };
    store.log.reader().scan(LogPosition(0), &mut visit).unwrap();
    runs
}

/// Which events of a log have no payload in any record.
fn hollow(store: &Store) -> BTreeSet<EventId> {
    let events = runs_of(store).into_iter().flat_map(|run| run.events);
    let (mut hollow, mut whole) = (BTreeSet::new(), BTreeSet::new());
    for event in events {
        let to = if event.payload.is_some() { &mut whole } else { &mut hollow };
        to.insert(event.id);
    }
    hollow.difference(&whole).copied().collect()
}

/// The records among the first `count` places, which can be erased.
pub(super) fn records(node: &MemoryNode, realm: RealmId, count: u64) -> Vec<EventId> {
    let order = seen(node, realm).2;
    let first = order.into_iter().take(usize::try_from(count).unwrap());
    let is_record = |id: &EventId| {
        let log = node.system.log();
        let at = log.find(id).unwrap().unwrap();
        let run = Run::decode(&log.read(at.record).unwrap()).unwrap();
        let event = &run.events[usize::from(at.slot)];
        event.header.kind.known() == Some(Kind::RecordPut)
    };
    first.filter(is_record).collect()
}

/// Whether a run proposes or signs the checkpoint of that payload hash.
fn proposes(run: &Run, checkpoint: &Digest) -> bool {
    run.events.iter().any(|event| event.header.payload_hash == *checkpoint)
}

#[test]
fn what_is_erased_changes_no_place_and_no_root() {
    let Story { writer, runs, .. } = honest_story();
    let realm = writer.realm();
    let whole = MemoryNode::open(&Store::default(), 5_000).unwrap();
    whole.write(&runs).unwrap();
    let expected = seen(&whole, realm);
    for (_, position) in &expected.1 {
        let store = Store::default();
        let node = MemoryNode::open(&store, 5_000).unwrap();
        node.write(&runs).unwrap();
        let erased = records(&node, realm, *position);
        assert!(!erased.is_empty());
        assert!(node.system.erase(realm, erased.clone(), *position).unwrap() > 0);
        assert_eq!(node.system.erase(realm, erased.clone(), *position).unwrap(), 0, "it is done");
        assert_eq!(hollow(&store), erased.iter().copied().collect());
        assert_eq!(seen(&node, realm), expected, "erased up to {position}");
        drop(node);
        let node = MemoryNode::open(&store, 5_000).unwrap();
        assert_eq!(seen(&node, realm), expected, "opened again");
        drop(node);
        let bare = Store { kv: Store::default().kv, ..store.clone() };
        let node = MemoryNode::open(&bare, 5_000).unwrap();
        assert_eq!(node.recovery.from_checkpoint, 0);
        assert_eq!(seen(&node, realm), expected, "without its index");
    }
}

#[test]
fn what_comes_after_an_erasure_is_folded_as_if_there_had_been_none() {
    let Story { writer, runs, borders } = honest_story();
    let realm = writer.realm();
    let whole = MemoryNode::open(&Store::default(), 5_000).unwrap();
    whole.write(&runs).unwrap();
    let expected = seen(&whole, realm);
    let place = |hash| runs.iter().position(|run| proposes(run, hash)).unwrap();
    for order in 0..12 {
        // Border 2 is final one run after its proposal; what comes after arrives in any order.
        let (early, late) = runs.split_at(place(&borders[1]) + 2);
        let mut late = late.to_vec();
        Shuffle(order + 1).shuffle(&mut late);
        let store = Store::default();
        let node = MemoryNode::open(&store, 3).unwrap();
        node.write(early).unwrap();
        let first = seen(&node, realm).1[0].1;
        let erased = records(&node, realm, first);
        assert!(node.system.erase(realm, erased.clone(), first).unwrap() > 0);
        let half = late.len() / 2;
        one_by_one(&node, realm, &late[..half]);
        drop(node);
        let store = Store { kv: Store::default().kv, ..store };
        let node = MemoryNode::open(&store, 3).unwrap();
        // What waited for its past is not in the log, and is sent again; so are the payloads.
        one_by_one(&node, realm, &late);
        node.write(&runs).unwrap();
        assert_eq!(seen(&node, realm), expected, "order {order}");
        assert_eq!(hollow(&store), erased.into_iter().collect(), "nothing comes back");
    }
}

#[test]
fn a_footing_and_a_log_full_of_holes_are_enough_for_somebody_new() {
    let Story { writer, runs, .. } = honest_story();
    let realm = writer.realm();
    let store = Store::default();
    let node = MemoryNode::open(&store, 5_000).unwrap();
    node.write(&runs).unwrap();
    let expected = seen(&node, realm);
    let position = expected.1[3].1;
    node.system.erase(realm, records(&node, realm, position), position).unwrap();
    let holes = runs_of(&store);
    for order in 0..12 {
        let fresh = Store { footings: store.footings.clone(), ..Store::default() };
        let mut shuffled = holes.clone();
        Shuffle(order + 1).shuffle(&mut shuffled);
        let (early, _) = shuffled.split_at(holes.len() / 2);
        let node = MemoryNode::open(&fresh, 3).unwrap();
        one_by_one(&node, realm, early);
        drop(node);
        let node = MemoryNode::open(&fresh, 3).unwrap();
        one_by_one(&node, realm, &shuffled);
        node.write(&shuffled).unwrap();
        assert_eq!(seen(&node, realm), expected, "order {order}");
        drop(node);
        let bare = Store { kv: Store::default().kv, ..fresh };
        let node = MemoryNode::open(&bare, 5_000).unwrap();
        assert_eq!(seen(&node, realm), expected, "order {order}, without its index");
    }
}

#[test]
fn a_payload_that_comes_late_takes_none_away_of_what_stands_before_it() {
    let [a, b] = [1, 2].map(person);
    let (mut writer, genesis) = Writer::open(&a);
    let realm = writer.realm();
    let mut runs = vec![genesis, writer.join(&b), declare(&mut writer, &a, &[&a])];
    let first = writer.records(&b, 1);
    let second = writer.records(&b, 1);
    let (erased, kept) = (first.events[0].id, second.events[0].clone());
    runs.extend([first, second]);
    let store = Store::default();
    let node = MemoryNode::open(&store, 5_000).unwrap();
    node.write(&runs).unwrap();
    let (_, _, border) = propose_by(&node, &mut writer, &a, 1, Digest::ZERO);
    node.write(&[border]).unwrap();
    let position = seen(&node, realm).1[0].1;
    assert!(node.system.erase(realm, vec![erased], position).unwrap() > 0);

    // One signature covers what stands before the footing and what does not; the second payload comes late.
    let late = writer.records(&b, 1).events[0].clone();
    let without = Event { payload: None, ..late.clone() };
    node.write(&[b.sign(vec![kept.clone(), without])]).unwrap();
    node.write(&[b.sign(vec![kept.clone(), late.clone()])]).unwrap();
    // Nor does what was erased come back with what is new.
    let last = writer.records(&b, 1).events[0].clone();
    let again = runs.iter().flat_map(|run| &run.events).find(|event| event.id == erased);
    let long = [again.unwrap(), &kept, &late, &last].map(Event::clone);
    node.write(&[b.sign(long.to_vec())]).unwrap();
    let is_here = |id| {
        let log = node.system.log();
        let at = log.find(&id).unwrap().unwrap();
        let run = Run::decode(&log.read(at.record).unwrap()).unwrap();
        run.events[usize::from(at.slot)].payload.is_some()
    };
    assert_eq!([erased, kept.id, late.id, last.id].map(is_here), [false, true, true, true]);
    assert_eq!(hollow(&store), [erased].into());
}

#[test]
fn what_is_not_final_or_says_who_signs_stays() {
    let Story { writer, runs, .. } = honest_story();
    let realm = writer.realm();
    let store = Store::default();
    let node = MemoryNode::open(&store, 5_000).unwrap();
    node.write(&runs).unwrap();
    let (_, borders, order) = seen(&node, realm);
    let fixed = borders.last().unwrap().1;
    let all = records(&node, realm, order.len() as u64);
    let open =
        all.iter().filter(|id| order.iter().position(|one| one == *id).unwrap() as u64 >= fixed);
    let open = *open.last().expect("a record behind the last border");
    let code =
        |ids| node.system.erase(realm, ids, order.len() as u64).unwrap_err().code().to_string();
    assert_eq!(code(vec![all[0], open]), "NRV-0015");
    assert_eq!(code(vec![EventId(realm.0)]), "NRV-0016");
    let vote = runs.iter().flat_map(|run| &run.events);
    let mut vote = vote.filter(|event| event.header.kind.known() == Some(Kind::CheckpointSigned));
    assert_eq!(code(vec![vote.next().unwrap().id]), "NRV-0016");
    assert!(hollow(&store).is_empty());
}

fn golden_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/formats/golden/footing-v1.bin")
}

/// The golden file: the footing of the story at its fourth border.
fn golden() -> (Store, RealmId, Vec<u8>) {
    let Story { writer, runs, .. } = honest_story();
    let realm = writer.realm();
    let store = Store::default();
    let node = MemoryNode::open(&store, 5_000).unwrap();
    node.write(&runs).unwrap();
    let position = seen(&node, realm).1[3].1;
    node.system.erase(realm, records(&node, realm, position), position).unwrap();
    let footing = store.footings.get(realm).unwrap().unwrap();
    (store, realm, footing)
}

#[test]
#[ignore = "writes the golden file; run it only when the format gets a new version"]
fn write_golden_files() {
    std::fs::write(golden_file(), golden().2).unwrap();
}

#[test]
fn a_realm_stands_on_the_golden_footing_and_on_no_damaged_one() {
    let (store, realm, footing) = golden();
    let read = std::fs::read(golden_file()).unwrap();
    assert!(footing == read, "the footing of the story has changed");
    let expected = MemoryNode::open(&store, 5_000).unwrap().roots(realm);
    let open = |bytes: &[u8]| {
        let bare = Store { log: store.log.clone(), ..Store::default() };
        bare.footings.put(realm, bytes).unwrap();
        MemoryNode::open(&bare, 5_000).map(|node| node.roots(realm))
    };
    assert_eq!(open(&read).unwrap(), expected);
    for at in (0..read.len()).step_by(61) {
        let mut damaged = read.clone();
        damaged[at] ^= 1;
        assert!(open(&damaged).is_err(), "byte {at}");
    }
    for length in (0..read.len()).step_by(211) {
        assert!(open(&read[..length]).is_err(), "{length} bytes");
    }
}
