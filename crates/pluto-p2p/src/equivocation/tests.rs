//! What proves nothing is refused: one event twice, foreign signatures, other keys, changed bytes.

use pluto_core::hash::Domain;
use pluto_core::{Event, Kind, Namespace};

use super::*;

const KEY: PublicKey = [7; 32];

/// Stands in for Ed25519: a signature is the hash over key and message.
struct Hashed;

fn signature(key: &PublicKey, message: &[u8]) -> Signature {
    let digest = Domain::new("pluto test signature").hash_parts(&[key, message]);
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&digest.0);
    Signature(bytes)
}

impl SignatureVerifier for Hashed {
    fn verify(&self, batch: &[SignedMessage]) -> Vec<bool> {
        batch.iter().map(|one| one.signature == signature(&one.key, &one.message)).collect()
    }

    fn accepts_key(&self, _: &PublicKey) -> bool {
        true
    }
}

fn header(seq: u64, wall_ms: u64) -> Header {
    let prev = EventId([seq as u8; 32]);
    Header {
        realm: RealmId([1; 32]),
        author: Did { namespace: Namespace::Person, id: [2; 32] },
        key_ref: EventId([3; 32]),
        author_seq: seq,
        prev: Some(prev),
        parents: prev.into(),
        lamport: seq,
        wall_ms,
        kind: Kind::RecordPut.number(),
        payload_version: 1,
        payload_len: 0,
        payload_hash: pluto_core::event::payload_hash(b""),
    }
}

fn signed(headers: Vec<Header>, key: &PublicKey) -> Run {
    let event = |header: Header| Event { id: header.id(), header, payload: None };
    let events: Vec<Event> = headers.into_iter().map(event).collect();
    let message = Run::signing_message(&events).unwrap();
    Run { signature: signature(key, &message), events }
}

fn why(result: Result<(), P2pError>) -> &'static str {
    match result {
        Err(P2pError::NoEquivocation(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_signed_events_for_one_place_are_a_proof() {
    let a = signed(vec![header(5, 1), header(6, 1), header(7, 1)], &KEY);
    let b = signed(vec![header(6, 2), header(7, 1)], &KEY);
    for (one, other) in [(&a, &b), (&b, &a)] {
        let proof = Equivocation::between(one, other).unwrap();
        assert_eq!((proof.seq(), proof.verify(KEY, &Hashed)), (6, Ok(())));
        assert_eq!(Equivocation::decode(&proof.encode()).unwrap(), proof);
        assert_eq!(why(proof.verify([8; 32], &Hashed)), "a signature that does not hold");
    }
    assert_eq!(Equivocation::between(&a, &b), Equivocation::between(&b, &a));
}

#[test]
fn what_proves_nothing_is_refused() {
    let a = signed(vec![header(5, 1)], &KEY);
    assert!(Equivocation::between(&a, &a).is_err());
    assert!(Equivocation::between(&a, &signed(vec![header(6, 1)], &KEY)).is_err());
    let one = SignedHeader::of(&a, 0).unwrap();
    let twice = Equivocation { first: one.clone(), second: one };
    assert_eq!(why(twice.check_shape()), "the same event twice, or not in order");
    type Change = fn(&mut Header);
    let changes: [(&str, Change); 4] = [
        ("two authors", |header| header.author.id[0] ^= 1),
        ("two realms", |header| header.realm.0[0] ^= 1),
        ("two places", |header| header.author_seq += 1),
        ("two keys", |header| header.key_ref.0[0] ^= 1),
    ];
    for (rule, change) in changes {
        let mut other = header(5, 2);
        change(&mut other);
        let b = signed(vec![other], &KEY);
        let both = [&a, &b].map(|run| SignedHeader::of(run, 0).unwrap());
        let [mut first, mut second] = both;
        if first.header.id() > second.header.id() {
            std::mem::swap(&mut first, &mut second);
        }
        let proof = Equivocation { first, second };
        assert_eq!(why(proof.verify(KEY, &Hashed)), rule);
    }
}

#[test]
fn every_changed_byte_is_refused() {
    let a = signed(vec![header(5, 1), header(6, 1), header(7, 1)], &KEY);
    let b = signed(vec![header(6, 2), header(7, 1)], &KEY);
    let bytes = Equivocation::between(&a, &b).unwrap().encode();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let holds = Equivocation::decode(&changed)
                .is_ok_and(|proof| proof.verify(KEY, &Hashed).is_ok());
            assert!(!holds, "byte {at}, bit {bit}");
        }
    }
}
