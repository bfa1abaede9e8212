//! Checkpoints: every realm at one place of the log, so that opening costs the tail and not the log.
//!
//! A checkpoint of a realm is one canonical blob in chunks; a *manifest* names the blobs of all realms
//! and the log position they cover. Two manifests are kept, the newest whose blobs are whole counts.
//! Nothing here needs to be durable: what is lost is folded again (`docs/formats/checkpoint.md`).

mod blob;
mod manifest;

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::traits::{KvBatch, KvStore};
use pluto_core::{Canonical, Digest, LogPosition, RealmId};
use pluto_error::Result;

use super::realm_state::RealmState;
use super::tiles::{encode_tile, tile_key};

pub use blob::CHECKPOINT_FORMAT;
pub(crate) use blob::Capture;
pub use manifest::MANIFEST_FORMAT;
use manifest::{Manifest, RealmEntry};

pluto_core::domains! {
    BLOB = "pluto checkpoint v1";
}

/// Bytes of one chunk of a blob.
const CHUNK_BYTES: usize = 64 * 1024;
/// Manifests kept.
const MANIFESTS: u64 = 2;

/// Writes and reads checkpoints in a key-value store.
pub(crate) struct Checkpoints {
    store: Arc<dyn KvStore>,
    last: Manifest,
    /// Realms of the manifest before the last: their blobs are still needed.
    before: BTreeMap<RealmId, RealmEntry>,
}

impl Checkpoints {
    /// Finds the newest whole checkpoint and restores its realms.
    pub(crate) fn open(store: Arc<dyn KvStore>) -> Result<(Self, Vec<RealmState>, LogPosition)> {
        let mut found: Vec<Manifest> = Vec::new();
        for slot in 0..MANIFESTS {
            let bytes = store.get(&manifest_key(slot))?;
            found.extend(bytes.and_then(|bytes| Manifest::decode(&bytes).ok()));
        }
        found.sort_by_key(|manifest| std::cmp::Reverse(manifest.number));
        for (index, manifest) in found.iter().enumerate() {
            match restore(&store, manifest) {
                Ok(realms) => {
                    let before = found.get(index + 1).map(|m| m.realms.clone()).unwrap_or_default();
                    let checkpoints = Self { store, last: manifest.clone(), before };
                    return Ok((checkpoints, realms, manifest.log_end));
                }
                Err(error) => {
                    tracing::warn!(number = manifest.number, %error, "checkpoint is not usable");
                }
            }
        }
        let checkpoints = Self { store, last: Manifest::default(), before: BTreeMap::new() };
        Ok((checkpoints, Vec::new(), LogPosition(0)))
    }

    /// Writes the captures of changed realms and a manifest over all realms.
    pub(crate) fn write(&mut self, captures: &[Capture], log_end: LogPosition) -> Result<()> {
        let number = self.last.number + 1;
        let mut next = Manifest { number, log_end, realms: self.last.realms.clone() };
        for capture in captures {
            let entry = self.write_realm(capture, number)?;
            next.realms.insert(capture.realm, entry);
        }
        self.store.flush()?;
        let mut batch = KvBatch::default();
        batch.writes.push((manifest_key(number % MANIFESTS), Some(next.encode())));
        self.drop_unused(&next, &mut batch);
        self.store.apply(&batch)?;
        self.store.flush()?;
        self.before = std::mem::replace(&mut self.last, next).realms;
        Ok(())
    }

    fn write_realm(&self, capture: &Capture, generation: u64) -> Result<RealmEntry> {
        for (number, tile) in capture.new_tiles() {
            let key = tile_key(capture.realm, number);
            let write = (key, Some(encode_tile(tile)));
            self.store.apply(&KvBatch { writes: vec![write] })?;
        }
        let blob = capture.encode();
        for (index, chunk) in blob.chunks(CHUNK_BYTES).enumerate() {
            let key = chunk_key(capture.realm, generation, index as u64);
            self.store.apply(&KvBatch { writes: vec![(key, Some(chunk.to_vec()))] })?;
        }
        Ok(RealmEntry { generation, bytes: blob.len() as u64, digest: BLOB.hash(&blob) })
    }

    /// Removes the blobs that neither the last manifest nor the next one names.
    fn drop_unused(&self, next: &Manifest, batch: &mut KvBatch) {
        for (realm, old) in &self.before {
            let kept = [&self.last.realms, &next.realms]
                .iter()
                .any(|realms| realms.get(realm).is_some_and(|e| e.generation == old.generation));
            if !kept {
                let keys = (0..old.chunks()).map(|i| chunk_key(*realm, old.generation, i));
                batch.writes.extend(keys.map(|key| (key, None)));
            }
        }
    }
}

fn restore(store: &Arc<dyn KvStore>, manifest: &Manifest) -> Result<Vec<RealmState>> {
    let mut realms = Vec::with_capacity(manifest.realms.len());
    for (realm, entry) in &manifest.realms {
        let mut blob = Vec::new();
        for index in 0..entry.chunks() {
            let chunk = store.get(&chunk_key(*realm, entry.generation, index))?;
            blob.extend_from_slice(&chunk.unwrap_or_default());
        }
        realms.push(blob::restore(*realm, &blob, entry, store)?);
    }
    Ok(realms)
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
