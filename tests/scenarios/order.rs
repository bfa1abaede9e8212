//! The same events in any order give the same state: roots, verdicts, trust.

use pluto_core::Kind;
use pluto_tests::{MemoryNode, Shuffle, Store, Writer, person, story};

#[test]
fn any_order_of_arrival_gives_the_same_roots() {
    for seed in 0..4 {
        let (writer, runs) = story(seed);
        let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
        node.write(&runs).unwrap();
        let expected = node.roots(writer.realm()).unwrap();
        assert_eq!(expected.position, runs.iter().map(|run| run.events.len() as u64).sum::<u64>());
        for order in 0..6 {
            let mut shuffled = runs.clone();
            Shuffle(order + 100).shuffle(&mut shuffled);
            let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
            // One at a time, so that late runs really arrive after others were folded.
            let tickets: Vec<_> = shuffled
                .iter()
                .flat_map(|run| {
                    let tickets = node.submit(std::slice::from_ref(run)).unwrap();
                    let _ = node.system.draft(writer.realm(), person(1).did());
                    tickets
                })
                .collect();
            tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
            assert_eq!(node.roots(writer.realm()), Some(expected), "seed {seed}, order {order}");
        }
    }
}

#[test]
fn submitting_twice_changes_nothing() {
    let (writer, runs) = story(9);
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    let before = node.roots(writer.realm());
    let again = node.write(&runs).unwrap();
    assert!(again.iter().all(|receipt| receipt.events.is_empty()));
    assert_eq!(node.roots(writer.realm()), before);
}

#[test]
fn a_late_event_is_reported_as_a_reorganisation() {
    let (alice, bob) = (person(1), person(2));
    let (mut main, genesis) = Writer::open(&alice);
    let joined = main.join(&bob);
    let mut branch = main.clone();
    let ahead = main.records(&alice, 5);
    let late = branch.records(&bob, 1);
    let (sender, receiver) = std::sync::mpsc::sync_channel(100);
    let store = Store::default();
    let node = MemoryNode::observed(&store, 5_000, move |batch| drop(sender.send(batch))).unwrap();
    node.write(&[genesis, joined]).unwrap();
    node.write(&[ahead]).unwrap();
    node.write(&[late]).unwrap();
    drop(node);
    let batches: Vec<_> = receiver.iter().collect();
    let reorganised: Vec<_> = batches.iter().filter(|b| b.reorganised_from.is_some()).collect();
    assert_eq!(reorganised.len(), 1);
    let moved = &reorganised[0].events;
    assert!(moved.len() > 1, "events after the late one are told again");
    assert_eq!(reorganised[0].reorganised_from, Some(moved[0].position));
    assert!(moved[0].facts.iter().any(|fact| fact.kind == Kind::ReorgDetected));
}
