//! Stopping and opening again never changes a root, wherever the checkpoints fell.

use pluto_tests::{MemoryNode, Shuffle, Store, Writer, person, story};

#[test]
fn roots_survive_restarts_at_any_checkpoint_interval() {
    let (writer, runs) = story(3);
    let whole = MemoryNode::open(&Store::default(), 5_000).unwrap();
    whole.write(&runs).unwrap();
    let expected = whole.roots(writer.realm());
    for interval in [1, 7, 64, 5_000] {
        let store = Store::default();
        for part in runs.chunks(9) {
            let node = MemoryNode::open(&store, interval).unwrap();
            node.write(part).unwrap();
            node.system.stop().unwrap();
        }
        let node = MemoryNode::open(&store, interval).unwrap();
        assert_eq!(node.roots(writer.realm()), expected, "interval {interval}");
        assert_eq!(node.recovery.replayed, 0, "a clean stop leaves no tail");
    }
}

#[test]
fn without_checkpoints_the_log_alone_gives_the_same_roots() {
    let (writer, runs) = story(4);
    let store = Store::default();
    let node = MemoryNode::open(&store, 5).unwrap();
    node.write(&runs).unwrap();
    let expected = node.roots(writer.realm());
    node.system.stop().unwrap();
    let bare = Store { log: store.log.clone(), ..Store::default() };
    let node = MemoryNode::open(&bare, 5_000).unwrap();
    assert_eq!(node.recovery.from_checkpoint, 0);
    assert_eq!(node.roots(writer.realm()), expected);
}

#[test]
fn events_late_by_more_than_memory_holds_fold_the_realm_anew() {
    let (alice, bob) = (person(1), person(2));
    let (mut main, genesis) = Writer::open(&alice);
    let joined = main.join(&bob);
    let mut branch = main.clone();
    let late = branch.records(&bob, 3);
    let ahead: Vec<_> = (0..20).map(|_| main.records(&alice, 64)).collect();
    let mut all = vec![genesis, joined];
    all.extend(ahead);
    let expected = {
        let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
        node.write(&all).unwrap();
        node.write(std::slice::from_ref(&late)).unwrap();
        node.roots(main.realm())
    };
    for restart in [false, true] {
        let store = Store::default();
        let node = MemoryNode::open(&store, 100).unwrap();
        node.write(&all).unwrap();
        node.system.checkpoint().unwrap();
        node.system.checkpoint().unwrap();
        let node = if restart {
            node.system.stop().unwrap();
            MemoryNode::open(&store, 100).unwrap()
        } else {
            node
        };
        node.write(std::slice::from_ref(&late)).unwrap();
        assert_eq!(node.roots(main.realm()), expected, "restart {restart}");
        node.system.stop().unwrap();
        let node = MemoryNode::open(&store, 100).unwrap();
        assert_eq!(node.roots(main.realm()), expected, "after the reorganisation is stored");
    }
}

#[test]
fn a_restart_at_a_tile_boundary_goes_on_without_folding_anew() {
    let alice = person(1);
    let (mut main, genesis) = Writer::open(&alice);
    let store = Store::default();
    let node = MemoryNode::open(&store, 5_000).unwrap();
    node.write(&[genesis, main.records(&alice, 255)]).unwrap();
    node.system.stop().unwrap();
    let (sender, receiver) = std::sync::mpsc::sync_channel(10);
    let node = MemoryNode::observed(&store, 5_000, move |batch| drop(sender.send(batch))).unwrap();
    assert_eq!(node.recovery.from_checkpoint, 256);
    node.write(&[main.records(&alice, 2)]).unwrap();
    drop(node);
    let batches: Vec<_> = receiver.iter().collect();
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].reorganised_from, None);
    assert_eq!(batches[0].events.len(), 2);
}

#[test]
fn every_place_stays_provable_across_tiles_and_restarts() {
    let alice = person(1);
    let (mut main, genesis) = Writer::open(&alice);
    let mut runs = vec![genesis];
    runs.extend((0..12).map(|_| main.records(&alice, 60)));
    let store = Store::default();
    let node = MemoryNode::open(&store, 50).unwrap();
    for run in &runs {
        node.write(std::slice::from_ref(run)).unwrap();
    }
    node.system.stop().unwrap();
    let node = MemoryNode::open(&store, 50).unwrap();
    let events: Vec<_> = runs.iter().flat_map(|run| &run.events).collect();
    let mut random = Shuffle(5);
    for _ in 0..50 {
        let at = random.below(events.len());
        let (id, lamport) = (events[at].id, events[at].header.lamport);
        let holds = node.system.ask(main.realm(), move |view| {
            let position = view.position(lamport, id)?.unwrap_or(u64::MAX);
            let place = view.place(position)?;
            let (root, proof) = view.inclusion(position)?;
            let leaf = place.unwrap().leaf();
            let size = view.roots().position;
            let hasher =
                pluto_merkle::log_tree::verify_inclusion::<pluto_merkle::log_tree::Blake3Log>;
            hasher(&root, size, position, &leaf, &proof)?;
            Ok(position)
        });
        assert_eq!(holds.unwrap(), at as u64);
    }
}
