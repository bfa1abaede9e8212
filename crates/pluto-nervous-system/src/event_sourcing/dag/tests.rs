//! Adding a run at once leaves what adding its events one by one leaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use pluto_core::{Digest, KindNumber, Namespace};

const REALM: RealmId = RealmId([9; 32]);

/// Event `number`, whose parents are earlier events.
fn event(number: u8, parents: Vec<EventId>) -> Event {
    let header = Header {
        realm: REALM,
        author: Did { namespace: Namespace::Person, id: [number / 4; 32] },
        key_ref: EventId([1; 32]),
        author_seq: u64::from(number) + 1,
        prev: Some(EventId([2; 32])),
        parents: parents.into(),
        lamport: u64::from(number) + 2,
        wall_ms: 0,
        kind: KindNumber(66),
        payload_version: 1,
        payload_len: 0,
        payload_hash: Digest::ZERO,
    };
    Event { id: header.id(), header, payload: None }
}

/// Events of which each names some of the four before it; those far back included now and then.
fn history() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(1_u8..32, 1..40).prop_map(|masks| {
        let mut events: Vec<Event> = Vec::new();
        for (number, mask) in (0_u8..).zip(masks) {
            let before = events.iter().rev().take(5).enumerate();
            let named = before.filter(|(back, _)| mask >> back & 1 == 1).map(|(_, event)| event.id);
            let mut parents: Vec<EventId> = named.collect();
            parents.sort_unstable();
            events.push(event(number, parents));
        }
        events
    })
}

proptest! {
    #[test]
    fn a_run_at_once_is_its_events_one_by_one(events in history(), run in 1_usize..9) {
        let mut dag = Dag::new(REALM);
        for events in events.chunks(run) {
            dag.insert(&Arc::new(events.to_vec()), 0);
        }
        let mut heads: BTreeMap<EventId, u64> = BTreeMap::new();
        for event in &events {
            for parent in event.header.parents.iter() {
                heads.remove(parent);
            }
            heads.insert(event.id, event.header.lamport);
            prop_assert!(dag.recent.get(&event.id) == Some(event));
        }
        prop_assert_eq!(dag.heads(), heads.into_iter().collect::<Vec<_>>());
        events.iter().for_each(|event| dag.forget(&event.id));
        prop_assert!(dag.recent.events.is_empty());
    }
}
