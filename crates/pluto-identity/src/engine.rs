//! The identity engine.
//!
//! A DID is the hash of its inception, so the first event of an author needs no lookup: the payload
//! that hashes to the author's DID carries the key that must have signed it.

use pluto_core::codec::Canonical;
use pluto_core::payload::{Inception, inception};
use pluto_core::state::IdentityRecord;
use pluto_core::traits::{Effects, Engine, SignatureVerifier, StateView};
use pluto_core::{Component, Event, Kind, Verdict, VoidReason};

use crate::keys::guardians_key;
use crate::verifier::Zip215Verifier;

/// Records identities and their first keys in component `Identity`, their guardians in
/// `KeyManagement`.
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
            Ok(Inception { key, next_key_digest, recovery, .. }) => {
                let did = event.header.author;
                let record =
                    IdentityRecord { key, key_event: event.id, next_key_digest, frozen: false };
                out.put(Component::Identity, did.to_bytes().to_vec(), record.encode());
                if let Some(recovery) = recovery {
                    out.put(Component::KeyManagement, guardians_key(did), recovery.encode());
                }
                Verdict::Effective
            }
            Err(reason) => Verdict::Void(reason),
        }
    }
}

impl IdentityEngine {
    fn open(self, view: &dyn StateView, event: &Event) -> Result<Inception, VoidReason> {
        let inception = proven_inception(event)?;
        if view.get(Component::Identity, &event.header.author.to_bytes()).is_some() {
            return Err(VoidReason::AlreadyExists);
        }
        if event.header.author_seq != 0 {
            return Err(VoidReason::NotAllowed);
        }
        Ok(inception)
    }
}

fn proven_inception(event: &Event) -> Result<Inception, VoidReason> {
    let inception = inception(event)?;
    match Zip215Verifier.accepts_key(&inception.key) {
        true => Ok(inception),
        false => Err(VoidReason::InvalidProof),
    }
}

#[cfg(test)]
mod tests;
