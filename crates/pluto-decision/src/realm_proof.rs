//! Entries of another realm, under a root that its creator signed as a checkpoint: how one realm
//! believes another, inside the fold and without asking anybody.
//!
//! 1. The realm's id is the hash of the genesis shown, whose author is the creator.
//! 2. Each key of the creator is promised by the one before it.
//! 3. The checkpoint is of that realm, by the creator, and its signature holds.
//! 4. The state shown leads to the state root of the checkpoint, at its size and log root.
//! 5. Every entry leads to the root of its component, and the claims are those entries.
//! 6. One more entry shows that no witnesses are declared: where there are some, the creator alone makes
//!    nothing final, and this version shows nothing.

use std::collections::BTreeSet;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::format::Format;
use pluto_core::payload::{CheckpointSigned, payload_of};
use pluto_core::traits::SignatureVerifier;
use pluto_core::{Component, Kind, RealmId};
use pluto_engines::finality::WITNESSES_KEY;
use pluto_identity::Zip215Verifier;
use pluto_realm::final_state::{Claim, FinalState};

use crate::bundle::{Entry, Party, Place, Provable, ProvenState, Shown};

/// A proof of entries of another realm.
pub const REALM_PROOF_FORMAT: Format = Format::new("realm-proof", 1);

/// Entries of a realm, under a root that its creator signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealmProof {
    /// The creator, from the genesis on.
    pub creator: Party,
    /// The checkpoint it signed.
    pub checkpoint: Shown,
    /// The state under it: the absence of witnesses, and what is claimed.
    pub state: ProvenState,
}

/// Believes proofs of version 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealmProofs;

impl FinalState for RealmProofs {
    fn prove(&self, realm: RealmId, claims: &[Claim<'_>], proof: &[u8]) -> Option<u64> {
        RealmProof::decode(proof).ok()?.verify(realm, claims, &Zip215Verifier).ok()
    }
}

impl RealmProof {
    /// Shows the entries at `places` of `state`, which must be what `checkpoint` is about.
    #[must_use]
    pub fn of(
        creator: Party,
        checkpoint: Shown,
        state: &dyn Provable,
        places: impl IntoIterator<Item = Place>,
    ) -> Self {
        let mut reads: BTreeSet<Place> = places.into_iter().collect();
        reads.insert((Component::Consensus, WITNESSES_KEY.to_vec()));
        Self { creator, checkpoint, state: ProvenState::of(state, &reads) }
    }

    /// Checks everything; gives the number of the checkpoint.
    ///
    /// # Errors
    /// What does not hold, in a few words.
    pub fn verify(
        &self,
        realm: RealmId,
        claims: &[Claim<'_>],
        verifier: &dyn SignatureVerifier,
    ) -> Result<u64, &'static str> {
        if self.creator.inception.id.0 != realm.0 {
            return Err("the genesis is of another realm");
        }
        let keys = self.creator.keys(realm, verifier)?;
        let event = &self.checkpoint.event;
        let key = keys.of(event).ok_or("the checkpoint is not the creator's")?;
        let is_checkpoint = event.header.kind.known() == Some(Kind::CheckpointSigned);
        if event.header.realm != realm || !is_checkpoint {
            return Err("the checkpoint is none of the realm");
        }
        let signed = self.checkpoint.signed(key).ok_or("a path does not fit its run")?;
        if verifier.verify(&[signed]) != [true] {
            return Err("the signature of the checkpoint does not hold");
        }
        let checkpoint: CheckpointSigned =
            payload_of(event).map_err(|_| "the checkpoint is malformed")?;
        let root = self.state.state_root(realm).map_err(|_| "the state has no root")?;
        let at = (checkpoint.state_root, checkpoint.size, checkpoint.log_root);
        if at != (root, self.state.position, self.state.log_root) {
            return Err("the checkpoint is about another state");
        }
        self.state.verify_entries().map_err(|_| "an entry does not lead to its root")?;
        if shows(&self.state.entries, claims) {
            Ok(checkpoint.number)
        } else {
            Err("something else is shown than is claimed")
        }
    }
}

/// Whether the entries are the absence of witnesses and the claims, no more and no less. Entries stand
/// in the order of their places: the number and each one found is enough.
fn shows(entries: &[Entry], claims: &[Claim<'_>]) -> bool {
    let alone = |entry: &Entry| {
        let place = (entry.component, &*entry.key);
        place == (Component::Consensus, WITNESSES_KEY) && entry.value.is_none()
    };
    let holds = |claim: &Claim<'_>| {
        entries.iter().any(|entry| {
            let place = (entry.component, &*entry.key);
            place == (claim.component, claim.key) && entry.value.as_deref() == Some(claim.value)
        })
    };
    entries.len() == claims.len() + 1 && entries.iter().any(alone) && claims.iter().all(holds)
}

impl Canonical for RealmProof {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(REALM_PROOF_FORMAT.version);
        self.creator.encode_into(out);
        self.checkpoint.encode_into(out);
        self.state.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (found, known) = (input.u8()?, REALM_PROOF_FORMAT.version);
        if found != known {
            return Err(CodecError::UnknownVersion { what: "realm proof", found, known });
        }
        Ok(Self {
            creator: Party::decode_from(input)?,
            checkpoint: Shown::decode_from(input)?,
            state: ProvenState::decode_from(input)?,
        })
    }
}
