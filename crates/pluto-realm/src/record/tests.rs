//! Records are kept as written, replaced by the last writer, and deleted only when there.

use proptest::prelude::*;

use super::*;
use crate::test_realm::{TestRealm, bootstrap, did, event};
use pluto_core::limits::PAYLOAD_BYTES_MAX;
use pluto_core::payload::{Admission, RecordPut};

fn put_event(who: u8, key: &[u8], value: &[u8]) -> Event {
    let collection = "notes".to_owned();
    let payload = RecordPut { collection, key: key.to_vec(), value: value.to_vec() };
    event(who, Kind::RecordPut, 1, &payload.encode())
}

fn delete_event(who: u8, key: &[u8]) -> Event {
    let payload = RecordDeleted { collection: "notes".to_owned(), key: key.to_vec() };
    event(who, Kind::RecordDeleted, 1, &payload.encode())
}

fn read(realm: &TestRealm, key: &[u8]) -> Option<StoredRecord> {
    pluto_core::state::read(realm, Component::KvStore, &record_key("notes", key))
}

#[test]
fn the_last_writer_wins_and_is_named() {
    let mut realm = TestRealm::founded(Admission::Open);
    realm.submit(&bootstrap(1));
    for (who, value) in [(0, b"one"), (1, b"two")] {
        let event = put_event(who, b"k", value);
        assert_eq!(realm.submit(&event), Verdict::Effective);
        let expected = StoredRecord { author: did(who), event: event.id, value: value.to_vec() };
        assert_eq!(read(&realm, b"k"), Some(expected));
    }
}

#[test]
fn only_what_is_there_is_deleted() {
    let mut realm = TestRealm::founded(Admission::Open);
    let absent = Verdict::Void(VoidReason::NotFound);
    assert_eq!(realm.submit(&delete_event(0, b"k")), absent);
    realm.submit(&put_event(0, b"k", b"v"));
    assert_eq!(realm.submit(&delete_event(0, b"other")), absent);
    assert_eq!(realm.submit(&delete_event(0, b"k")), Verdict::Effective);
    assert_eq!(read(&realm, b"k"), None);
    assert_eq!(realm.submit(&delete_event(0, b"k")), absent);
}

#[test]
fn a_value_always_fits_into_a_state_entry() {
    let mut realm = TestRealm::founded(Admission::Open);
    let largest = put_event(0, b"", &[7; STORED_VALUE_BYTES_MAX]);
    assert!(largest.header.payload_len as usize <= PAYLOAD_BYTES_MAX);
    assert_eq!(realm.submit(&largest), Verdict::Effective);
    let entry = realm.get(Component::KvStore, &record_key("notes", b"")).unwrap();
    assert_eq!(entry.len(), STATE_VALUE_BYTES_MAX);
    assert_eq!(read(&realm, b"").unwrap().value.len(), STORED_VALUE_BYTES_MAX);
    let larger = put_event(0, b"", &[7; STORED_VALUE_BYTES_MAX + 1]);
    assert_eq!(realm.submit(&larger), Verdict::Void(VoidReason::OutOfRange));
}

#[test]
fn unreadable_payloads_are_void() {
    let mut realm = TestRealm::founded(Admission::Open);
    let mut erased = put_event(0, b"k", b"v");
    erased.payload = None;
    assert_eq!(realm.submit(&erased), Verdict::Void(VoidReason::PayloadAbsent));
    let mut newer = put_event(0, b"k", b"v");
    newer.header.payload_version = 2;
    assert_eq!(realm.submit(&newer), Verdict::Void(VoidReason::MalformedPayload));
}

proptest! {
    #[test]
    fn the_step_is_pure_and_takes_any_payload(
        payload in prop::collection::vec(any::<u8>(), 0..80), which in 0_usize..3,
    ) {
        let kinds = [RecordEngine.kinds(), &[Kind::VoteCast]].concat();
        let event = event(0, kinds[which], 1, &payload);
        let realm = TestRealm::founded(Admission::Open);
        let (mut first, mut second) = (Effects::default(), Effects::default());
        let verdict = RecordEngine.step(&realm, &event, &mut first);
        prop_assert_eq!(verdict, RecordEngine.step(&realm, &event, &mut second));
        prop_assert_eq!(first.writes, second.writes);
    }

    #[test]
    fn stored_records_have_one_encoding(value: Vec<u8>, event: [u8; 32], noise: Vec<u8>) {
        let record = StoredRecord { author: did(1), event: EventId(event), value };
        prop_assert_eq!(StoredRecord::decode(&record.encode()).unwrap(), record);
        if let Ok(other) = StoredRecord::decode(&noise) {
            prop_assert_eq!(other.encode(), noise);
        }
    }
}
