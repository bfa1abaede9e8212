//! What a signer signs, the verifier accepts; and nothing else.

use pluto_core::codec::Canonical;
use pluto_core::event::payload_hash;
use pluto_core::traits::{SignatureVerifier, SignedMessage};
use pluto_core::{Digest, EventId, Header, Kind, Namespace, RealmId};

use super::*;
use crate::secret::{IdentitySecret, Rotation};
use crate::verifier::Zip215Verifier;

fn key_pair() -> KeyPair {
    let seed = SecretSeed::from([3; 32]);
    IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Committed).key_pair()
}

fn events(author: Did, count: usize) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for index in 0..count as u64 {
        let before = events.last().map_or(EventId([4; 32]), |event| event.id);
        let header = Header {
            realm: RealmId([1; 32]),
            author,
            key_ref: EventId([3; 32]),
            author_seq: 5 + index,
            prev: Some(before),
            parents: before.into(),
            lamport: 9 + index,
            wall_ms: 0,
            kind: Kind::RecordPut.number(),
            payload_version: 1,
            payload_len: 1,
            payload_hash: payload_hash(b"x"),
        };
        events.push(Event { id: header.id(), header, payload: Some(b"x"[..].into()) });
    }
    events
}

fn verifies(key: PublicKey, run: &Run) -> bool {
    let message = Run::signing_message(&run.events).unwrap();
    Zip215Verifier.verify(&[SignedMessage { key, message, signature: run.signature }]) == [true]
}

#[test]
fn a_signed_run_verifies_after_a_round_trip() {
    let signer = key_pair();
    for count in [1, 2, 256] {
        let run = sign_run(&signer, events(signer.did(), count)).unwrap();
        let run = Run::decode(&run.encode()).unwrap();
        assert!(verifies(signer.public_key(), &run));
        let mut shorter = run.clone();
        shorter.events.pop();
        assert!(count == 1 || !verifies(signer.public_key(), &shorter));
        let mut forged = run;
        forged.events[0].id = Digest::ZERO.into();
        assert!(!verifies(signer.public_key(), &forged));
    }
}

#[test]
fn runs_without_events_or_with_too_many_are_refused() {
    let signer = key_pair();
    for count in [0, 257] {
        let error = sign_run(&signer, events(signer.did(), count)).unwrap_err();
        assert_eq!(error.code().id(), "IDN-0002", "{error}");
    }
}

#[test]
fn signatures_are_those_of_rfc_8032() {
    // RFC 8032, section 7.1, test 1: the empty message.
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33\
                     bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    let seed = SecretSeed::from(pluto_core::hex::parse(seed).unwrap());
    let pair = KeyPair::new(key_pair().did(), &seed);
    assert_eq!(pair.public_key(), pluto_core::hex::parse(key).unwrap());
    assert_eq!(pair.sign(b"").unwrap(), Signature(pluto_core::hex::parse(signature).unwrap()));
}
