//! Blobs of the node for peers, and of peers for the node.

use std::sync::Arc;
use std::time::Duration;

use pluto_core::BlobId;
use pluto_core::traits::BlobStore;
use pluto_error::Result;
use pluto_p2p::blob::{BlobShelf, Outcome, Plan};
use pluto_storage::FileBlobs;

use super::Node;

/// The blobs of the node as peers see them.
pub(super) struct Shelf(pub(super) Arc<FileBlobs>);

impl BlobShelf for Shelf {
    fn part(&self, id: &BlobId, part: u16) -> Result<Option<Vec<u8>>> {
        self.0.part(id, part)
    }

    fn plan(&self, id: &BlobId, manifest: &[u8]) -> Result<Option<Plan>> {
        let plan = self.0.plan(id, manifest);
        Ok(plan.map(|plan| Plan { bytes: plan.bytes, missing: plan.missing }))
    }

    fn keep(&self, id: &BlobId, manifest: &[u8], part: u16, chunk: &[u8]) -> Result<bool> {
        self.0.keep(id, manifest, part, chunk)
    }

    fn finish(&self, id: &BlobId, manifest: &[u8]) -> Result<()> {
        self.0.finish(id, manifest)
    }

    fn ids(&self, max: usize) -> Result<Vec<BlobId>> {
        let mut ids = self.0.ids()?;
        ids.truncate(max);
        Ok(ids)
    }
}

impl Node {
    /// Stores a blob, and tells those who look for it that it is here.
    ///
    /// # Errors
    /// `NOD-0040` for one that was erased; what the blobs say; `P2P-0010`.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<BlobId> {
        let id = self.blobs.put(bytes)?;
        if let Err(erased) = self.check_not_erased(&id) {
            self.blobs.erase(&id)?;
            return Err(erased);
        }
        match &*self.online() {
            Some(network) => network.provide(id).map(|()| id),
            None => Ok(id),
        }
    }

    /// The bytes of a blob: from here, else from peers, if the node is online and one of them has it
    /// within `patience`. A blob of more than `bytes_max` bytes is not fetched.
    ///
    /// # Errors
    /// `NOD-0040` for one that was erased, which nobody is asked for; what the blobs say; `P2P-0010`.
    pub fn blob(&self, id: &BlobId, bytes_max: u64, patience: Duration) -> Result<Option<Vec<u8>>> {
        self.check_not_erased(id)?;
        if let Some(bytes) = self.blobs.get(id)? {
            return Ok(Some(bytes));
        }
        self.shared.with(|kept| kept.blobs.remove(id));
        match &*self.online() {
            Some(network) => network.want(*id, bytes_max)?,
            None => return Ok(None),
        }
        self.wait_until(patience, || self.shared.with(|kept| kept.blobs.contains_key(id)));
        match self.shared.with(|kept| kept.blobs.remove(id)) {
            Some(Outcome::Here) => self.blobs.get(id),
            _ => Ok(None),
        }
    }
}
