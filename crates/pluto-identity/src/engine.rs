//! The identity engine, and the key an author's first event proves by itself.
//!
//! A DID is the hash of its inception, so the first event of an author needs no lookup: the payload
//! that hashes to the author's DID carries the key that must have signed it.

use pluto_core::codec::Canonical;
use pluto_core::payload::{Inception, RealmGenesis};
use pluto_core::state::IdentityRecord;
use pluto_core::traits::{Effects, Engine, PublicKey, SignatureVerifier, StateView};
use pluto_core::{Component, Event, Kind, Verdict, VoidReason};

use crate::verifier::Zip215Verifier;

/// The version of the payloads this engine reads.
pub const PAYLOAD_VERSION: u8 = 1;

/// Records identities and their active keys in component `Identity`.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdentityEngine;

impl Engine for IdentityEngine {
    fn component(&self) -> Component {
        Component::Identity
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::IdentityBootstrapped, Kind::RealmGenesis]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        match self.open(view, event) {
            Ok(record) => {
                let did = event.header.author.to_bytes().to_vec();
                out.put(Component::Identity, did, record.encode());
                Verdict::Effective
            }
            Err(reason) => Verdict::Void(reason),
        }
    }
}

impl IdentityEngine {
    fn open(self, view: &dyn StateView, event: &Event) -> Result<IdentityRecord, VoidReason> {
        let inception = proven_inception(event)?;
        if view.get(Component::Identity, &event.header.author.to_bytes()).is_some() {
            return Err(VoidReason::AlreadyExists);
        }
        if event.header.author_seq != 0 {
            return Err(VoidReason::NotAllowed);
        }
        Ok(IdentityRecord {
            key: inception.key,
            key_event: event.id,
            next_key_digest: inception.next_key_digest,
        })
    }
}

/// The key that an author's first event carries and proves: the payload is an inception (alone, or
/// inside a genesis) whose hash is the author's DID, and the key is one that may start an identity.
/// `None` for every other event, and when the payload is absent.
#[must_use]
pub fn inception_key(event: &Event) -> Option<PublicKey> {
    let first = event.header.author_seq == 0;
    proven_inception(event).ok().filter(|_| first).map(|inception| inception.key)
}

fn proven_inception(event: &Event) -> Result<Inception, VoidReason> {
    let payload = event.payload.as_deref().ok_or(VoidReason::PayloadAbsent)?;
    if event.header.payload_version != PAYLOAD_VERSION {
        return Err(VoidReason::MalformedPayload);
    }
    let decoded = match event.header.kind.known() {
        Some(Kind::IdentityBootstrapped) if !event.header.is_genesis() => {
            Inception::decode(payload)
        }
        Some(Kind::RealmGenesis) if event.header.is_genesis() => {
            RealmGenesis::decode(payload).map(|genesis| genesis.creator)
        }
        _ => return Err(VoidReason::NotAllowed),
    };
    let inception = decoded.map_err(|_| VoidReason::MalformedPayload)?;
    if inception.did() != event.header.author || !Zip215Verifier.accepts_key(&inception.key) {
        return Err(VoidReason::InvalidProof);
    }
    Ok(inception)
}

#[cfg(test)]
mod tests;
