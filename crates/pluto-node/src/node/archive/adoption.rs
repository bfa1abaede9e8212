//! Footings on their way to nodes that join after payloads were erased.

use pluto_core::{Canonical, RealmId};
use pluto_decision::epoch::{self, Sealed};
use pluto_decision::realm_footing::RealmFooting;
use pluto_decision::witnessing::Cosigned;
use pluto_error::Result;
use pluto_identity::Zip215Verifier;
use pluto_nervous_system::event_sourcing::{
    Border, Footing, FootingStore as _, Quorum, SignedBorder,
};
use pluto_realm::archive::epochs;

use super::Node;
use crate::error::NodeError;

/// A footing that was taken over.
#[derive(Debug)]
pub struct Adopted {
    /// What the manifest beside it shows.
    pub sealed: Sealed,
    /// How many events stand before it.
    pub position: u64,
}

impl Node {
    /// The footing of a realm, with the manifest that shows who signed its place.
    ///
    /// # Errors
    /// `NOD-0003` when the realm has no footing, or the manifest is not here; what its check says.
    pub fn export_footing(&self, realm: RealmId) -> Result<RealmFooting> {
        let missing = |what, hint: &str| NodeError::NotFound {
            what,
            name: self.realm_name(realm),
            hint: hint.to_owned(),
        };
        let footing = self.footings.get(realm)?;
        let none = "nothing was erased from it: whoever joins folds it from the first event";
        let footing = footing.ok_or_else(|| missing("footing", none))?;
        let stands = Footing::decode(&footing)?;
        let snapshot = self.snapshot(realm)?;
        for record in epochs(&*snapshot).filter(|record| record.end == stands.position()) {
            let Some(manifest) = self.manifest(&record)? else { continue };
            if epoch::verify(&manifest, &Zip215Verifier)?.attested.last.hash == stands.checkpoint()
            {
                return Ok(RealmFooting { manifest, footing });
            }
        }
        let hint = "`pluto archive list` names it; fetch it with `pluto blob get`";
        Err(missing("manifest of the epoch before its footing", hint).into())
    }

    /// Takes over a footing, believing nothing but signatures and the log of this node. The realm stands on
    /// it when the node is opened next.
    ///
    /// # Errors
    /// What the check of the manifest says, and [`pluto_nervous_system::NervousSystem::adopt`]. Then nothing
    /// is kept.
    pub fn adopt_footing(&self, file: &RealmFooting) -> Result<Adopted> {
        let sealed = epoch::verify(&file.manifest, &Zip215Verifier)?;
        let attested = &sealed.attested;
        let chain = attested.handovers.iter().chain([&attested.last]).map(border_of);
        let chain: Vec<SignedBorder> = chain.collect();
        let position = self.system.adopt(sealed.realm, &file.footing, &chain)?;
        Ok(Adopted { sealed, position })
    }

    /// The last border of a realm, if what stands before it is not what was signed there.
    ///
    /// # Errors
    /// `NRV-0006` for a realm that is not here, `NRV-0010` for a part of the order that cannot be read.
    pub fn signed_otherwise(&self, realm: RealmId) -> Result<Option<Border>> {
        self.system.ask(realm, |view| Ok(view.signed_otherwise()?.cloned()))
    }
}

fn border_of(signed: &Cosigned) -> SignedBorder {
    let (witnesses, threshold) = (signed.set.witnesses().to_vec(), signed.set.threshold());
    let by = Quorum { witnesses, threshold };
    SignedBorder { hash: signed.hash, checkpoint: signed.checkpoint.clone(), by }
}
