//! The files of large values: the newest grows, the others only lose.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::sync::Arc;

use pluto_error::{Code, Coded, Result};

use super::slot::Place;
use crate::disk::{Disk, DiskFile, Open};
use crate::error::StorageError;

/// A file of this length gets a successor.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Ends the name of a file; before it stands its number, as 16 hexadecimal digits.
const SUFFIX: &str = ".val";

/// A file: its bytes, and how many of them a place points to.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    bytes: u64,
    live: u64,
}

/// What whoever writes knows of the files.
pub(super) struct Files {
    disk: Arc<dyn Disk>,
    known: BTreeMap<u64, Extent>,
    /// The newest file, once something was written.
    newest: Option<Arc<dyn DiskFile>>,
    /// Files with bytes that are not synced.
    unsynced: Vec<Arc<dyn DiskFile>>,
    /// Files came or went.
    is_listed: bool,
    /// The first sync that failed: nothing is known of what it should have made durable.
    failed: Option<(Code, String)>,
}

fn name_of(number: u64) -> String {
    format!("{number:016x}{SUFFIX}")
}

fn number_of(name: &str) -> Option<u64> {
    u64::from_str_radix(name.strip_suffix(SUFFIX)?, 16).ok()
}

/// The value at a place; `None` when it is not there, or not whole.
pub(super) fn value_at(disk: &dyn Disk, place: &Place) -> Result<Option<Vec<u8>>, StorageError> {
    let name = name_of(place.file);
    let failed = |error| StorageError::io("read", &name, error);
    let file = match disk.open(&name, Open::Read) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?,
    };
    let end = place.offset.checked_add(place.len);
    if end.is_none_or(|end| file.size().is_ok_and(|size| end > size)) {
        return Ok(None);
    }
    let Ok(len) = usize::try_from(place.len) else { return Ok(None) };
    let mut value = vec![0; len];
    let read = file.read_at(place.offset, &mut value).map_err(failed)?;
    Ok((read == len && crc32fast::hash(&value) == place.crc).then_some(value))
}

impl Files {
    /// The files in `disk`, of which so many bytes are in use.
    pub(super) fn open(disk: Arc<dyn Disk>, in_use: &BTreeMap<u64, u64>) -> Result<Self> {
        let failed = |error| StorageError::io("list", disk.label(), error);
        let mut known = BTreeMap::new();
        for number in disk.list().map_err(failed)?.iter().filter_map(|name| number_of(name)) {
            let file = disk.open(&name_of(number), Open::Read).map_err(failed)?;
            let live = in_use.get(&number).copied().unwrap_or_default();
            known.insert(number, Extent { bytes: file.size().map_err(failed)?, live });
        }
        // One that a crash took, with places that outlived it: its number is not given again.
        for (number, live) in in_use {
            let gone = Extent { bytes: FILE_BYTES_MAX, live: *live };
            known.entry(*number).or_insert(gone);
        }
        let (newest, unsynced) = (None, Vec::new());
        Ok(Self { disk, known, newest, unsynced, is_listed: true, failed: None })
    }

    /// Refuses everything after a sync that failed.
    pub(super) fn check(&self) -> Result<(), StorageError> {
        match &self.failed {
            None => Ok(()),
            Some((code, why)) => Err(StorageError::KvEnded { code: *code, why: why.clone() }),
        }
    }

    /// Writes a value behind the others.
    pub(super) fn append(&mut self, value: &[u8]) -> Result<Place, StorageError> {
        let (number, file) = self.newest()?;
        let extent = self.known.entry(number).or_default();
        let (offset, len) = (extent.bytes, value.len() as u64);
        let failed = |error| StorageError::io("write", name_of(number), error);
        // What a failed write left stands behind the end, and the next one takes its place.
        file.write_at(offset, value).map_err(failed)?;
        extent.bytes += len;
        Ok(Place { file: number, offset, len, crc: crc32fast::hash(value) })
    }

    /// The file that is written to.
    fn newest(&mut self) -> Result<(u64, Arc<dyn DiskFile>), StorageError> {
        let last = self.known.last_key_value().map(|(number, extent)| (*number, extent.bytes));
        if let Some((number, bytes)) = last
            && bytes < FILE_BYTES_MAX
        {
            if let Some(file) = &self.newest {
                return Ok((number, Arc::clone(file)));
            }
            return self.begin(number, Open::Write);
        }
        self.begin(last.map_or(1, |(number, _)| number + 1), Open::Create)
    }

    fn begin(&mut self, number: u64, how: Open) -> Result<(u64, Arc<dyn DiskFile>), StorageError> {
        let name = name_of(number);
        let opened = self.disk.open(&name, how);
        let file = opened.map_err(|error| StorageError::io("open", name, error))?;
        self.known.entry(number).or_default();
        self.is_listed &= how != Open::Create;
        self.newest = Some(Arc::clone(&file));
        self.unsynced.push(Arc::clone(&file));
        Ok((number, file))
    }

    /// How many bytes of each file that this touches are in use when `gone` goes and `come` comes.
    pub(super) fn in_use_after(&self, gone: &[Place], come: &[Place]) -> BTreeMap<u64, u64> {
        let mut after = BTreeMap::new();
        let mut live = |place: &Place, change: fn(u64, u64) -> u64| {
            let now = || self.known.get(&place.file).map_or(0, |extent| extent.live);
            let live = after.entry(place.file).or_insert_with(now);
            *live = change(*live, place.len);
        };
        come.iter().for_each(|place| live(place, u64::saturating_add));
        gone.iter().for_each(|place| live(place, u64::saturating_sub));
        after
    }

    /// Takes that over.
    pub(super) fn uses(&mut self, in_use: &BTreeMap<u64, u64>) {
        for (number, live) in in_use {
            if let Some(extent) = self.known.get_mut(number) {
                extent.live = *live;
            }
        }
    }

    /// Makes everything written durable.
    pub(super) fn sync(&mut self) -> Result<(), StorageError> {
        let synced = self.sync_all();
        if let Err(error) = &synced {
            self.failed = Some((error.code(), error.to_string()));
        }
        synced
    }

    fn sync_all(&mut self) -> Result<(), StorageError> {
        let failed = |error| StorageError::io("sync", self.disk.label(), error);
        self.unsynced.iter().try_for_each(|file| file.sync_data()).map_err(failed)?;
        if !self.is_listed {
            self.disk.sync_dir().map_err(failed)?;
            self.is_listed = true;
        }
        // The newest is written to again.
        self.unsynced.clear();
        self.unsynced.extend(self.newest.clone());
        Ok(())
    }

    /// Those that nothing is appended to any more.
    fn closed(&self) -> impl Iterator<Item = (u64, Extent)> {
        let newest = self.known.last_key_value().map(|(number, _)| *number);
        let known = self.known.iter().map(|(number, extent)| (*number, *extent));
        known.filter(move |(number, _)| Some(*number) != newest)
    }

    /// Removes the files that nothing is in, and says which.
    pub(super) fn remove_empty(&mut self) -> Result<Vec<u64>, StorageError> {
        let empty: Vec<u64> =
            self.closed().filter(|(_, one)| one.live == 0).map(|(number, _)| number).collect();
        for number in &empty {
            let name = name_of(*number);
            match self.disk.remove(&name) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StorageError::io("remove", name, error));
                }
                _ => self.known.remove(number),
            };
        }
        Ok(empty)
    }

    /// The files that are in use by less than half.
    pub(super) fn sparse(&self) -> BTreeSet<u64> {
        let is_sparse = |one: &Extent| one.live > 0 && one.live < one.bytes / 2;
        self.closed().filter(|(_, one)| is_sparse(one)).map(|(number, _)| number).collect()
    }
}
