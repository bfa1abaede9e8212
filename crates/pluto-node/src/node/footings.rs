//! The footings of the node's realms as files: the state at a border, and who vouches for it.

use pluto_core::RealmId;
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::FootingStore;
use pluto_storage::{KeptFiles, STALE_INDEX};

const FOOTING: &str = ".footing";

/// Footings in the store of a node, each a file named by its realm.
#[derive(Debug)]
pub(crate) struct Footings(KeptFiles);

impl Footings {
    pub(super) const fn new(files: KeptFiles) -> Self {
        Self(files)
    }

    /// The index holds older states of what is about to be erased: the next opening builds it anew.
    pub(super) fn outdate_index(&self) -> Result<()> {
        self.0.put(STALE_INDEX, b"")
    }
}

impl FootingStore for Footings {
    fn realms(&self) -> Result<Vec<RealmId>> {
        let names = self.0.names()?;
        let realms = names.iter().filter_map(|name| name.strip_suffix(FOOTING)?.parse().ok());
        Ok(realms.collect())
    }

    fn get(&self, realm: RealmId) -> Result<Option<Vec<u8>>> {
        self.0.get(&format!("{realm}{FOOTING}"))
    }

    /// The index first: it may hold another state of what stands before the footing.
    fn put(&self, realm: RealmId, footing: &[u8]) -> Result<()> {
        self.outdate_index()?;
        self.0.put(&format!("{realm}{FOOTING}"), footing)
    }
}
