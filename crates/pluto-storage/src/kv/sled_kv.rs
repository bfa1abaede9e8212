//! The key-value store over sled 0.34, the only place that names it.
//!
//! sled acknowledges `flush` before the data is on disk on Linux (`sync_file_range`, no `fsync`), so
//! it holds only what the log can rebuild, and [`SledKv::flush`] adds the `fdatasync` that is missing.
//!
//! Two of its habits are kept away from the node. It panics on some damaged files and some failed
//! operations: every call goes through one place that catches that. And a write that failed can leave a
//! buffer behind that no thread will ever write (a value too large for a page whose file found no room):
//! from then on every flush waits for that buffer, the one in its destructor too, and so does a read of
//! a page that left its cache unwritten. So after the first failed write nothing is asked of it any
//! more, and it is leaked instead of dropped: its memory and its lock on the file last as long as the
//! process, and nothing is lost, because the log has it all.

use std::fs::File;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pluto_core::traits::{KvBatch, KvStore, VisitEntry};
use pluto_error::{Code, Coded, Result};

use crate::error::StorageError;

/// sled's page cache in bytes: state and hot indexes live in the node's own bounded memory. It is cut into
/// 256 parts, and a part lets pages go only after 64 uses: pages must be small for it to be a bound.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// sled's data file within its directory.
const DATA_FILE: &str = "db";
/// How sled's text begins when another handle has the file.
const LOCKED_TEXT: &str = "could not acquire lock";

/// A key-value store in a directory of its own.
#[derive(Debug)]
pub struct SledKv {
    db: sled::Db,
    dir: PathBuf,
    /// The first write that failed.
    failed: OnceLock<(Code, String)>,
}

/// Runs one operation of sled, and makes an error of whatever it does.
fn guarded<T>(
    action: &'static str,
    dir: &Path,
    operation: impl FnOnce() -> sled::Result<T>,
) -> Result<T, StorageError> {
    match catch_unwind(AssertUnwindSafe(operation)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failure(action, dir, error)),
        Err(_) => Err(StorageError::Kv { action, why: "its files are damaged".to_owned() }),
    }
}

/// Tells what the operating system refused from what is wrong with the files. An error that sled made
/// itself is about the files; one of the operating system is not, except that a file is missing.
fn failure(action: &'static str, dir: &Path, error: sled::Error) -> StorageError {
    match error {
        sled::Error::Io(error) if error.to_string().starts_with(LOCKED_TEXT) => {
            StorageError::IndexInUse
        }
        sled::Error::Io(error) if !is_about_files(error.kind()) => {
            StorageError::io(action, dir.display().to_string(), error)
        }
        error => StorageError::Kv { action, why: error.to_string() },
    }
}

fn is_about_files(kind: ErrorKind) -> bool {
    use ErrorKind::{InvalidData, InvalidInput, NotFound, Other, UnexpectedEof};
    matches!(kind, InvalidData | InvalidInput | NotFound | Other | UnexpectedEof)
}

impl SledKv {
    /// Opens the store in `dir`, or begins one.
    ///
    /// # Errors
    /// `STO-0012` when it is damaged; `STO-0001` and `STO-0002` as the operating system says;
    /// `STO-0018` when this process has it open, or had and could not let it go after a failed write.
    pub fn open(dir: &Path) -> Result<Self> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .mode(sled::Mode::LowSpace);
        let db = guarded("open", dir, || config.open())?;
        Ok(Self { db, dir: dir.to_owned(), failed: OnceLock::new() })
    }

    /// Refuses everything after a failed write.
    fn check(&self) -> Result<(), StorageError> {
        match self.failed.get() {
            None => Ok(()),
            Some((code, why)) => Err(StorageError::KvEnded { code: *code, why: why.clone() }),
        }
    }

    fn read<T>(&self, operation: impl FnOnce() -> sled::Result<T>) -> Result<T, StorageError> {
        self.check()?;
        guarded("read", &self.dir, operation)
    }

    fn write<T>(&self, outcome: Result<T, StorageError>) -> Result<T, StorageError> {
        outcome.inspect_err(|error| {
            if self.failed.set((error.code(), error.to_string())).is_ok() {
                // A reference that is never given back: the destructor of the last one would wait for
                // ever.
                std::mem::forget(self.db.clone());
            }
        })
    }

    fn sync(&self) -> Result<(), StorageError> {
        guarded("flush", &self.dir, || self.db.flush())?;
        let path = self.dir.join(DATA_FILE);
        let synced = File::open(&path).and_then(|file| file.sync_data());
        synced.map_err(|error| StorageError::io("sync", path.display().to_string(), error))
    }
}

impl KvStore for SledKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.read(|| self.db.get(key))?.map(|value| value.to_vec()))
    }

    fn apply(&self, batch: &KvBatch) -> Result<()> {
        self.check()?;
        let mut changes = sled::Batch::default();
        for (key, value) in &batch.writes {
            match value {
                Some(value) => changes.insert(key.as_slice(), value.as_slice()),
                None => changes.remove(key.as_slice()),
            }
        }
        Ok(self.write(guarded("write", &self.dir, || self.db.apply_batch(changes)))?)
    }

    fn scan(&self, prefix: &[u8], visit: &mut VisitEntry<'_>) -> Result<()> {
        let mut entries = self.read(|| Ok(self.db.scan_prefix(prefix)))?;
        // Only sled's part is guarded: a panic of the visitor is none of its business.
        while let Some((key, value)) = self.read(|| entries.next().transpose())? {
            if visit(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        self.check()?;
        Ok(self.write(self.sync())?)
    }
}

/// What was applied and not flushed is flushed here, where a failure can still be met by leaking:
/// sled's own destructor would panic.
impl Drop for SledKv {
    fn drop(&mut self) {
        if self.failed.get().is_none() {
            let _ = self.write(self.sync());
        }
    }
}

#[cfg(test)]
mod tests;
