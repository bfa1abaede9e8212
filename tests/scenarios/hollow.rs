//! Payloads that come late: in the end everything is as if they had been there.

use pluto_core::Run;
use pluto_tests::{MemoryNode, Shuffle, Store, Writer, person};

/// Runs as they were signed, and the same without some of their payloads.
fn runs() -> (Writer, Vec<Run>, Vec<Run>) {
    let [alice, bob] = [1, 2].map(person);
    let (mut writer, genesis) = Writer::open(&alice);
    let mut runs = vec![genesis, writer.join(&bob), writer.records(&bob, 4)];
    runs.push(writer.attest(&alice, bob.did(), 5));
    runs.push(writer.records(&alice, 3));
    let mut hollow: Vec<Run> = runs[2..].to_vec();
    for run in &mut hollow {
        run.events.iter_mut().step_by(2).for_each(|event| event.payload = None);
    }
    (writer, runs, hollow)
}

#[test]
fn payloads_that_come_late_give_the_same_roots() {
    let (writer, runs, hollow) = runs();
    let whole = MemoryNode::open(&Store::default(), 5_000).unwrap();
    whole.write(&runs).unwrap();
    let expected = whole.roots(writer.realm());
    for interval in [1, 3, 5_000] {
        let node = MemoryNode::open(&Store::default(), interval).unwrap();
        node.write(&runs[..2]).unwrap();
        node.write(&hollow).unwrap();
        let without = node.roots(writer.realm()).unwrap();
        assert_ne!(Some(without), expected, "an event without payload has no effect");
        node.write(&runs[2..]).unwrap();
        assert_eq!(node.roots(writer.realm()), expected, "interval {interval}");
        node.write(&hollow).unwrap();
        assert_eq!(node.roots(writer.realm()), expected, "nothing takes a payload away");
    }
}

#[test]
fn payloads_that_come_late_outlive_restarts_in_any_order() {
    let (writer, runs, hollow) = runs();
    let whole = MemoryNode::open(&Store::default(), 5_000).unwrap();
    whole.write(&runs).unwrap();
    let expected = whole.roots(writer.realm());
    let mut random = Shuffle(3);
    for interval in [1, 2, 5_000] {
        // Of each run one form comes first, in the order of causality, and the other one at any time.
        let (mut all, mut others) = (runs[..2].to_vec(), Vec::new());
        for (run, without) in runs[2..].iter().zip(&hollow) {
            let mut forms = [run.clone(), without.clone()];
            random.shuffle(&mut forms);
            let [first, other] = forms;
            all.push(first);
            others.push(other);
        }
        random.shuffle(&mut others);
        all.extend(others);
        let store = Store::default();
        for part in all.chunks(2) {
            let node = MemoryNode::open(&store, interval).unwrap();
            node.write(part).unwrap();
            node.system.stop().unwrap();
        }
        // Once from the checkpoints, once from the log alone.
        for store in [store.clone(), Store { log: store.log, ..Store::default() }] {
            let node = MemoryNode::open(&store, interval).unwrap();
            assert_eq!(node.roots(writer.realm()), expected, "interval {interval}");
        }
    }
}
