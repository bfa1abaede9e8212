//! An inception counts once, for the DID it hashes to, in the author's first event.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::event::payload_hash;
use pluto_core::payload::{Admission, PAYLOAD_VERSION, RealmGenesis, inception_of};
use pluto_core::{Did, EventId, Header, KindNumber, Namespace, RealmId};
use proptest::prelude::*;

use super::*;
use crate::secret::{IdentitySecret, Rotation};

#[derive(Default)]
struct Entries(BTreeMap<(Component, Vec<u8>), Arc<[u8]>>);

impl StateView for Entries {
    fn realm(&self) -> RealmId {
        RealmId([1; 32])
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.0.get(&(component, key.to_vec())).cloned()
    }

    fn time_ms(&self) -> u64 {
        0
    }
}

fn identity(seed: u8) -> IdentitySecret {
    IdentitySecret::from_seed([seed; 32].into(), Namespace::Spirit, Rotation::Committed)
}

fn event(author: Did, kind: KindNumber, author_seq: u64, genesis: bool, payload: &[u8]) -> Event {
    let first = author_seq == 0;
    let header = Header {
        realm: if genesis { RealmId::ZERO } else { RealmId([1; 32]) },
        author,
        key_ref: if first { EventId::ZERO } else { EventId([3; 32]) },
        author_seq,
        prev: (!first).then_some(EventId([4; 32])),
        parents: if genesis { vec![] } else { vec![EventId([5; 32])] },
        lamport: 1 + author_seq,
        wall_ms: 0,
        kind,
        payload_version: PAYLOAD_VERSION,
        payload_len: payload.len() as u32,
        payload_hash: payload_hash(payload),
    };
    Event { id: header.id(), header, payload: Some(payload.into()) }
}

fn bootstrap(identity: &IdentitySecret) -> Event {
    let kind = Kind::IdentityBootstrapped.number();
    event(identity.did(), kind, 0, false, &identity.inception().encode())
}

fn genesis(identity: &IdentitySecret) -> Event {
    let payload = RealmGenesis {
        name: "home".to_owned(),
        admission: Admission::Open,
        trust_roots: vec![],
        creator: identity.inception().clone(),
    };
    event(identity.did(), Kind::RealmGenesis.number(), 0, true, &payload.encode())
}

fn step(view: &Entries, event: &Event) -> (Verdict, Effects) {
    let mut out = Effects::default();
    let verdict = IdentityEngine.step(view, event, &mut out);
    (verdict, out)
}

fn void(event: &Event) -> VoidReason {
    match step(&Entries::default(), event) {
        (Verdict::Void(reason), out) if out.writes.is_empty() => reason,
        other => panic!("expected void without effects, found {other:?}"),
    }
}

#[test]
fn the_first_event_records_the_identity() {
    for event in [bootstrap(&identity(1)), genesis(&identity(1))] {
        let (verdict, out) = step(&Entries::default(), &event);
        assert_eq!(verdict, Verdict::Effective);
        let [write] = &out.writes[..] else { panic!("{:?}", out.writes) };
        assert_eq!(write.component, IdentityEngine.component());
        assert_eq!(write.key, identity(1).did().encode());
        let record = IdentityRecord::decode(write.value.as_ref().unwrap()).unwrap();
        assert_eq!(record.key, identity(1).key_pair().public_key());
        assert_eq!(record.key_event, event.id);
        assert_eq!(record.next_key_digest, identity(1).inception().next_key_digest);
        assert_eq!(inception_of(&event).unwrap().key, record.key);
        assert!(IdentityEngine.kinds().contains(&event.header.kind.known().unwrap()));
    }
}

#[test]
fn a_second_inception_of_a_did_is_void() {
    let first = bootstrap(&identity(1));
    let mut view = Entries::default();
    for write in step(&view, &first).1.writes {
        view.0.insert((write.component, write.key), write.value.unwrap());
    }
    assert_eq!(step(&view, &first).0, Verdict::Void(VoidReason::AlreadyExists));
    assert_eq!(step(&view, &bootstrap(&identity(2))).0, Verdict::Effective);
}

#[test]
fn inceptions_that_prove_nothing_are_void() {
    let (mine, other) = (identity(1), identity(2));
    let kind = Kind::IdentityBootstrapped.number();
    let payload = mine.inception().encode();
    let mut erased = bootstrap(&mine);
    erased.payload = None;
    let mut newer = bootstrap(&mine);
    newer.header.payload_version = 2;
    let mut weak = mine.inception().clone();
    weak.key = [0; 32];
    let weak = event(weak.did(), kind, 0, false, &weak.encode());
    assert_eq!(void(&event(other.did(), kind, 0, false, &payload)), VoidReason::InvalidProof);
    assert_eq!(void(&event(mine.did(), kind, 1, false, &payload)), VoidReason::NotAllowed);
    assert_eq!(void(&event(mine.did(), kind, 0, true, &payload)), VoidReason::NotAllowed);
    assert_eq!(void(&event(mine.did(), kind, 0, false, b"")), VoidReason::MalformedPayload);
    assert_eq!(void(&newer), VoidReason::MalformedPayload);
    assert_eq!(void(&erased), VoidReason::PayloadAbsent);
    assert_eq!(void(&weak), VoidReason::InvalidProof);
    let mut moved = genesis(&mine);
    moved.header.realm = RealmId([1; 32]);
    assert_eq!(void(&moved), VoidReason::NotAllowed);
}

proptest! {
    #[test]
    fn any_payload_gives_the_same_answer_twice(
        payload in prop::collection::vec(any::<u8>(), 0..300), which: bool, seq in 0_u64..2,
    ) {
        let kind = if which { Kind::IdentityBootstrapped } else { Kind::RealmGenesis };
        let event = event(identity(1).did(), kind.number(), seq, !which && seq == 0, &payload);
        let (verdict, out) = step(&Entries::default(), &event);
        prop_assert!(!verdict.is_effective() && out.writes.is_empty());
        prop_assert_eq!(verdict, step(&Entries::default(), &event).0);
        prop_assert_eq!(inception_of(&event), None);
    }
}
