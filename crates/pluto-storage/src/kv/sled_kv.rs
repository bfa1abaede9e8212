//! The key-value store over sled 0.34, the only place that names it.
//!
//! sled acknowledges `flush` before the data is on disk on Linux (`sync_file_range`, no `fsync`), so
//! it holds only what the log can rebuild, and [`SledKv::flush`] adds the `fdatasync` that is missing.
//! sled panics on some damaged files instead of returning an error: opening is therefore caught, and
//! says `pluto fsck --rebuild` like every other failure here.

use std::fmt::Display;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use pluto_core::traits::{KvBatch, KvStore, VisitEntry};
use pluto_error::Result;

use crate::error::StorageError;

/// sled's page cache in bytes: state and hot indexes live in the node's own bounded memory.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// sled's data file within its directory.
const DATA_FILE: &str = "db";

/// A key-value store in a directory of its own.
#[derive(Debug)]
pub struct SledKv {
    db: sled::Db,
    dir: PathBuf,
}

fn failed(action: &'static str, why: &impl Display) -> StorageError {
    StorageError::Kv { action, why: why.to_string() }
}

impl SledKv {
    /// Opens the store in `dir`, or begins one.
    ///
    /// # Errors
    /// `STO-0012` when it is damaged.
    pub fn open(dir: &Path) -> Result<Self> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .mode(sled::Mode::LowSpace);
        match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(db)) => Ok(Self { db, dir: dir.to_owned() }),
            Ok(Err(error)) => Err(failed("open", &error).into()),
            Err(_) => Err(failed("open", &"its files are damaged").into()),
        }
    }
}

impl KvStore for SledKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let value = self.db.get(key).map_err(|error| failed("read", &error))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn apply(&self, batch: &KvBatch) -> Result<()> {
        let mut changes = sled::Batch::default();
        for (key, value) in &batch.writes {
            match value {
                Some(value) => changes.insert(key.as_slice(), value.as_slice()),
                None => changes.remove(key.as_slice()),
            }
        }
        Ok(self.db.apply_batch(changes).map_err(|error| failed("write", &error))?)
    }

    fn scan(&self, prefix: &[u8], visit: &mut VisitEntry<'_>) -> Result<()> {
        for entry in self.db.scan_prefix(prefix) {
            let (key, value) = entry.map_err(|error| failed("read", &error))?;
            if visit(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        self.db.flush().map_err(|error| failed("flush", &error))?;
        let path = self.dir.join(DATA_FILE);
        let synced = File::open(&path).and_then(|file| file.sync_data());
        Ok(synced.map_err(|error| StorageError::io("sync", path.display().to_string(), error))?)
    }
}
