//! Declared witnesses in whole nodes: the same checkpoints are final in every order of arrival.

use pluto_core::payload::CheckpointSigned;
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::{Canonical, Component, Digest, Kind, Run};
use pluto_engines::finality::{WitnessSet, contradiction, witnesses};
use pluto_tests::{MemoryNode, Person, Shuffle, Store, Writer, person};

const ORDERS: u64 = 12;

fn checkpoint(number: u64, content: u8) -> CheckpointSigned {
    CheckpointSigned {
        number,
        time_ms: number * 1_000,
        size: 4,
        event_set_root: Digest([content; 32]),
        log_root: Digest([1; 32]),
        state_root: Digest([2; 32]),
    }
}

fn sign(branch: &mut Writer, witness: &Person, number: u64, content: u8) -> Run {
    let payload = checkpoint(number, content).encode();
    let event = branch.event(witness, Kind::CheckpointSigned, &payload);
    witness.sign(vec![event])
}

/// Three witnesses, each on its own branch, who see the declaration and not each other. One of them
/// contradicts itself; a stranger to the set signs too; everybody writes besides.
fn story() -> (Writer, Vec<Run>) {
    let [a, b, c, d] = [1, 2, 3, 4].map(person);
    let (mut root, genesis) = Writer::open(&a);
    let mut runs = vec![genesis];
    runs.extend([&b, &c, &d].map(|one| root.join(one)));
    let set = WitnessSet::new([a.did(), b.did(), c.did()], None).unwrap();
    let declared = root.event(&a, Kind::WitnessesDeclared, &set.encode());
    runs.push(a.sign(vec![declared]));
    runs.push(sign(&mut root, &a, 1, 1));
    let mut branches = [&a, &b, &c, &d].map(|one| (root.clone(), one));
    for (number, content) in [(2, 1), (4, 1), (4, 2), (7, 1)] {
        for (at, (branch, one)) in branches.iter_mut().enumerate() {
            let contradicts = content == 2;
            if (contradicts && at != 2) || (number == 2 && at == 1) {
                continue;
            }
            // Who contradicts itself is ahead of the others, so that what it signs is not too late.
            runs.push(branch.records(one, 3 - u32::try_from(at.min(2)).unwrap()));
            runs.push(sign(branch, one, number, content));
        }
    }
    (root, runs)
}

#[test]
fn any_order_of_arrival_and_any_restart_give_the_same_finality() {
    let (writer, runs) = story();
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    let expected = node.roots(writer.realm()).unwrap();
    let snapshot = node.system.snapshot(writer.realm()).unwrap();
    let last: FinalityRecord = read(&*snapshot, Component::Consensus, FINALITY_KEY).unwrap();
    assert_eq!((last.number, last.time_ms), (7, 7_000));
    assert!(contradiction(&*snapshot, person(3).did()).is_some());
    assert!(contradiction(&*snapshot, person(1).did()).is_none());
    assert_eq!(witnesses(&*snapshot).unwrap().threshold(), 2);
    for order in 0..ORDERS {
        let mut shuffled = runs.clone();
        Shuffle(order + 1).shuffle(&mut shuffled);
        let store = Store::default();
        let (early, late) = shuffled.split_at(runs.len() / 2);
        let node = MemoryNode::open(&store, 3).unwrap();
        let tickets = node.submit(early).unwrap();
        // What waits for its past is not in the log yet, and is sent again.
        let _ = node.system.draft(writer.realm(), person(1).did());
        drop((tickets, node));
        let node = MemoryNode::open(&store, 3).unwrap();
        let again: Vec<_> = early.iter().chain(late).cloned().collect();
        for run in &again {
            drop(node.submit(std::slice::from_ref(run)).unwrap());
            let _ = node.system.draft(writer.realm(), person(1).did());
        }
        node.write(&again).unwrap();
        assert_eq!(node.roots(writer.realm()), Some(expected), "order {order}");
    }
}

#[test]
fn without_a_declaration_the_creator_is_the_only_witness_and_leaves_no_other_trace() {
    let (a, b) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&a);
    let joined = writer.join(&b);
    let runs = [genesis, joined, sign(&mut writer, &b, 1, 1), sign(&mut writer, &a, 1, 1)];
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    node.write(&[sign(&mut writer, &a, 3, 1)]).unwrap();
    let snapshot = node.system.snapshot(writer.realm()).unwrap();
    let kept: Vec<_> =
        snapshot.entries(Component::Consensus).iter().map(|(key, _)| key.to_vec()).collect();
    assert_eq!(kept, [FINALITY_KEY.to_vec()]);
    let last: FinalityRecord = read(&*snapshot, Component::Consensus, FINALITY_KEY).unwrap();
    assert_eq!(last.number, 1, "no gaps for the creator alone");
}
