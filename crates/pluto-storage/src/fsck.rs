//! `pluto fsck`: reads every byte of a store that is not open, and says what is wrong and what to do.
//!
//! Nothing is changed. Each record must decode as a run, each frame follow the one before, each index
//! name exactly the events of its segment.

use std::path::Path;
use std::sync::Arc;

use pluto_core::traits::BlobStore;
use pluto_error::{Code, Coded, Result};

use crate::blob::FileBlobs;
use crate::codes;
use crate::disk::{Disk, Open, RealDisk, take_lock};
use crate::error::StorageError;
use crate::frame::SEGMENT_HEADER_BYTES;
use crate::index::{Entry, IndexFile, entries};
use crate::log::{
    Bad, LOCK_NAME, Listing, Segment, Step, Tail, Walk, WalkError, classify, index_name,
    rebuild_index, segment_name,
};
use crate::runs;
use crate::store::{BLOBS_DIR, LOG_DIR, check_root};

const FROM_PEER: &str = "restore the file from a backup, or fetch the realm again from a peer";
const REBUILD: &str = "run `pluto fsck --rebuild`";
const AT_START: &str = "nothing to do: removed when the node next starts";
const MOVE_AWAY: &str = "move the file away";

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: String,
    /// Byte offset in the file.
    pub offset: u64,
    /// What kind of fault.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub repair: &'static str,
}

/// What a check read and found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Segments read.
    pub segments: u64,
    /// Whole frames: batches.
    pub frames: u64,
    /// Records.
    pub records: u64,
    /// Events.
    pub events: u64,
    /// Bytes of all segments.
    pub bytes: u64,
    /// Blobs read.
    pub blobs: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, file: &str, offset: u64, code: Code, message: &str, repair: &'static str) {
        let (file, message) = (file.to_owned(), message.to_owned());
        self.findings.push(Finding { file, offset, code, message, repair });
    }

    fn add_error(&mut self, file: &str, error: &StorageError, repair: &'static str) {
        let (StorageError::Damaged { offset, .. } | StorageError::IndexDamaged { offset, .. }) =
            error
        else {
            return self.add(file, 0, error.code(), &error.to_string(), repair);
        };
        self.add(file, *offset, error.code(), &error.to_string(), repair);
    }
}

/// Checks the store in `dir`.
///
/// # Errors
/// `STO-0006` while it is open, `STO-0010` and `STO-0011` when it is no store of this version.
pub fn fsck(dir: &Path) -> Result<Report> {
    let refused = |error| StorageError::io("open", dir.display().to_string(), error);
    check_root(&RealDisk::existing(dir).map_err(refused)?)?;
    let mut report = fsck_log(&RealDisk::existing(dir.join(LOG_DIR)).map_err(refused)?)?;
    match RealDisk::existing(dir.join(BLOBS_DIR)) {
        Ok(disk) => check_blobs(Arc::new(disk), &mut report)?,
        Err(_) => report.add(BLOBS_DIR, 0, codes::FILE_MISSING, "the folder is missing", FROM_PEER),
    }
    Ok(report)
}

/// Checks a log.
///
/// # Errors
/// `STO-0006` while it is open, `STO-0001` as the operating system says.
pub fn fsck_log(disk: &dyn Disk) -> Result<Report> {
    let _lock = take_lock(disk, LOCK_NAME)?;
    let listing = Listing::read(disk)?;
    let mut report = Report::default();
    for file in &listing.foreign {
        report.add(file, 0, codes::FOREIGN_FILE, "not a file of the log", MOVE_AWAY);
    }
    for file in &listing.temporary {
        report.add(file, 0, codes::ORPHAN_FILE, "a write that never finished", AT_START);
    }
    for base in listing.indexes.iter().filter(|base| !listing.has_segment(**base)) {
        let what = "there is an index, but no segment";
        report.add(&segment_name(*base), 0, codes::FILE_MISSING, what, FROM_PEER);
    }
    if listing.bases.first().is_some_and(|base| *base != 0) {
        report.add(&segment_name(0), 0, codes::FILE_MISSING, "the first segment", FROM_PEER);
    }
    let mut sequence = Some(0);
    for (place, base) in listing.bases.iter().enumerate() {
        let next = listing.bases.get(place + 1).copied();
        sequence = check_segment(disk, *base, next, sequence, &mut report)?;
    }
    Ok(report)
}

/// Writes the index of every segment anew from its records. Gives the number of indexes.
///
/// # Errors
/// `STO-0006` while the log is open, `STO-0003` when a segment is damaged: its index stays as it is.
pub fn rebuild_indexes(disk: &dyn Disk) -> Result<u64> {
    let _lock = take_lock(disk, LOCK_NAME)?;
    let bases = Listing::read(disk)?.bases;
    for (place, base) in bases.iter().enumerate() {
        let next = bases.get(place + 1);
        rebuild_index(disk, *base, next.map(|next| next - base))?;
    }
    Ok(bases.len() as u64)
}

/// What a walk over a whole segment found.
struct Walked {
    found: Vec<Entry>,
    offset: u64,
    sequence: Option<u64>,
    bad: Option<Bad>,
}

/// Checks one segment and its index; gives the number that the next segment's first frame must have.
fn check_segment(
    disk: &dyn Disk,
    base: u64,
    next: Option<u64>,
    sequence: Option<u64>,
    report: &mut Report,
) -> Result<Option<u64>> {
    let name = segment_name(base);
    let segment = match Segment::open(disk, base, Open::Read) {
        Ok(segment) => segment,
        Err(error @ (StorageError::Damaged { .. } | StorageError::UnknownFormat { .. })) => {
            report.add_error(&name, &error, FROM_PEER);
            return Ok(None);
        }
        Err(other) => return Err(other.into()),
    };
    let size = segment.size()?;
    report.segments += 1;
    report.bytes += size;
    if sequence.is_some_and(|expected| expected != segment.first_sequence()) {
        report.add(&name, 0, codes::LOG_DAMAGED, "a segment before it is missing", FROM_PEER);
    }
    let limit = next.map_or(size, |next| next - base);
    if size < limit {
        report.add(&name, size, codes::LOG_DAMAGED, "the file is cut", FROM_PEER);
    }
    let walked = walk(&segment, limit.min(size), report)?;
    let is_last = next.is_none();
    let covered =
        IndexFile::open(disk, &index_name(base)).map_or(0, |index| index.header().covered);
    check_end(&segment, size, is_last && walked.offset >= covered, &walked, report)?;
    check_index(disk, &segment, is_last, walked.found, walked.offset, report)?;
    Ok(if walked.bad.is_some() { None } else { walked.sequence })
}

fn walk(segment: &Segment, limit: u64, report: &mut Report) -> Result<Walked> {
    let (start, first) = (SEGMENT_HEADER_BYTES as u64, Some(segment.first_sequence()));
    let mut walk = Walk::new(segment, start, limit, first);
    let mut walked = Walked { found: Vec::new(), offset: start, sequence: first, bad: None };
    let mut whole = 0;
    loop {
        match walk.step() {
            Ok(Step::Frame) => {}
            Ok(Step::End) => break,
            Ok(Step::Record { offset, bytes, completes, .. }) => {
                if !runs::decodes(bytes) {
                    let what = "the record does not decode as a run";
                    report.add(segment.name(), offset, codes::LOG_DAMAGED, what, FROM_PEER);
                }
                let ids = runs::ids(bytes).unwrap_or_default();
                walked.found.extend(entries(&ids, offset));
                report.records += 1;
                report.events += ids.len() as u64;
                if completes {
                    report.frames += 1;
                    whole = walked.found.len();
                    (walked.offset, walked.sequence) = (walk.offset(), walk.sequence());
                }
            }
            Err(WalkError::Bad(bad)) => {
                walked.bad = Some(bad);
                break;
            }
            Err(WalkError::Io(error)) => return Err(error.into()),
        }
    }
    walked.found.truncate(whole);
    Ok(walked)
}

/// Judges why the walk ended where it did.
fn check_end(
    segment: &Segment,
    size: u64,
    may_be_torn: bool,
    walked: &Walked,
    report: &mut Report,
) -> Result<()> {
    let Some(Bad { offset, what }) = walked.bad else { return Ok(()) };
    let tail = match may_be_torn {
        true => classify(segment, walked.offset, size)?,
        false => Tail::Damaged(Bad { offset, what }),
    };
    match tail {
        Tail::Clean => {}
        Tail::Torn { .. } => {
            let what = "a batch that was never acknowledged is cut off";
            report.add(segment.name(), walked.offset, codes::TORN_TAIL, what, AT_START);
        }
        Tail::Damaged(_) => {
            report.add(segment.name(), offset, codes::LOG_DAMAGED, what, FROM_PEER);
        }
    }
    Ok(())
}

/// Compares the index with the events that were found.
fn check_index(
    disk: &dyn Disk,
    segment: &Segment,
    is_last: bool,
    mut found: Vec<Entry>,
    end: u64,
    report: &mut Report,
) -> Result<()> {
    let name = index_name(segment.base());
    let index = match IndexFile::open(disk, &name) {
        Ok(index) => index,
        Err(error @ StorageError::IndexDamaged { .. }) => {
            report.add_error(&name, &error, REBUILD);
            return Ok(());
        }
        Err(error) if error.is_missing() => {
            if !is_last {
                report.add(&name, 0, codes::FILE_MISSING, "the segment has no index", REBUILD);
            }
            return Ok(());
        }
        Err(other) => return Err(other.into()),
    };
    let header = index.header();
    let mut named = Vec::new();
    if let Err(error) = index.visit(|entry| named.push(entry)) {
        report.add_error(&name, &error, REBUILD);
        return Ok(());
    }
    if header.covered > end {
        let what = "the index names events that are gone";
        report.add(segment.name(), end, codes::LOG_DAMAGED, what, FROM_PEER);
        return Ok(());
    }
    found.retain(|entry| u64::from(entry.offset) < header.covered);
    found.sort_unstable();
    let whole = is_last || header.covered == end;
    if named != found || header.salt != segment.salt() || !whole {
        let what = "the index does not name the events of its segment";
        report.add(&name, 0, codes::INDEX_DAMAGED, what, REBUILD);
    }
    Ok(())
}

fn check_blobs(disk: Arc<dyn Disk>, report: &mut Report) -> Result<()> {
    let blobs = match FileBlobs::check(disk) {
        Ok(blobs) => blobs,
        Err(error) => {
            report.add(BLOBS_DIR, 0, error.code(), &error.chain(), MOVE_AWAY);
            return Ok(());
        }
    };
    for id in blobs.ids()? {
        report.blobs += 1;
        if let Err(error) = blobs.get(&id) {
            let file = error.leaf::<StorageError>().and_then(StorageError::file);
            let file = file.unwrap_or(BLOBS_DIR).to_owned();
            report.add(&file, 0, error.code(), &error.chain(), FROM_PEER);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
