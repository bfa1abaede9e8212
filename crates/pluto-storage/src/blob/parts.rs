//! A blob part by part: what a peer is handed, and what comes from one.
//!
//! Part 0 is the manifest, part n the chunk with index n − 1. A chunk is kept only under its hash in a
//! manifest that is the one of the blob, and the manifest is written when all chunks are here: so
//! what is here is a blob, and what is not yet is found again chunk by chunk after a cut.

use std::sync::PoisonError;

use pluto_core::Canonical;
use pluto_core::ids::BlobId;
use pluto_error::Result;

use super::{CHUNK, CHUNK_BYTES, CHUNKS, FileBlobs, MANIFEST, MANIFESTS, Manifest, name};
use crate::error::StorageError;

/// What a manifest says of its blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobPlan {
    /// Bytes of the blob.
    pub bytes: u64,
    /// The parts that are not here, ascending.
    pub missing: Vec<u16>,
}

impl FileBlobs {
    /// A part of a blob that is here.
    ///
    /// # Errors
    /// `STO-0014` for one that is damaged; `STO-0001` as the operating system says.
    pub fn part(&self, id: &BlobId, part: u16) -> Result<Option<Vec<u8>>> {
        let Some(manifest) = self.manifest(&id.0)? else { return Ok(None) };
        let Some(index) = part.checked_sub(1) else { return Ok(Some(manifest.encode())) };
        let hash = manifest.chunks.get(usize::from(index));
        Ok(hash.map(|hash| self.chunk(hash)).transpose()?)
    }

    /// What the manifest of a blob says; none for bytes that are not its manifest.
    #[must_use]
    pub fn plan(&self, id: &BlobId, manifest: &[u8]) -> Option<BlobPlan> {
        let Manifest { bytes, chunks } = parse(id, manifest)?;
        let mut missing = Vec::new();
        for (part, hash) in (1..).zip(&chunks) {
            // One that is damaged is replaced.
            if self.chunk(hash).is_err() {
                missing.push(part);
            }
        }
        Some(BlobPlan { bytes, missing })
    }

    /// Keeps a chunk of the blob with that manifest; false, with nothing kept, when it is not that
    /// chunk.
    ///
    /// # Errors
    /// `STO-0001` as the operating system says.
    pub fn keep(&self, id: &BlobId, manifest: &[u8], part: u16, chunk: &[u8]) -> Result<bool> {
        let manifest = parse(id, manifest);
        let index = part.checked_sub(1).map(usize::from);
        let hash = manifest.as_ref().zip(index).and_then(|(all, index)| all.chunks.get(index));
        match hash {
            Some(hash) if chunk.len() <= CHUNK_BYTES && CHUNK.hash(chunk) == *hash => {
                let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
                self.store(&name(CHUNKS, &hash.0), chunk)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Makes a blob of its chunks: from now on it is here.
    ///
    /// # Errors
    /// `STO-0014` when a chunk is missing or damaged; `STO-0001` as the operating system says.
    pub fn finish(&self, id: &BlobId, manifest: &[u8]) -> Result<()> {
        let file = name(MANIFESTS, &id.0);
        let damaged = |what| StorageError::BlobDamaged { file: file.clone(), what };
        let found = parse(id, manifest).ok_or_else(|| damaged("its hash is not its name"))?;
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = 0;
        for hash in &found.chunks {
            bytes += self.chunk(hash)?.len() as u64;
        }
        if bytes != found.bytes {
            return Err(damaged("its chunks have another length").into());
        }
        Ok(self.store(&file, manifest)?)
    }

    /// Bytes of a blob that is here.
    ///
    /// # Errors
    /// `STO-0014` for a manifest that is damaged; `STO-0001` as the operating system says.
    pub fn bytes(&self, id: &BlobId) -> Result<Option<u64>> {
        Ok(self.manifest(&id.0)?.map(|manifest| manifest.bytes))
    }
}

fn parse(id: &BlobId, manifest: &[u8]) -> Option<Manifest> {
    let found = Manifest::decode(manifest).ok()?;
    (MANIFEST.hash(manifest).0 == id.0).then_some(found)
}
