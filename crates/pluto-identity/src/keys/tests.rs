//! Records have one encoding; only the active key has the first word.

use std::sync::Arc;

use pluto_core::codec::Canonical;
use pluto_core::{Did, Header, KindNumber, Namespace, RealmId};
use proptest::prelude::*;

use super::*;

/// A state whose one entry is the identity record of everybody.
struct Known(Option<IdentityRecord>);

impl StateView for Known {
    fn realm(&self) -> RealmId {
        RealmId([1; 32])
    }

    fn get(&self, component: Component, _: &[u8]) -> Option<Arc<[u8]>> {
        let record = self.0.as_ref().filter(|_| component == Component::Identity)?;
        Some(record.encode().into())
    }

    fn time_ms(&self) -> u64 {
        0
    }
}

fn event(key_ref: EventId, author_seq: u64) -> Event {
    let header = Header {
        realm: RealmId([1; 32]),
        author: Did { namespace: Namespace::Person, id: [1; 32] },
        key_ref,
        author_seq,
        prev: Some(EventId([3; 32])),
        parents: vec![EventId([3; 32])].into(),
        lamport: 5,
        wall_ms: 0,
        kind: KindNumber(66),
        payload_version: 1,
        payload_len: 0,
        payload_hash: Digest::ZERO,
    };
    Event { id: header.id(), header, payload: None }
}

#[test]
fn only_the_active_key_acts() {
    let [old, active] = [EventId([7; 32]), EventId([8; 32])];
    let record =
        IdentityRecord { key: [9; 32], key_event: active, next_key_digest: None, frozen: false };
    let decide = |known: Option<&IdentityRecord>, event: &Event| {
        ActiveKey.decide(&Known(known.cloned()), event, &mut Effects::default())
    };
    assert_eq!(decide(Some(&record), &event(active, 4)), Verdict::Effective);
    let inactive = Verdict::Void(VoidReason::KeyInactive);
    assert_eq!(decide(Some(&record), &event(old, 4)), inactive);
    assert_eq!(decide(Some(&record), &event(EventId::ZERO, 0)), Verdict::Effective, "first event");
    assert_eq!(decide(None, &event(old, 4)), Verdict::Effective, "left to membership");
}

#[test]
fn a_frozen_author_has_only_its_key_left() {
    let key_event = EventId([8; 32]);
    let record = IdentityRecord { key: [9; 32], key_event, next_key_digest: None, frozen: true };
    let decide = |kind: KindNumber| {
        let mut event = event(key_event, 4);
        event.header.kind = kind;
        ActiveKey.decide(&Known(Some(record.clone())), &event, &mut Effects::default())
    };
    let kinds = Kind::ALL.iter().map(|kind| kind.number());
    let left: Vec<KindNumber> = kinds.filter(|kind| decide(*kind).is_effective()).collect();
    assert_eq!(left, [Kind::KeyRotated.number()]);
    let void = Verdict::Void(VoidReason::AuthorFrozen);
    assert_eq!(decide(KindNumber(9_999)), void, "a kind of a later build");
}

#[test]
fn an_event_without_a_key_says_nothing_about_keys() {
    let event = event(EventId([7; 32]), 4);
    assert_eq!((KeyChain.own_key(&event), KeyChain.key_of(&event)), (None, None));
    assert!(KeyChain.check(&event, &[]).is_err());
}

proptest! {
    #[test]
    fn records_have_one_encoding(
        key: [u8; 32], id: [u8; 32], recovered: bool, next: bool, from_ms: u64,
    ) {
        let [owner, guardian] = [1, 2].map(|id| Did { namespace: Namespace::Guild, id: [id; 32] });
        let change = KeyChangeRecord { owner, key, replaced: EventId(id), recovered };
        prop_assert_eq!(KeyChangeRecord::decode(&change.encode()), Ok(change));
        let next_key_digest = next.then_some(Digest(id));
        let key_event = EventId(id);
        let said =
            StatementRecord { guardian, subject: owner, key, next_key_digest, key_event, from_ms };
        prop_assert_eq!(StatementRecord::decode(&said.encode()), Ok(said));
    }
}
