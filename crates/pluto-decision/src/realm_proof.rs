//! Entries of another realm, under a final root of it: how one realm believes another, inside the fold
//! and without asking anybody.
//!
//! 1. The realm's id is the hash of the genesis shown, whose author is the creator.
//! 2. Each key of a party is promised by the one before it.
//! 3. The checkpoint is of that realm, and signed by whom the realm declared: the creator alone (version
//!    1), or a quorum of its witnesses, shown from the creator on (version 2).
//! 4. The state shown leads to the state root of the checkpoint, at its size and log root.
//! 5. Every entry leads to the root of its component, and the claims are those entries.
//! 6. In version 1 one more entry shows that no witnesses are declared: where there are some, the creator
//!    alone makes nothing final. In version 2 the chain says so itself.

use std::collections::BTreeSet;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::format::Format;
use pluto_core::traits::SignatureVerifier;
use pluto_core::{Component, RealmId};
use pluto_engines::finality::WITNESSES_KEY;
use pluto_identity::Zip215Verifier;
use pluto_realm::final_state::{Claim, FinalCheckpoint, FinalState};

use crate::bundle::{Entry, Party, Place, Provable, ProvenState, put_list, read_parties};
use crate::witnessing::{ALONE, CHAINED, Witnessing, attested};

/// A proof of entries of another realm.
pub const REALM_PROOF_FORMAT: Format = Format::new("realm-proof", 2);
/// A proof of entries of a realm whose creator signs alone.
pub const REALM_PROOF_ALONE_FORMAT: Format = Format::new("realm-proof", 1);
/// Longest proof of version 1 in bytes.
pub const PROOF_ALONE_BYTES_MAX: usize = 32 * 1024;

/// Entries of a realm, under a root that those signed who make it final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealmProof {
    /// Whose signatures are shown, the creator of the realm first, from the genesis on.
    pub parties: Vec<Party>,
    /// The checkpoint, and who signed it.
    pub witnessing: Witnessing,
    /// The state under it: what is claimed, and in version 1 the absence of witnesses.
    pub state: ProvenState,
}

/// Believes proofs of both versions.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealmProofs;

impl FinalState for RealmProofs {
    fn prove(&self, realm: RealmId, claims: &[Claim<'_>], proof: &[u8]) -> Option<FinalCheckpoint> {
        if proof.first() == Some(&ALONE) && proof.len() > PROOF_ALONE_BYTES_MAX {
            return None;
        }
        RealmProof::decode(proof).ok()?.verify(realm, claims, &Zip215Verifier).ok()
    }
}

impl RealmProof {
    /// Shows the entries at `places` of `state`, which must be what the checkpoint is about, with no more
    /// signatures than are needed.
    #[must_use]
    pub fn of(
        mut parties: Vec<Party>,
        mut witnessing: Witnessing,
        state: &dyn Provable,
        places: impl IntoIterator<Item = Place>,
    ) -> Self {
        let mut reads: BTreeSet<Place> = places.into_iter().collect();
        if matches!(witnessing, Witnessing::Creator(_)) {
            reads.insert((Component::Consensus, WITNESSES_KEY.to_vec()));
        }
        witnessing.trim(&mut parties);
        Self { parties, witnessing, state: ProvenState::of(state, &reads) }
    }

    /// Checks everything; gives the checkpoint.
    ///
    /// # Errors
    /// What does not hold, in a few words.
    pub fn verify(
        &self,
        realm: RealmId,
        claims: &[Claim<'_>],
        verifier: &dyn SignatureVerifier,
    ) -> Result<FinalCheckpoint, String> {
        let Self { parties, witnessing, state } = self;
        let genesis = parties.first().map(|creator| &creator.inception);
        let genesis = genesis.ok_or("the creator of the realm is not shown")?;
        if genesis.id.0 != realm.0 {
            return Err("the genesis is of another realm".to_owned());
        }
        let checkpoint = attested(genesis, parties, witnessing, verifier)?.last.checkpoint;
        let root = state.state_root(realm).map_err(|_| "the state has no root")?;
        let at = (checkpoint.state_root, checkpoint.size, checkpoint.log_root);
        if at != (root, state.position, state.log_root) {
            return Err("the checkpoint is about another state".to_owned());
        }
        state.verify_entries().map_err(|_| "an entry does not lead to its root")?;
        if !self.shows(claims) {
            return Err("something else is shown than is claimed".to_owned());
        }
        let (number, handovers) = (checkpoint.number, witnessing.handovers());
        Ok(FinalCheckpoint { number, handovers })
    }

    /// Whether the entries are the claims, and in version 1 the absence of witnesses, no more and no less.
    /// Entries stand in the order of their places: the number and each one found is enough.
    fn shows(&self, claims: &[Claim<'_>]) -> bool {
        let entries = &self.state.entries;
        let nobody = |entry: &Entry| {
            let place = (entry.component, &*entry.key);
            place == (Component::Consensus, WITNESSES_KEY) && entry.value.is_none()
        };
        let holds = |claim: &Claim<'_>| {
            entries.iter().any(|entry| {
                let place = (entry.component, &*entry.key);
                place == (claim.component, claim.key) && entry.value.as_deref() == Some(claim.value)
            })
        };
        let alone = matches!(self.witnessing, Witnessing::Creator(_));
        entries.len() == claims.len() + usize::from(alone)
            && (!alone || entries.iter().any(nobody))
            && claims.iter().all(holds)
    }
}

impl Canonical for RealmProof {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.witnessing.version());
        match self.witnessing {
            Witnessing::Creator(_) => self.parties.iter().for_each(|party| party.encode_into(out)),
            Witnessing::Chain { .. } => put_list(out, &self.parties),
        }
        self.witnessing.encode_into(out);
        self.state.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        let parties = match version {
            ALONE => vec![Party::decode_from(input)?],
            CHAINED => read_parties(input, version)?,
            found => {
                let known = REALM_PROOF_FORMAT.version;
                return Err(CodecError::UnknownVersion { what: "realm proof", found, known });
            }
        };
        let witnessing = Witnessing::decode_from(input, version)?;
        Ok(Self { parties, witnessing, state: ProvenState::decode_from(input)? })
    }
}
