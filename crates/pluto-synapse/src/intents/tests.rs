//! The budget of hops and the bounds of the queue.

use pluto_core::Component;

use super::*;
use crate::codes;
use crate::fixture::event;

const NOW: Duration = Duration::ZERO;

#[test]
fn a_chain_of_reactions_comes_to_an_end() {
    let (observers, queue) = intents();
    let mut cause = event(0, &[Component::Trust]);
    for hop in 1..=HOPS_MAX {
        observers.submit(&cause, Kind::RecordPut, vec![hop]).unwrap();
        let intent = queue.take(10, NOW).pop().unwrap();
        assert_eq!((intent.hop, intent.cause, intent.realm), (hop, cause.id, cause.realm));
        cause = event(u64::from(hop), &[Component::Trust]);
        queue.authored(&intent, cause.id);
    }
    let refused = observers.submit(&cause, Kind::RecordPut, vec![]).unwrap_err();
    assert_eq!(refused.code(), codes::HOPS_SPENT);
    assert_eq!(observers.counts(), (3, 1));
    assert!(queue.take(10, NOW).is_empty());
}

#[test]
fn the_queue_is_bounded_and_never_waits() {
    let (observers, queue) = intents();
    let cause = event(0, &[]);
    for _ in 0..INTENTS_MAX {
        observers.submit(&cause, Kind::RecordPut, vec![]).unwrap();
    }
    let refused = observers.submit(&cause, Kind::RecordPut, vec![]).unwrap_err();
    assert_eq!(refused.code(), codes::INTENTS_FULL);
    assert_eq!(queue.take(INTENTS_MAX + 5, NOW).len(), INTENTS_MAX);
    drop(queue);
    let refused = observers.submit(&cause, Kind::RecordPut, vec![]).unwrap_err();
    assert_eq!(refused.code(), codes::INTENTS_CLOSED);
}

#[test]
fn only_what_can_become_an_event_is_accepted() {
    let (observers, _queue) = intents();
    let cause = event(0, &[]);
    for (kind, length) in [(Kind::TrustUpdate, 0), (Kind::RecordPut, PAYLOAD_BYTES_MAX + 1)] {
        let refused = observers.submit(&cause, kind, vec![0; length]).unwrap_err();
        assert_eq!(refused.code(), codes::BAD_INTENT);
    }
    observers.submit(&cause, Kind::RecordPut, vec![0; PAYLOAD_BYTES_MAX]).unwrap();
}

#[test]
fn only_so_many_hops_are_remembered() {
    let (observers, queue) = intents();
    let cause = event(0, &[]);
    observers.submit(&cause, Kind::RecordPut, vec![]).unwrap();
    let intent = queue.take(1, NOW).pop().unwrap();
    for position in 0..HOPS_REMEMBERED_MAX as u64 + 1 {
        queue.authored(&intent, event(position, &[]).id);
    }
    let hops = queue.shared.hops.lock().unwrap();
    assert_eq!(hops.by_event.len(), HOPS_REMEMBERED_MAX);
    assert_eq!(hops.oldest_first.len(), HOPS_REMEMBERED_MAX);
    assert!(!hops.by_event.contains_key(&cause.id), "the oldest is forgotten");
}
