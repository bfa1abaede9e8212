//! A key-value store that forgets everything when dropped.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use pluto_core::traits::{KvBatch, KvStore, VisitEntry};
use pluto_error::Result;

/// Entries per lock while scanning: a visitor may call back into the store.
const SCAN_CHUNK: usize = 256;

/// An ordered map.
#[derive(Debug, Default)]
pub struct MemoryKv {
    entries: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryKv {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn chunk(&self, from: &[u8], prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries
            .range(from.to_vec()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(SCAN_CHUNK)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

impl KvStore for MemoryKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.entries.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn apply(&self, batch: &KvBatch) -> Result<()> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in &batch.writes {
            match value {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
        }
        Ok(())
    }

    fn scan(&self, prefix: &[u8], visit: &mut VisitEntry<'_>) -> Result<()> {
        let mut from = prefix.to_vec();
        loop {
            let chunk = self.chunk(&from, prefix);
            for (key, value) in &chunk {
                if visit(key, value).is_break() {
                    return Ok(());
                }
            }
            let Some((last, _)) = chunk.last().filter(|_| chunk.len() == SCAN_CHUNK) else {
                return Ok(());
            };
            from.clone_from(last);
            from.push(0);
        }
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}
