//! Every payload has one encoding and refuses all others.

use proptest::prelude::*;

use super::*;
use crate::codec::Canonical;
use crate::did::{Did, Namespace};
use crate::hash::Digest;
use crate::trust::Dimension;

fn did() -> impl Strategy<Value = Did> {
    (0_usize..10, any::<[u8; 32]>()).prop_map(|(n, id)| Did { namespace: Namespace::ALL[n], id })
}

fn dids(max: usize) -> impl Strategy<Value = Vec<Did>> {
    prop::collection::btree_set(did(), 1..=max).prop_map(|set| set.into_iter().collect())
}

fn inception() -> impl Strategy<Value = Inception> {
    let recovery = dids(GUARDIANS_MAX).prop_flat_map(|guardians| {
        (1..=guardians.len() as u8, any::<u32>(), Just(guardians))
            .prop_map(|(threshold, delay_h, guardians)| Recovery { threshold, delay_h, guardians })
    });
    (0_usize..10, any::<[u8; 32]>(), any::<Option<[u8; 32]>>(), prop::option::of(recovery))
        .prop_map(|(n, key, next, recovery)| Inception {
            namespace: Namespace::ALL[n],
            key,
            next_key_digest: next.map(Digest),
            recovery,
        })
}

fn check<T: Canonical + PartialEq + std::fmt::Debug>(value: &T) {
    let bytes = value.encode();
    assert_eq!(&T::decode(&bytes).unwrap(), value);
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(T::decode(&longer).is_err(), "trailing byte accepted");
    assert!(T::decode(&bytes[..bytes.len() - 1]).is_err(), "short value accepted");
    for index in 0..bytes.len() {
        let mut other = bytes.clone();
        other[index] ^= 0x41;
        if let Ok(changed) = T::decode(&other) {
            assert_eq!(changed.encode(), other, "two encodings of one value");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn inceptions(inception in inception()) {
        check(&inception);
    }

    #[test]
    fn geneses(creator in inception(), trust_roots in dids(8), name in "[a-z ]{0,40}") {
        check(&RealmGenesis { name, admission: Admission::Invite, trust_roots, creator });
    }

    #[test]
    fn attestations(subject in did(), value in -10_i8..=10, dimension in 0_u8..6) {
        let dimension = Dimension::from_number(dimension).unwrap();
        check(&Attestation { subject, dimension, value });
    }

    #[test]
    fn records(collection in "[a-z]{1,20}", key: Vec<u8>, value: Vec<u8>) {
        check(&RecordPut { collection: collection.clone(), key: key.clone(), value });
        check(&RecordDeleted { collection, key });
    }

    #[test]
    fn checkpoints(number: u64, time_ms: u64, size: u64, root: [u8; 32]) {
        let root = Digest(root);
        let checkpoint = CheckpointSigned {
            number, time_ms, size, event_set_root: root, log_root: root, state_root: root,
        };
        check(&checkpoint);
        check(&ChainedCheckpoint { checkpoint, extends: root });
    }

    #[test]
    fn memberships(subject in did(), role in 0_u8..4) {
        let role = Role::from_number(role).unwrap();
        check(&MembershipChange { subject, action: MembershipAction::Assign, role });
    }
}

#[test]
fn a_did_follows_from_the_whole_inception() {
    let one = Inception {
        namespace: Namespace::Person,
        key: [7; 32],
        next_key_digest: None,
        recovery: None,
    };
    let two = Inception { next_key_digest: Some(Digest::ZERO), ..one.clone() };
    let three = Inception { namespace: Namespace::Spirit, ..one.clone() };
    assert_ne!(one.did().id, two.did().id);
    assert_ne!(one.did().id, three.did().id);
}

#[test]
fn a_payload_of_another_version_says_nothing() {
    let opening = Inception {
        namespace: Namespace::Person,
        key: [7; 32],
        next_key_digest: None,
        recovery: None,
    };
    let payload = opening.encode();
    let header = crate::Header {
        realm: crate::RealmId([1; 32]),
        author: opening.did(),
        key_ref: crate::EventId::ZERO,
        author_seq: 0,
        prev: None,
        parents: Vec::new().into(),
        lamport: 2,
        wall_ms: 0,
        kind: crate::Kind::IdentityBootstrapped.number(),
        payload_version: PAYLOAD_VERSION,
        payload_len: payload.len() as u32,
        payload_hash: crate::event::payload_hash(&payload),
    };
    let mut event = Event { id: header.id(), header, payload: Some(payload.into()) };
    assert_eq!(payload_of::<Inception>(&event), Ok(opening.clone()));
    assert_eq!(inception_of(&event), Some(opening));
    event.header.payload_version += 1;
    assert_eq!(payload_of::<Inception>(&event), Err(VoidReason::MalformedPayload));
    assert_eq!(inception_of(&event), None);
    event.payload = None;
    assert_eq!(payload_of::<Inception>(&event), Err(VoidReason::PayloadAbsent));
}
