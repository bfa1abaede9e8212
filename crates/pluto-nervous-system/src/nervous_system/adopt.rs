//! Taking over the footing of a realm from a node that had the payloads.

use pluto_core::RealmId;
use pluto_error::Result;

use super::NervousSystem;
use crate::event_sourcing::{Adoption, SignedBorder};

impl NervousSystem {
    /// Checks a footing from elsewhere and keeps it; gives how many events stand before it. `chain` are the
    /// checkpoints at which the witnesses of the realm handed over, from its creator on, and last the one of the
    /// footing: the caller verified who signed them. All else follows from the log, which has every event
    /// before it, with payload or without.
    ///
    /// As it is in memory the realm does not change: it stands on the footing when it is opened next, without
    /// the index it has. One that stands as far keeps what it has.
    ///
    /// # Errors
    /// `NRV-0014` for a part that is not as it was signed or not as the log has it, `NRV-0009` when its state does
    /// not lead to its own roots, `NRV-0007` for an event that is not in the log yet. Then nothing is kept.
    pub fn adopt(&self, realm: RealmId, footing: &[u8], chain: &[SignedBorder]) -> Result<u64> {
        self.check_writable()?;
        let adoption = Adoption {
            realm,
            chain,
            log: &*self.log,
            authenticator: self.loader.authenticator.apart(),
            store: &self.store,
            footings: self.loader.catalogue.footings(),
        };
        adoption.adopt(footing)
    }
}
