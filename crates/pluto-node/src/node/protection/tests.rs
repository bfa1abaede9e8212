//! The watch forgets within bounds, counts an event once, and tells nothing of what is past.

use super::*;

#[test]
fn an_event_counts_once_and_memory_is_bounded() {
    let mut watched = Watched::default();
    let id = |number: u64| {
        let mut id = EventId([1; 32]);
        id.0[..8].copy_from_slice(&number.to_be_bytes());
        id
    };
    assert!(watched.board(RealmId([0; 32]), id(0)).is_some());
    assert!(watched.board(RealmId([0; 32]), id(0)).is_none(), "published again");
    for number in 1..10_000 {
        let realm = RealmId([(number % 200) as u8; 32]);
        assert!(watched.board(realm, id(number)).is_some());
    }
    assert_eq!((watched.boards.len(), watched.seen.len()), (REALMS_MAX, SEEN_MAX));
    assert_eq!((watched.order.len(), watched.seen_order.len()), (REALMS_MAX, SEEN_MAX));
}

#[test]
fn what_is_caught_up_is_past() {
    let now_ms = 1_700_000_000_000;
    assert!(is_past(0, now_ms), "a realm without time has no rates");
    assert!(is_past(now_ms - 11 * WINDOW_MS, now_ms));
    assert!(!is_past(now_ms - WINDOW_MS, now_ms));
    assert!(!is_past(now_ms + WINDOW_MS, now_ms));
}
