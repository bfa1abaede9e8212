//! Whoever waits leaves by one of two ways, and leaves nothing behind.

use std::sync::Arc;

use pluto_core::traits::LogRecord;
use pluto_core::{Run, Signature};

use super::*;

fn run(bytes: usize) -> Submission {
    let run = Run { signature: Signature([0; 64]), events: Vec::new() };
    let record = LogRecord { bytes: Arc::from(vec![0; bytes]), ids: Vec::new() };
    Submission { run, record, verified: false, reply: None }
}

fn id(number: u8) -> EventId {
    EventId([number; 32])
}

#[test]
fn a_run_leaves_when_its_past_arrives_or_its_time_is_over() {
    let mut pending = Pending::default();
    for (number, since_ms) in [(1, 0), (2, 10), (1, 20), (3, 30)] {
        assert!(pending.wait(id(number), run(100), since_ms).is_ok());
    }
    assert_eq!(pending.expired(PENDING_MS_MAX - 1).len(), 0);
    let expired: Vec<EventId> =
        pending.expired(PENDING_MS_MAX + 15).into_iter().map(|(id, _)| id).collect();
    assert_eq!(expired, [id(1), id(2)], "in order of arrival");
    assert_eq!(pending.arrived(&id(1)).len(), 1, "the younger one still waits");
    assert_eq!(pending.arrived(&id(1)).len(), 0);
    assert_eq!(pending.len(), 1);
    assert_eq!(pending.expired(u64::MAX).len(), 1);
    assert!(pending.waiting.is_empty() && pending.order.is_empty() && pending.bytes == 0);
}

#[test]
fn room_taken_is_given_back() {
    let mut pending = Pending::default();
    assert!(pending.wait(id(1), run(PENDING_BYTES_MAX), 0).is_ok());
    assert!(pending.wait(id(2), run(1), 0).is_err());
    assert_eq!(pending.expired(PENDING_MS_MAX).len(), 1);
    assert!(pending.wait(id(2), run(1), 0).is_ok());
}
