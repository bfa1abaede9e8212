//! What readers get: versions of realms, and realms in outline.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::RealmId;
use pluto_error::Result;

use super::NervousSystem;
use crate::event_sourcing::RealmOutline;
use crate::snapshot::Snapshot;

impl NervousSystem {
    /// The newest published version of a realm, read from the store if it is not in memory; `None` for
    /// one that is not here. Many who ask at once for a realm that is not in memory wait for one load.
    ///
    /// # Errors
    /// When the realm is not in memory, its checkpoint is damaged, and the log cannot be read either.
    pub fn version(&self, realm: RealmId) -> Result<Option<Arc<Snapshot>>> {
        self.versions.get(realm)
    }

    /// As [`NervousSystem::version`], for whom a realm that cannot be read is not here.
    #[must_use]
    pub fn snapshot(&self, realm: RealmId) -> Option<Arc<Snapshot>> {
        let version = self.version(realm);
        version
            .inspect_err(|error| tracing::error!(%realm, %error, "a realm cannot be read"))
            .ok()?
    }

    /// The realms that are here, ascending; none is loaded for it.
    #[must_use]
    pub fn realms(&self) -> Vec<RealmId> {
        self.versions.realms()
    }

    /// The newest published version of a realm in outline; the realm is not loaded for it.
    #[must_use]
    pub fn outline(&self, realm: RealmId) -> Option<Arc<RealmOutline>> {
        self.versions.outline(&realm)
    }

    /// Every realm in outline, ascending; none is loaded for it.
    #[must_use]
    pub fn outlines(&self) -> BTreeMap<RealmId, Arc<RealmOutline>> {
        self.versions.outlines()
    }

    /// The same for the realms that changed since this was last asked, when `seen` is the number that
    /// came with that answer; some may not have changed. For all of them, when it is nothing.
    #[must_use]
    pub fn outlines_since(&self, seen: Option<u64>) -> (BTreeMap<RealmId, Arc<RealmOutline>>, u64) {
        self.versions.outlines_since(seen)
    }
}
