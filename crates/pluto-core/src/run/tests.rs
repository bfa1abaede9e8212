//! Runs round-trip, refuse what does not follow, and show each event alone.

use proptest::prelude::*;

use super::*;
use crate::did::Namespace;
use crate::event::payload_hash;
use crate::kind::KindNumber;

fn run(count: usize, payload: &[u8]) -> Run {
    let mut events: Vec<Event> = Vec::new();
    for index in 0..count {
        let prev = events.last().map(|event| event.id);
        let header = Header {
            realm: RealmId([1; 32]),
            author: Did { namespace: Namespace::Spirit, id: [2; 32] },
            key_ref: EventId([3; 32]),
            author_seq: 5 + index as u64,
            prev: Some(prev.unwrap_or(EventId([4; 32]))),
            parents: prev.unwrap_or(EventId([4; 32])).into(),
            lamport: 9 + index as u64,
            wall_ms: 0,
            kind: KindNumber(66),
            payload_version: 1,
            payload_len: payload.len() as u32,
            payload_hash: payload_hash(payload),
        };
        let payload = (index % 3 != 1).then(|| payload.into());
        events.push(Event { id: header.id(), header, payload });
    }
    Run { signature: Signature([7; 64]), events }
}

fn naive_root(ids: &[EventId]) -> Digest {
    match ids {
        [] => Digest::ZERO,
        [one] => Digest(one.0),
        many => {
            let split = many.len().next_power_of_two() / 2;
            run_node(&naive_root(&many[..split]), &naive_root(&many[split..]))
        }
    }
}

#[test]
fn paths_of_every_leaf_lead_to_the_rfc_root() {
    let stranger = std::array::from_fn(|i| i as u8);
    for count in (1..=20).chain([63, 64, 65, 255, 256]) {
        let ids: Vec<EventId> = (0..count).map(|i| EventId([i as u8; 32])).collect();
        let root = run_root(&ids);
        assert_eq!(root, naive_root(&ids), "{count}");
        for (index, id) in ids.iter().enumerate() {
            let mut path = run_path(&ids, index);
            assert!(path.len() <= crate::limits::RUN_PATH_MAX);
            assert_eq!(run_root_from_path(*id, index, count, &path), Some(root));
            assert_ne!(run_root_from_path(EventId(stranger), index, count, &path), Some(root));
            path.push(Digest::ZERO);
            assert_eq!(run_root_from_path(*id, index, count, &path), None);
        }
    }
    assert_eq!(run_root_from_path(EventId::ZERO, 1, 1, &[]), None);
}

#[test]
fn encoding_round_trips_with_and_without_payloads() {
    for count in [1, 2, 64, 256] {
        let run = run(count, b"payload");
        assert_eq!(Run::decode(&run.encode()).unwrap(), run);
    }
}

#[test]
fn events_that_do_not_follow_are_refused() {
    let check = |change: fn(&mut Run), expected: &str| {
        let mut run = run(3, b"x");
        change(&mut run);
        for event in &mut run.events {
            event.id = event.header.id();
        }
        let error = Run::decode(&run.encode()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(|run| run.events[1].header.author_seq = 9, "next event");
    check(|run| run.events[1].header.prev = Some(EventId([9; 32])), "next event");
    check(|run| run.events[2].header.lamport = 3, "lamport");
    check(|run| run.events[1].header.key_ref = EventId([8; 32]), "key");
    check(|run| run.events[1].header.realm = RealmId([8; 32]), "realm");
    check(|run| run.events[2].payload = Some(b"y"[..].into()), "payload");
    check(|run| run.events[2].payload = Some(b"xy"[..].into()), "");
}

#[test]
fn oversized_runs_are_refused_before_decoding() {
    let bytes = vec![1; RUN_BYTES_MAX + 1];
    assert!(matches!(Run::decode(&bytes), Err(CodecError::TooLarge { what: "run", .. })));
}

proptest! {
    #[test]
    fn any_flip_is_refused_or_another_run(at in 0_usize..900, flip in 1_u8..=255) {
        let run = run(3, b"payload");
        let mut bytes = run.encode();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        if let Ok(other) = Run::decode(&bytes) {
            prop_assert_ne!(&other, &run);
            prop_assert_eq!(other.encode(), bytes);
        }
    }

    #[test]
    fn any_bytes_decode_or_are_refused(bytes: Vec<u8>) {
        if let Ok(run) = Run::decode(&bytes) {
            prop_assert_eq!(run.encode(), bytes);
        }
    }
}
