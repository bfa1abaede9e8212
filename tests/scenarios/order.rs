//! The same events in any order give the same state: roots, verdicts, trust.

use pluto_core::{Kind, Run};
use pluto_tests::{MemoryNode, Shuffle, Store, Writer, person};

/// Five people who write concurrently on three branches that see each other now and then.
pub(crate) fn story(seed: u64) -> (Writer, Vec<Run>) {
    let people: Vec<_> = (1..=5).map(person).collect();
    let mut random = Shuffle(seed);
    let (mut root, genesis) = Writer::open(&people[0]);
    let mut runs = vec![genesis];
    runs.extend(people[1..].iter().map(|somebody| root.join(somebody)));
    // An author writes on one branch only: writing on two would be a fork.
    let mut branches = vec![root.clone(), root.clone(), root.clone()];
    for _ in 0..40 {
        let at = random.below(3);
        let author = &people[[0, 1, 2][at] + if at < 2 && random.below(2) == 1 { 3 } else { 0 }];
        let subject = people[random.below(5)].did();
        let branch = &mut branches[at];
        runs.push(match random.below(4) {
            0 => branch.attest(author, subject, random.below(21) as i8 - 10),
            1 => {
                let event = branch.event(author, Kind::RecordPut, b"no record at all");
                author.sign(vec![event])
            }
            _ => branch.records(author, 1 + random.below(5) as u32),
        });
        if random.below(3) == 0 {
            let other = branches[random.below(3)].clone();
            branches[at].merge(&other);
        }
    }
    (root, runs)
}

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
