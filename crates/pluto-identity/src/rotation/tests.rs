//! One encoding each; a proof stands for one header and one key.

use pluto_core::payload::Recovery;
use pluto_core::{KindNumber, Namespace, RealmId};
use proptest::prelude::*;

use super::*;
use crate::secret::{IdentitySecret, Rotation, SecretSeed};
use crate::verifier::Zip215Verifier;

fn identity(seed: u8) -> IdentitySecret {
    let seed = SecretSeed::from([seed; 32]);
    IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Committed)
}

fn header(payload: &[u8], wall_ms: u64) -> Header {
    Header {
        realm: RealmId([1; 32]),
        author: identity(1).did(),
        key_ref: EventId([2; 32]),
        author_seq: 3,
        prev: Some(EventId([3; 32])),
        parents: vec![EventId([4; 32])].into(),
        lamport: 9,
        wall_ms,
        kind: KindNumber(44),
        payload_version: 1,
        payload_len: payload.len() as u32,
        payload_hash: payload_hash(payload),
    }
}

#[test]
fn a_proof_holds_in_its_own_header_only() {
    let new = identity(1).key_pair_at(1);
    let next = identity(1).next_key_digest_at(1);
    let bare = header(&KeyRotated::unproven(new.public_key(), next), 5);
    let draft = Event { id: bare.id(), header: bare, payload: None };
    let change = KeyRotated::prove(&new, next, &draft).unwrap();
    let proven = |change: &KeyRotated, wall_ms| {
        change.is_proven(&header(&change.encode(), wall_ms), &Zip215Verifier)
    };
    assert!(proven(&change, 5));
    assert!(!proven(&change, 6), "another header");
    let other = KeyRotated { next_key_digest: None, ..change.clone() };
    assert!(!proven(&other, 5), "another commitment");
    let other = KeyRotated { key: identity(2).key_pair().public_key(), ..change };
    assert!(!proven(&other, 5), "another key");
}

fn digest() -> impl Strategy<Value = Option<Digest>> {
    prop::option::of(any::<[u8; 32]>().prop_map(Digest))
}

fn inception() -> impl Strategy<Value = Inception> {
    (any::<[u8; 32]>(), digest(), 1_u8..5, any::<u32>()).prop_map(|(key, next, count, delay_h)| {
        let guardian = |id| Did { namespace: Namespace::Guild, id: [id; 32] };
        let guardians = (0..count).map(guardian).collect();
        let recovery = Some(Recovery { threshold: count, delay_h, guardians });
        Inception { namespace: Namespace::Spirit, key, next_key_digest: next, recovery }
    })
}

fn authority() -> impl Strategy<Value = Authority> {
    let proof = (any::<[u8; 32]>(), any::<[u8; 32]>())
        .prop_map(|(r, s)| Authority::Rotation(Signature([r, s].concat().try_into().unwrap())));
    let ids = prop::collection::btree_set(any::<[u8; 32]>(), 1..17);
    let recovery = (inception(), ids).prop_map(|(inception, ids)| {
        let statements = ids.into_iter().map(EventId).collect();
        Authority::Recovery { inception, statements }
    });
    prop_oneof![proof, recovery]
}

proptest! {
    #[test]
    fn rotations_have_one_encoding(
        key: [u8; 32], next_key_digest in digest(), authority in authority(),
    ) {
        let change = KeyRotated { key, next_key_digest, authority };
        prop_assert_eq!(KeyRotated::decode(&change.encode()), Ok(change));
    }

    #[test]
    fn statements_have_one_encoding(key: [u8; 32], next_key_digest in digest(), at_ms: u64) {
        let subject = identity(1).did();
        let said = RecoveryInitiated { subject, key, next_key_digest, at_ms };
        prop_assert_eq!(RecoveryInitiated::decode(&said.encode()), Ok(said));
    }

    #[test]
    fn any_bytes_are_one_value_or_none(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(change) = KeyRotated::decode(&bytes) {
            prop_assert_eq!(change.encode(), bytes);
        }
    }
}

#[test]
fn statements_out_of_order_or_none_are_refused() {
    let inception = identity(1).inception().clone();
    let encoded = |statements: Vec<EventId>| {
        let authority = Authority::Recovery { inception: inception.clone(), statements };
        KeyRotated { key: [1; 32], next_key_digest: None, authority }.encode()
    };
    let [one, two] = [EventId([1; 32]), EventId([2; 32])];
    assert!(KeyRotated::decode(&encoded(vec![one, two])).is_ok());
    for bad in [vec![], vec![two, one], vec![one, one], (0..17).map(|n| EventId([n; 32])).collect()]
    {
        assert!(KeyRotated::decode(&encoded(bad)).is_err());
    }
}
