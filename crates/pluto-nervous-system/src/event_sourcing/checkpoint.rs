//! Checkpoints: every realm at one place of the log, so that opening costs the tail and not the log.
//!
//! A checkpoint of a realm is one canonical blob in chunks; a *manifest* names the blobs of all realms
//! and the log position they cover. Two manifests are kept; opening reads the newer one, and a blob is read
//! when its realm is asked for (`catalogue`). Nothing here needs to be durable: what is lost is folded
//! again (`docs/formats/checkpoint.md`).

mod blob;
mod catalogue;
mod manifest;

use std::sync::Arc;

use pluto_core::traits::KvBatch;
use pluto_core::{Canonical, Digest, LogPosition, RealmId};
use pluto_error::Result;

use super::tiles::{encode_tile, tile_key};

pub use blob::CHECKPOINT_FORMAT;
pub(crate) use blob::{Capture, restore};
pub(crate) use catalogue::{Catalogue, Stored};
pub use manifest::{MANIFEST_FORMAT, RealmOutline};
use manifest::{Manifest, RealmEntry};

pluto_core::domains! {
    BLOB = "pluto checkpoint v1";
}

/// Bytes of one chunk of a blob.
const CHUNK_BYTES: usize = 64 * 1024;
/// Manifests kept.
const MANIFESTS: u64 = 2;

/// Writes checkpoints into a key-value store.
pub(crate) struct Checkpoints {
    catalogue: Arc<Catalogue>,
}

impl Checkpoints {
    /// Goes on after what the catalogue names.
    pub(crate) fn new(catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue }
    }

    /// Writes the captures of changed realms and a manifest over all realms.
    pub(crate) fn write(&mut self, captures: &[Capture], log_end: LogPosition) -> Result<()> {
        let mut next = self.catalogue.named().last.clone();
        (next.number, next.log_end) = (next.number + 1, log_end);
        for capture in captures {
            let entry = self.write_realm(capture, next.number)?;
            next.realms.insert(capture.realm, entry);
        }
        let store = self.catalogue.store();
        store.flush()?;
        let mut batch = KvBatch::default();
        batch.writes.push((manifest_key(next.number % MANIFESTS), Some(next.encode())));
        self.drop_unused(&next, &mut batch);
        store.apply(&batch)?;
        store.flush()?;
        self.catalogue.replace(next);
        Ok(())
    }

    fn write_realm(&self, capture: &Capture, generation: u64) -> Result<RealmEntry> {
        let store = self.catalogue.store();
        for (number, tile) in capture.new_tiles() {
            let key = tile_key(capture.realm, number);
            let write = (key, Some(encode_tile(tile)));
            store.apply(&KvBatch { writes: vec![write] })?;
        }
        let blob = capture.encode();
        for (index, chunk) in blob.chunks(CHUNK_BYTES).enumerate() {
            let key = chunk_key(capture.realm, generation, index as u64);
            store.apply(&KvBatch { writes: vec![(key, Some(chunk.to_vec()))] })?;
        }
        let (bytes, digest) = (blob.len() as u64, BLOB.hash(&blob));
        Ok(RealmEntry { generation, bytes, digest, outline: Arc::clone(&capture.outline) })
    }

    /// Removes the blobs that neither the last manifest nor the next one names.
    fn drop_unused(&self, next: &Manifest, batch: &mut KvBatch) {
        let named = self.catalogue.named();
        for (realm, old) in &named.before {
            let is_kept = next.realms.get(realm).is_some_and(|e| e.generation == old.generation);
            if !is_kept {
                let keys = (0..old.chunks()).map(|i| chunk_key(*realm, old.generation, i));
                batch.writes.extend(keys.map(|key| (key, None)));
            }
        }
    }
}

impl RealmEntry {
    fn chunks(&self) -> u64 {
        self.bytes.div_ceil(CHUNK_BYTES as u64)
    }

    fn matches(&self, blob: &[u8]) -> bool {
        let digest: Digest = BLOB.hash(blob);
        blob.len() as u64 == self.bytes && digest == self.digest
    }
}

/// Key of a manifest: `m` ‖ slot u64.
fn manifest_key(slot: u64) -> Vec<u8> {
    let mut key = vec![b'm'];
    key.extend_from_slice(&slot.to_be_bytes());
    key
}

/// Key of a chunk: `c` ‖ realm ‖ generation u64 ‖ index u64.
fn chunk_key(realm: RealmId, generation: u64, index: u64) -> Vec<u8> {
    let mut key = vec![b'c'];
    key.extend_from_slice(&realm.0);
    key.extend_from_slice(&generation.to_be_bytes());
    key.extend_from_slice(&index.to_be_bytes());
    key
}

#[cfg(test)]
mod golden;
