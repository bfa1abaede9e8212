//! A store: one directory with the log, the blobs, and the key-value store that the log can rebuild.
//!
//! ```text
//! FORMAT    `pluto store 1`: written first, read first
//! log/      segments and their indexes, and the lock of the whole store
//! blobs/    chunks, manifests, pins
//! index/    sled, and files of values beside it
//! footings/ kept files, once a payload was erased
//! ```
//! A directory that is not ours, or of another version, is refused before anything in it is touched.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pluto_core::format::Format;
use pluto_error::Result;

use crate::blob::FileBlobs;
use crate::disk::{Disk, RealDisk, TEMPORARY, read_all, replace};
use crate::error::StorageError;
use crate::kept::KeptFiles;
use crate::kv::SplitKv;
use crate::log::{LogOptions, SegmentLog};

/// The layout of a store's directory.
pub const STORE_FORMAT: Format = Format::new("store", 1);

pub(crate) const FORMAT_FILE: &str = "FORMAT";
pub(crate) const LOG_DIR: &str = "log";
pub(crate) const BLOBS_DIR: &str = "blobs";
pub(crate) const FOOTINGS_DIR: &str = "footings";
/// A kept file of that name says that the key-value store may hold what was erased from the log: opening
/// discards it, and it is built anew.
pub const STALE_INDEX: &str = "index.stale";
const INDEX_DIR: &str = "index";
const DISCARDED_DIR: &str = "index.discarded";
const FORMAT_PREFIX: &str = "pluto store ";
const FORMAT_BYTES_MAX: u64 = 64;

/// An open store. Its parts may be moved out: the log keeps the lock.
#[derive(Debug)]
pub struct Store {
    /// The log; whoever appends owns it.
    pub log: SegmentLog,
    /// The blobs.
    pub blobs: Arc<FileBlobs>,
    /// The key-value store, opened on demand.
    pub index: StoreIndex,
    /// What stands for erased payloads.
    pub footings: KeptFiles,
}

impl Store {
    /// Opens the store in `dir`, or begins one where there is nothing yet.
    ///
    /// # Errors
    /// `STO-0010` for another version, `STO-0011` for files that are not ours, both with nothing
    /// touched; and what [`SegmentLog::open`] and [`FileBlobs::open`] say.
    pub fn open(dir: &Path, options: LogOptions) -> Result<Self> {
        let refused = |error| StorageError::io("open", dir.display().to_string(), error);
        let root = RealDisk::create(dir).map_err(refused)?;
        if check_root(&root)? == Root::Empty {
            replace(&root, FORMAT_FILE, format_text().as_bytes())?;
        }
        let log_disk = RealDisk::create(dir.join(LOG_DIR)).map_err(refused)?;
        let log = SegmentLog::open(Arc::new(log_disk), options)?;
        let blob_disk = RealDisk::create(dir.join(BLOBS_DIR)).map_err(refused)?;
        let blobs = Arc::new(FileBlobs::open(Arc::new(blob_disk))?);
        let index = StoreIndex { dir: dir.to_owned(), open: Mutex::new(Weak::new()) };
        index.remove_discarded()?;
        let footings = KeptFiles::new(dir.join(FOOTINGS_DIR));
        if footings.get(STALE_INDEX)?.is_some() {
            index.reset()?;
            footings.remove(STALE_INDEX)?;
        }
        Ok(Self { log, blobs, index, footings })
    }

    /// Discards the key-value store; see [`StoreIndex::reset`].
    ///
    /// # Errors
    /// As [`StoreIndex::reset`].
    pub fn reset_index(&self) -> Result<()> {
        self.index.reset()
    }
}

/// The key-value store of a store.
#[derive(Debug)]
pub struct StoreIndex {
    dir: PathBuf,
    open: Mutex<Weak<SplitKv>>,
}

impl StoreIndex {
    /// Opens the key-value store; the one already open, if there is one.
    ///
    /// # Errors
    /// As [`SledKv::open`](crate::SledKv::open). One that is damaged (`STO-0012`):
    /// [`StoreIndex::reset`] it and rebuild it from the log. One of another version is discarded here.
    pub fn open(&self) -> Result<Arc<SplitKv>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kv) = open.upgrade() {
            return Ok(kv);
        }
        let dir = self.dir.join(INDEX_DIR);
        let kv = match SplitKv::open(&dir)? {
            Some(kv) => kv,
            None => {
                self.discard()?;
                SplitKv::open(&dir)?.ok_or(StorageError::IndexInUse)?
            }
        };
        let kv = Arc::new(kv);
        *open = Arc::downgrade(&kv);
        Ok(kv)
    }

    /// Discards the key-value store; the next [`StoreIndex::open`] begins an empty one. It is moved
    /// away as a whole first, so that a crash never leaves half of it.
    ///
    /// # Errors
    /// `STO-0018` while it is open; `STO-0001` as the operating system says.
    pub fn reset(&self) -> Result<()> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.strong_count() > 0 {
            return Err(StorageError::IndexInUse.into());
        }
        self.discard()
    }

    fn discard(&self) -> Result<()> {
        self.remove_discarded()?;
        let (from, to) = (self.dir.join(INDEX_DIR), self.dir.join(DISCARDED_DIR));
        if from.exists() {
            let refused = |error| StorageError::io("discard", from.display().to_string(), error);
            std::fs::rename(&from, &to).map_err(refused)?;
            RealDisk::existing(&self.dir).and_then(|root| root.sync_dir()).map_err(refused)?;
        }
        self.remove_discarded()
    }

    fn remove_discarded(&self) -> Result<()> {
        let path = self.dir.join(DISCARDED_DIR);
        if path.exists() {
            let removed = std::fs::remove_dir_all(&path);
            removed
                .map_err(|error| StorageError::io("remove", path.display().to_string(), error))?;
        }
        Ok(())
    }
}

/// What a directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// Nothing yet.
    Empty,
    /// A store of this version.
    Ours,
}

fn format_text() -> String {
    format!("{FORMAT_PREFIX}{}\n", STORE_FORMAT.version)
}

/// Reads what the directory is, and touches nothing.
pub(crate) fn check_root(root: &dyn Disk) -> Result<Root, StorageError> {
    let names = root.list().map_err(|error| StorageError::io("list", root.label(), error))?;
    let temporary = format!("{FORMAT_FILE}{TEMPORARY}");
    let ours =
        [FORMAT_FILE, LOG_DIR, BLOBS_DIR, INDEX_DIR, DISCARDED_DIR, FOOTINGS_DIR, &temporary];
    let known = STORE_FORMAT.version;
    if names.iter().any(|name| name == FORMAT_FILE) {
        let read = read_all(root, FORMAT_FILE, FORMAT_BYTES_MAX);
        let text = read.map_err(|error| StorageError::io("read", FORMAT_FILE, error))?;
        if text != format_text().as_bytes() {
            let found = String::from_utf8_lossy(&text).trim().to_owned();
            return Err(StorageError::UnknownFormat { file: FORMAT_FILE.to_owned(), found, known });
        }
    }
    if let Some(file) = names.iter().find(|name| !ours.contains(&name.as_str())) {
        return Err(StorageError::ForeignFile { file: file.clone() });
    }
    match names.iter().find(|name| *name != &temporary) {
        None => Ok(Root::Empty),
        Some(name) if name == FORMAT_FILE => Ok(Root::Ours),
        Some(_) => {
            let found = "none".to_owned();
            Err(StorageError::UnknownFormat { file: FORMAT_FILE.to_owned(), found, known })
        }
    }
}

#[cfg(test)]
mod tests;
