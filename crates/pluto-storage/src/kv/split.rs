//! The index of a store: keys and small values in one key-value store, large values in files beside it.
//!
//! sled keeps values in pages of up to sixteen, whole, and lets a page go only after 64 uses in its part
//! of the cache: values of some kilobytes stand in memory by the hundred megabytes, whatever the cache
//! is set to. Here it holds places of a few bytes.
//!
//! 1. A large value is appended to the newest file; what the key-value store gets is its place. An old
//!    one that was replaced or removed leaves its bytes behind: of each file stands beside the places how
//!    many are in use, changed in the same batch.
//! 2. A flush syncs the files, then the places. Only then files that nothing is in any more are removed,
//!    and of those that are in use by less than half the values are moved to the newest: their files are
//!    empty by that, and the next flush removes them.
//! 3. After a crash a place may be there whose bytes are not. Its checksum tells, and the value counts
//!    as not there: whoever asks makes it anew from the log.

mod files;
mod slot;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pluto_core::format::Format;
use pluto_core::traits::{KvBatch, KvStore, VisitEntry};
use pluto_error::Result;

use super::SledKv;
use crate::disk::{Disk, RealDisk};
use crate::error::StorageError;
use files::{Files, value_at};
use slot::{Place, Slot};

/// How keys and places stand in the key-value store, and values in files.
pub const VALUES_FORMAT: Format = Format::new("values", 1);

/// The directory of the files, in that of the key-value store.
const VALUES_DIR: &str = "values";
/// Longer values stand in files.
const INLINE_BYTES_MAX: usize = 128;
/// Values moved by one flush.
const MOVED_MAX: usize = 4096;
/// Bytes moved at once.
const MOVED_BYTES: usize = 1024 * 1024;

/// Begins the key of an entry.
const ENTRY: u8 = 0;
/// Begins the key under which stands how much of a file is in use.
const USE: u8 = 1;
/// The key of the version of all this.
const VERSION: [u8; 1] = [2];

/// A key-value store with its large values in files.
pub struct SplitKv {
    small: Box<dyn KvStore>,
    disk: Arc<dyn Disk>,
    /// Whoever writes holds it; readers need it never.
    files: Mutex<Files>,
}

impl std::fmt::Debug for SplitKv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SplitKv").field("disk", &self.disk).finish_non_exhaustive()
    }
}

impl SplitKv {
    /// Opens the store in `dir`, or begins one; `None` for one of another version.
    ///
    /// # Errors
    /// As [`SledKv::open`], and for the files `STO-0001`.
    pub(crate) fn open(dir: &Path) -> Result<Option<Self>> {
        let small = SledKv::open(dir)?;
        let path = dir.join(VALUES_DIR);
        let refused = |error| StorageError::io("open", path.display().to_string(), error);
        let disk = RealDisk::create(&path).map_err(refused)?;
        Self::over(Box::new(small), Arc::new(disk))
    }

    /// The same over any store and any directory.
    ///
    /// # Errors
    /// When one of them cannot be read or written.
    pub fn over(small: Box<dyn KvStore>, disk: Arc<dyn Disk>) -> Result<Option<Self>> {
        match small.get(&VERSION)? {
            Some(version) if version == [VALUES_FORMAT.version] => {}
            Some(_) => return Ok(None),
            None if !is_empty(&*small)? => return Ok(None),
            None => {
                let version = Some(vec![VALUES_FORMAT.version]);
                small.apply(&KvBatch { writes: vec![(VERSION.to_vec(), version)] })?;
            }
        }
        let mut in_use = BTreeMap::new();
        small.scan(&[USE], &mut |key, value| {
            let number = key.get(1..).and_then(|rest| rest.try_into().ok());
            if let (Some(number), Ok(live)) = (number, value.try_into()) {
                in_use.insert(u64::from_be_bytes(number), u64::from_be_bytes(live));
            }
            ControlFlow::Continue(())
        })?;
        let files = Files::open(Arc::clone(&disk), &in_use)?;
        Ok(Some(Self { small, disk, files: Mutex::new(files) }))
    }

    fn lock(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, key: &[u8]) -> Result<Option<Slot>> {
        Ok(self.small.get(key)?.and_then(|bytes| Slot::decode(&bytes)))
    }

    /// The value of a slot of that key. One whose file is gone was moved meanwhile: it is looked up
    /// again.
    fn value(&self, key: &[u8], mut slot: Slot) -> Result<Option<Vec<u8>>> {
        loop {
            let place = match slot {
                Slot::Here(value) => return Ok(Some(value)),
                Slot::Aside(place) => place,
            };
            if let Some(value) = value_at(&*self.disk, &place)? {
                return Ok(Some(value));
            }
            match self.slot(key)? {
                Some(now) if now != Slot::Aside(place) => slot = now,
                _ => return Ok(None),
            }
        }
    }

    fn write(&self, files: &mut Files, batch: &KvBatch) -> Result<()> {
        // Later writes of a batch win.
        let last: BTreeMap<&[u8], Option<&[u8]>> =
            batch.writes.iter().map(|(key, value)| (key.as_slice(), value.as_deref())).collect();
        let mut writes = Vec::with_capacity(last.len() + 2);
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        for (key, value) in last {
            let key = entry_key(key);
            gone.extend(self.slot(&key)?.and_then(Slot::place));
            let slot = match value {
                Some(value) if value.len() > INLINE_BYTES_MAX => {
                    let place = files.append(value)?;
                    come.push(place);
                    Some(Slot::Aside(place).encode())
                }
                other => other.map(|value| Slot::Here(value.to_vec()).encode()),
            };
            writes.push((key, slot));
        }
        let in_use = files.in_use_after(&gone, &come);
        for (number, live) in &in_use {
            writes.push((use_key(*number), Some(live.to_be_bytes().to_vec())));
        }
        self.small.apply(&KvBatch { writes })?;
        files.uses(&in_use);
        Ok(())
    }

    /// Removes the files that nothing is in.
    fn remove_empty(&self, files: &mut Files) -> Result<()> {
        let removed = files.remove_empty()?;
        if removed.is_empty() {
            return Ok(());
        }
        let writes = removed.into_iter().map(|number| (use_key(number), None)).collect();
        self.small.apply(&KvBatch { writes })
    }

    /// Moves what is in files that are in use by less than half.
    fn tidy(&self, files: &mut Files) -> Result<()> {
        let sparse = files.sparse();
        if sparse.is_empty() {
            return Ok(());
        }
        let mut found: Vec<(Vec<u8>, Place)> = Vec::new();
        self.small.scan(&[ENTRY], &mut |key, slot| {
            let place = Slot::decode(slot).and_then(Slot::place);
            let place = place.filter(|place| sparse.contains(&place.file));
            found.extend(place.map(|place| (key.to_vec(), place)));
            if found.len() < MOVED_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let (mut batch, mut bytes) = (KvBatch::default(), 0);
        for (key, place) in found {
            let value = value_at(&*self.disk, &place)?;
            bytes += value.as_ref().map_or(0, Vec::len);
            batch.writes.push((key.get(1..).unwrap_or_default().to_vec(), value));
            if bytes >= MOVED_BYTES {
                self.write(files, &std::mem::take(&mut batch))?;
                bytes = 0;
            }
        }
        self.write(files, &batch)
    }
}

impl KvStore for SplitKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let key = entry_key(key);
        self.slot(&key)?.map_or(Ok(None), |slot| self.value(&key, slot))
    }

    fn apply(&self, batch: &KvBatch) -> Result<()> {
        let mut files = self.lock();
        files.check()?;
        self.write(&mut files, batch)
    }

    fn scan(&self, prefix: &[u8], visit: &mut VisitEntry<'_>) -> Result<()> {
        let mut outcome = Ok(());
        self.small.scan(&entry_key(prefix), &mut |key, slot| {
            let value = Slot::decode(slot).map_or(Ok(None), |slot| self.value(key, slot));
            match value {
                Ok(Some(value)) => visit(key.get(1..).unwrap_or_default(), &value),
                Ok(None) => ControlFlow::Continue(()),
                Err(error) => {
                    outcome = Err(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        outcome
    }

    fn flush(&self) -> Result<()> {
        let mut files = self.lock();
        files.check()?;
        files.sync()?;
        self.small.flush()?;
        self.remove_empty(&mut files)?;
        self.tidy(&mut files)
    }
}

fn is_empty(small: &dyn KvStore) -> Result<bool> {
    let mut is_empty = true;
    small.scan(&[], &mut |_, _| {
        is_empty = false;
        ControlFlow::Break(())
    })?;
    Ok(is_empty)
}

fn entry_key(key: &[u8]) -> Vec<u8> {
    [&[ENTRY], key].concat()
}

fn use_key(number: u64) -> Vec<u8> {
    [&[USE][..], &number.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests;
