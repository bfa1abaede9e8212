//! Opening a log: what is there, what of it the index covers, what must be read again.
//!
//! 1. Every file is ours, and the newest segment is of this version: else nothing is touched.
//! 2. The sealed segments are there with their length, and have indexes.
//! 3. The newest segment is read from where its index ends; its tail is judged.

use std::sync::Arc;

use pluto_error::Result;

use crate::disk::{Disk, Open, TEMPORARY, take_lock};
use crate::error::StorageError;
use crate::frame::SEGMENT_HEADER_BYTES;
use crate::index::{self, Entry, IndexFile, IndexHeader, Table, entries};
use crate::runs;

use super::reader::{Live, Shared};
use super::{
    Bad, Damage, Lock, LogOptions, OpenReport, Segment, SegmentLog, Step, Tail, Walk, WalkError,
    classify, index_name, segment_name,
};

/// Bytes per write of what is written again.
const REWRITE_BYTES: usize = 256 * 1024;

/// The lock file of a directory.
pub(crate) const LOCK_NAME: &str = "LOCK";

/// The files of a log's directory.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Positions of the segments, ascending.
    pub(crate) bases: Vec<u64>,
    /// Positions of the indexes, ascending.
    pub(crate) indexes: Vec<u64>,
    /// Names of files that were being written.
    pub(crate) temporary: Vec<String>,
    /// Names of files that are not ours.
    pub(crate) foreign: Vec<String>,
}

impl Listing {
    pub(crate) fn read(disk: &dyn Disk) -> Result<Self, StorageError> {
        let names = disk.list().map_err(|error| StorageError::io("list", disk.label(), error))?;
        let mut listing = Self::default();
        for name in names {
            let parsed = name.split_once('.').and_then(|(stem, kind)| {
                u64::from_str_radix(stem, 16).ok().map(|base| (base, kind))
            });
            match parsed {
                Some((base, "seg")) if name == segment_name(base) => listing.bases.push(base),
                Some((base, "idx")) if name == index_name(base) => listing.indexes.push(base),
                Some((_, kind)) if kind.ends_with(TEMPORARY) => listing.temporary.push(name),
                _ if name == LOCK_NAME => {}
                _ => listing.foreign.push(name),
            }
        }
        Ok(listing)
    }

    pub(crate) fn has_segment(&self, base: u64) -> bool {
        self.bases.binary_search(&base).is_ok()
    }

    fn has_index(&self, base: u64) -> bool {
        self.indexes.binary_search(&base).is_ok()
    }
}

pub(super) fn open(disk: Arc<dyn Disk>, options: LogOptions) -> Result<SegmentLog> {
    let lock = Lock(take_lock(&*disk, LOCK_NAME)?);
    let listing = Listing::read(&*disk)?;
    if let Some(file) = listing.foreign.first().cloned() {
        return Err(StorageError::ForeignFile { file }.into());
    }
    let mut report = OpenReport::default();
    let mut bases = listing.bases.clone();
    let newest = bases.last().map(|base| Segment::open(&*disk, *base, Open::Write));
    let newest = match newest.transpose() {
        Ok(newest) => newest,
        Err(StorageError::Damaged { file, offset, what }) => {
            report.damage = Some(Damage { file, offset, what });
            None
        }
        Err(other) => return Err(other.into()),
    };
    clean_up(&*disk, &listing)?;
    check_sealed(&*disk, &listing, &mut report)?;
    let segment = match newest {
        None if bases.is_empty() && report.damage.is_none() => {
            bases.push(0);
            Some(Segment::create(&*disk, 0, 0, options.step_bytes.min(options.segment_bytes))?)
        }
        other => other,
    };
    let found = segment.map(|segment| recover(&*disk, segment, &mut report)).transpose()?;
    Ok(assemble(disk, options, bases, found, report, lock))
}

/// Removes what a crash left half written, and makes every name durable: a killed process may have
/// renamed a segment without syncing the directory.
fn clean_up(disk: &dyn Disk, listing: &Listing) -> Result<(), StorageError> {
    for name in &listing.temporary {
        disk.remove(name).map_err(|error| StorageError::io("remove", &**name, error))?;
    }
    disk.sync_dir().map_err(|error| StorageError::io("sync", disk.label(), error))
}

/// Checks presence and length of the sealed segments, and writes missing indexes.
fn check_sealed(disk: &dyn Disk, listing: &Listing, report: &mut OpenReport) -> Result<()> {
    let damage = |base, offset, what| Some(Damage { file: segment_name(base), offset, what });
    if listing.bases.first().is_some_and(|first| *first != 0) {
        report.damage = damage(0, 0, "the file is missing");
    }
    if let Some(orphan) = listing.indexes.iter().find(|base| !listing.has_segment(**base)) {
        report.damage = damage(*orphan, 0, "the file is missing");
    }
    for pair in listing.bases.windows(2) {
        let [base, next] = *pair else { continue };
        let limit = next - base;
        let name = segment_name(base);
        let size = disk.open(&name, Open::Read).and_then(|file| file.size());
        let size = size.map_err(|error| StorageError::io("measure", name, error))?;
        if size < limit {
            report.damage = damage(base, size, "the file is cut, or the next one is missing");
        } else if !listing.has_index(base) {
            match rebuild_index(disk, base, Some(limit)) {
                Ok(()) => report.indexes_rebuilt += 1,
                Err(StorageError::Damaged { file, offset, what }) => {
                    report.damage = Some(Damage { file, offset, what });
                }
                Err(other) => return Err(other.into()),
            }
        }
    }
    Ok(())
}

/// Writes the index of a segment anew from its records: of a sealed one up to `limit`, of the newest as
/// far as its frames are whole.
pub(crate) fn rebuild_index(
    disk: &dyn Disk,
    base: u64,
    limit: Option<u64>,
) -> Result<(), StorageError> {
    let segment = Segment::open(disk, base, Open::Read)?;
    let mut found = Vec::new();
    let to = limit.map_or_else(|| segment.size(), Ok)?;
    let (at, bad) = walk_frames(&segment, from_start(&segment), to, &mut found)?;
    let covered = match IndexFile::open(disk, &index_name(base)) {
        Ok(old) if old.header().salt == segment.salt() => old.header().covered,
        _ => 0,
    };
    match bad {
        Some(Bad { offset, what }) if limit.is_some() || at.offset < covered => {
            Err(segment.damaged(offset, what))
        }
        _ => {
            let header = index_header(&segment, at.offset, at.sequence);
            index::write(disk, &index_name(base), &header, None, found).map(|_| ())
        }
    }
}

pub(super) fn index_header(segment: &Segment, covered: u64, next_sequence: u64) -> IndexHeader {
    let (base, salt) = (segment.base(), segment.salt());
    IndexHeader { base, salt, covered, next_sequence, count: 0 }
}

/// The index entries of all records before `limit`.
pub(super) fn collect_entries(segment: &Segment, limit: u64) -> Result<Vec<Entry>, StorageError> {
    let mut found = Vec::new();
    match walk_frames(segment, from_start(segment), limit, &mut found)? {
        (_, Some(Bad { offset, what })) => Err(segment.damaged(offset, what)),
        (_, None) => Ok(found),
    }
}

/// A place between two frames.
#[derive(Clone, Copy, Debug)]
struct Between {
    offset: u64,
    sequence: u64,
    frames: u64,
}

const fn from_start(segment: &Segment) -> Between {
    let offset = SEGMENT_HEADER_BYTES as u64;
    Between { offset, sequence: segment.first_sequence(), frames: 0 }
}

/// Reads whole frames from `from` on; gives where they end and what stopped the walk.
fn walk_frames(
    segment: &Segment,
    from: Between,
    limit: u64,
    found: &mut Vec<Entry>,
) -> Result<(Between, Option<Bad>), StorageError> {
    let mut walk = Walk::new(segment, from.offset, limit, Some(from.sequence));
    let mut at = from;
    let mut whole = found.len();
    let bad = loop {
        match walk.step() {
            Ok(Step::Frame) => whole = found.len(),
            Ok(Step::End) => break None,
            Ok(Step::Record { offset, bytes, completes, .. }) => {
                let Some(ids) = runs::ids(bytes) else {
                    break Some(Bad { offset, what: "the record is no run" });
                };
                found.extend(entries(&ids, offset));
                if completes {
                    let sequence = at.sequence + 1;
                    at = Between { offset: walk.offset(), sequence, frames: at.frames + 1 };
                    whole = found.len();
                }
            }
            Err(WalkError::Bad(bad)) => break Some(bad),
            Err(WalkError::Io(error)) => return Err(error),
        }
    };
    found.truncate(whole);
    Ok((at, bad))
}

/// The newest segment as found.
struct Found {
    segment: Segment,
    index: Option<IndexFile>,
    table: Table,
    at: Between,
    size: u64,
}

fn recover(disk: &dyn Disk, segment: Segment, report: &mut OpenReport) -> Result<Found> {
    let size = segment.size()?;
    let index = usable_index(disk, &segment)?;
    let from = index.as_ref().map_or_else(
        || from_start(&segment),
        |index| {
            let header = index.header();
            Between { offset: header.covered, sequence: header.next_sequence, frames: 0 }
        },
    );
    let mut table = Table::default();
    if size < from.offset {
        let (file, what) = (segment.name().to_owned(), "the file is cut");
        report.damage = Some(Damage { file, offset: size, what });
        return Ok(Found { segment, index, table, at: from, size });
    }
    let mut found = Vec::new();
    let (at, _) = walk_frames(&segment, from, size, &mut found)?;
    found.into_iter().for_each(|entry| table.insert(entry));
    report.frames_scanned = at.frames;
    let torn = match classify(&segment, at.offset, size)? {
        Tail::Clean => false,
        Tail::Torn { end } => {
            report.torn_bytes = end - at.offset;
            true
        }
        Tail::Damaged(Bad { offset, what }) => {
            report.damage = Some(Damage { file: segment.name().to_owned(), offset, what });
            false
        }
    };
    if report.damage.is_none() && (torn || at.frames > 0) {
        write_again(&segment, from.offset, at.offset)?;
        segment.fill_with_zeros(at.offset, at.offset + report.torn_bytes)?;
    }
    Ok(Found { segment, index, table, at, size })
}

/// Writes the bytes between as they are. What a killed process left in the page cache, or a failed sync
/// marked as written, may not be on disk, and no sync would put it there: only a write does.
fn write_again(segment: &Segment, from: u64, to: u64) -> Result<(), StorageError> {
    let mut chunk = vec![0; REWRITE_BYTES];
    let mut at = from;
    while at < to {
        let count = usize::try_from(to - at).unwrap_or(REWRITE_BYTES).min(REWRITE_BYTES);
        let bytes = chunk.get_mut(..count).unwrap_or_default();
        segment.read(at, bytes)?;
        segment.write(at, bytes)?;
        at += count as u64;
    }
    Ok(())
}

/// The index of the newest segment, if it is there and sound.
fn usable_index(disk: &dyn Disk, segment: &Segment) -> Result<Option<IndexFile>> {
    match IndexFile::open(disk, &index_name(segment.base())) {
        Ok(index) => {
            let header = index.header();
            let fits = header.salt == segment.salt() && header.base == segment.base();
            Ok(fits.then_some(index))
        }
        Err(StorageError::IndexDamaged { .. }) => Ok(None),
        Err(error) if error.is_missing() => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn assemble(
    disk: Arc<dyn Disk>,
    options: LogOptions,
    bases: Vec<u64>,
    found: Option<Found>,
    report: OpenReport,
    lock: Lock,
) -> SegmentLog {
    let last = bases.last().copied().unwrap_or_default();
    let mut live =
        Live { bases: Arc::new(bases), active: None, index: None, table: Table::default() };
    let (mut offset, mut zeroed, mut sequence) = (0, 0, 0);
    if let Some(found) = found {
        (offset, zeroed, sequence) = (found.at.offset, found.size, found.at.sequence);
        live.active = Some(Arc::new(found.segment));
        live.index = found.index.map(Arc::new);
        live.table = found.table;
    }
    let shared = Shared::new(disk, live, last + offset, report.damage.clone());
    SegmentLog {
        shared: Arc::new(shared),
        options,
        offset,
        zeroed,
        sequence,
        sealing: false,
        buffer: Vec::new(),
        poisoned: None,
        report,
        _lock: lock,
    }
}
