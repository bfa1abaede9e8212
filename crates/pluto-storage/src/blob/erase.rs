//! Erasing a blob: its bytes leave the disk, whatever points to it.
//!
//! The pin goes first, then the chunks that no other blob shares, the manifest last, with a sync of the
//! directory before it: as long as the manifest is there it says which chunks may be left, so that an
//! erasure which was cut off is finished by erasing again.

use std::sync::PoisonError;

use pluto_core::ids::BlobId;
use pluto_error::Result;

use super::{CHUNKS, FileBlobs, MANIFESTS, PINS, context, name};
use crate::disk::Open;
use crate::error::StorageError;

impl FileBlobs {
    /// Removes a blob, pinned or not, but for chunks it shares with others; gives the bytes freed. Of one
    /// that is not here nothing happens.
    ///
    /// # Errors
    /// `STO-0001` as the operating system says, `STO-0014` for a manifest that is damaged: of its own chunks
    /// nothing is known then, and nothing is removed.
    pub fn erase(&self, id: &BlobId) -> Result<u64> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(manifest) = self.manifest(&id.0)? else { return Ok(0) };
        let mut own: Vec<String> =
            manifest.chunks.iter().map(|hash| name(CHUNKS, &hash.0)).collect();
        own.sort_unstable();
        own.dedup();
        for other in self.of_kind(MANIFESTS)?.into_iter().filter(|other| *other != id.0) {
            // What a damaged manifest shares is not known: its blob is gone already.
            if let Ok(Some(shared)) = self.manifest(&other) {
                own.retain(|file| !shared.chunks.iter().any(|hash| *file == name(CHUNKS, &hash.0)));
            }
        }
        let mut freed = self.take_away(&name(PINS, &id.0))?;
        for file in &own {
            freed += self.take_away(file)?;
        }
        self.sync_names()?;
        freed += self.take_away(&name(MANIFESTS, &id.0))?;
        self.sync_names()?;
        Ok(freed)
    }

    /// Removes a file that may be there; gives its bytes.
    fn take_away(&self, file: &str) -> Result<u64, StorageError> {
        if !self.is_there(file)? {
            return Ok(0);
        }
        let size = self.disk.open(file, Open::Read).and_then(|opened| opened.size());
        let bytes = size.map_err(context("measure", file))?;
        self.remove(file)?;
        Ok(bytes)
    }

    fn sync_names(&self) -> Result<(), StorageError> {
        let label = self.disk.label();
        self.disk.sync_dir().map_err(context("sync", &label))
    }
}

#[cfg(test)]
mod tests;
