//! Shows entries of one realm to the fold of another: under a checkpoint that its creator signs for it.

use std::collections::BTreeSet;

use pluto_core::traits::{Clock, StateView};
use pluto_core::{Canonical, RealmId};
use pluto_decision::bundle::{Place, Shown};
use pluto_decision::realm_proof::RealmProof;
use pluto_engines::finality::is_chained;
use pluto_error::Result;
use pluto_nervous_system::NervousError;
use pluto_realm::final_state::PROOF_BYTES_MAX;

use super::{Author, Node, SystemClock, Version};
use crate::error::NodeError;

/// How often a checkpoint is signed anew because the realm moved meanwhile.
const ATTEMPTS: usize = 3;

impl Node {
    /// A proof of entries of `realm` that are there, under a checkpoint that `creator` signs now.
    ///
    /// # Errors
    /// `NOD-0006` when witnesses are declared, an entry is missing or the proof gets too long; `NOD-0026`
    /// when others write all the time.
    pub fn realm_proof(
        &self,
        realm: RealmId,
        creator: &Author<'_>,
        places: &BTreeSet<Place>,
    ) -> Result<Vec<u8>> {
        let refused = |why: &str| NodeError::BadProof(why.to_owned());
        for _ in 0..ATTEMPTS {
            let snapshot = self.snapshot(realm)?;
            if is_chained(&*snapshot) {
                let why = "the realm declares witnesses, and another realm believes only its creator: \
                           proofs between realms exist for realms without declared witnesses";
                return Err(refused(why).into());
            }
            if places.iter().any(|(component, key)| snapshot.get(*component, key).is_none()) {
                return Err(refused("the realm has nothing to show there").into());
            }
            let (signed, written) = creator.sign_checkpoint(self, realm, SystemClock.now_ms())?;
            if signed.state_root != snapshot.roots().state {
                continue;
            }
            let last = written.run.events.len().saturating_sub(1);
            let lost = || NervousError::UnknownEvent(written.event.id);
            let shown = Shown::of(&written.run, last).ok_or_else(lost)?;
            let party = self.party(&shown.event)?;
            let state = Version(&snapshot);
            let proof = RealmProof::of(party, shown, &state, places.iter().cloned()).encode();
            if proof.len() > PROOF_BYTES_MAX {
                return Err(refused("the proof is longer than another realm reads").into());
            }
            return Ok(proof);
        }
        let why = "the realm grows faster than a checkpoint of it is signed".to_owned();
        Err(NodeError::NotWritten { why, hint: "try again".to_owned() }.into())
    }
}
