//! Shows entries of one realm to the fold of another: under a checkpoint that its creator signs for it, or
//! under the last one that its witnesses made final.

use std::collections::BTreeSet;
use std::sync::Arc;

use pluto_core::traits::{Clock, StateView};
use pluto_core::{Canonical, RealmId};
use pluto_decision::bundle::{Party, Place, Shown};
use pluto_decision::realm_proof::{PROOF_ALONE_BYTES_MAX, RealmProof};
use pluto_decision::witnessing::Witnessing;
use pluto_engines::finality::is_chained;
use pluto_error::Result;
use pluto_nervous_system::{NervousError, Snapshot};
use pluto_realm::final_state::PROOF_BYTES_MAX;

use super::{Author, Node, SystemClock, Version};
use crate::error::NodeError;

/// How often a checkpoint is signed anew because the realm moved meanwhile.
const ATTEMPTS: usize = 3;

/// A proof for another realm.
pub struct ProvenRealm {
    /// Its bytes.
    pub proof: Vec<u8>,
    /// The realm as the proof shows it.
    pub state: Arc<Snapshot>,
}

impl Node {
    /// A proof of entries of `realm` that are there: under a checkpoint that `creator` signs now, or where
    /// witnesses are declared, under the last one that they signed.
    ///
    /// # Errors
    /// `NOD-0006` when an entry is missing or the proof gets too long; `NOD-0026` when nobody signed
    /// what shows it, or others write all the time; `DCN-0003` when what witnesses signed cannot be shown.
    pub fn realm_proof(
        &self,
        realm: RealmId,
        creator: Option<&Author<'_>>,
        places: &BTreeSet<Place>,
    ) -> Result<ProvenRealm> {
        let snapshot = self.snapshot(realm)?;
        if !has(&snapshot, places) {
            return Err(refused("the realm has nothing to show there").into());
        }
        if is_chained(&*snapshot) {
            return self.proof_by_witnesses(realm, places);
        }
        let nobody = || {
            let hint = "the creator of the realm signs it";
            not_yet("nobody signs what another realm is to believe", hint)
        };
        self.proof_by_creator(realm, creator.ok_or_else(nobody)?, places)
    }

    fn proof_by_witnesses(&self, realm: RealmId, places: &BTreeSet<Place>) -> Result<ProvenRealm> {
        let unsigned = || {
            let why =
                "the witnesses of the realm have not signed this yet, and nobody else can show it";
            let hint =
                "try again when they have: `pluto realm witness sign`, or `pluto serve --witness`";
            not_yet(why, hint)
        };
        if self.snapshot(realm)?.border().is_none() {
            return Err(unsigned().into());
        }
        let (witnessed, state) = self.chain(realm)?;
        if !has(&state, places) {
            return Err(unsigned().into());
        }
        let (parties, witnessing) = (witnessed.parties, witnessed.witnessing);
        let proof = RealmProof::of(parties, witnessing, &Version(&state), places.iter().cloned());
        Ok(ProvenRealm { proof: bounded(&proof, PROOF_BYTES_MAX)?, state: Arc::new(state) })
    }

    fn proof_by_creator(
        &self,
        realm: RealmId,
        creator: &Author<'_>,
        places: &BTreeSet<Place>,
    ) -> Result<ProvenRealm> {
        for _ in 0..ATTEMPTS {
            let state = self.snapshot(realm)?;
            let (signed, written) = creator.sign_checkpoint(self, realm, SystemClock.now_ms())?;
            if signed.state_root != state.roots().state {
                continue;
            }
            let last = written.run.events.len().saturating_sub(1);
            let lost = || NervousError::UnknownEvent(written.event.id);
            let shown = Shown::of(&written.run, last).ok_or_else(lost)?;
            let party: Party = self.party(&shown.event)?;
            let witnessing = Witnessing::Creator(shown);
            let places = places.iter().cloned();
            let proof = RealmProof::of(vec![party], witnessing, &Version(&state), places);
            return Ok(ProvenRealm { proof: bounded(&proof, PROOF_ALONE_BYTES_MAX)?, state });
        }
        let why = "the realm grows faster than a checkpoint of it is signed";
        Err(not_yet(why, "try again").into())
    }
}

fn has(state: &Snapshot, places: &BTreeSet<Place>) -> bool {
    places.iter().all(|(component, key)| state.get(*component, key).is_some())
}

fn bounded(proof: &RealmProof, max: usize) -> Result<Vec<u8>, NodeError> {
    let bytes = proof.encode();
    let found = bytes.len();
    if found > max {
        let why = format!("the proof has {found} bytes, and another realm reads at most {max}");
        return Err(refused(&why));
    }
    Ok(bytes)
}

fn refused(why: &str) -> NodeError {
    NodeError::BadProof(why.to_owned())
}

fn not_yet(why: &str, hint: &str) -> NodeError {
    NodeError::NotWritten { why: why.to_owned(), hint: hint.to_owned() }
}
