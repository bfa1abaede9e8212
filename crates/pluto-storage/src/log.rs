//! The event log: append-only segment files, one frame per batch, synced before `append` returns.
//!
//! Invariants. A frame is written only after the frame before it is durable, so at most the last frame
//! of the last segment can be torn. The bytes between the last frame and the end of the file are zero
//! and durable, so that the sync of a frame changes no metadata. A segment is sealed, with its whole
//! index beside it, before the next is created: only the newest segment is ever scanned at open.
//! Positions count bytes over all segments; the name of a segment is the position of its first byte.
//! Payloads are taken out of sealed segments only, each replaced as a whole.
//!
//! After a failed write or sync nothing is known about the file: the log refuses writes until it is
//! opened anew. A full disk is met while making room, before anything is written, and can be retried.

mod erase;
mod open;
mod reader;
mod segment;
mod tail;
mod walk;

use std::sync::Arc;

use pluto_core::limits::RUN_BYTES_MAX;
use pluto_core::traits::{EventLog, EventLogReader, LogRecord};
use pluto_core::{EventId, LogPosition};
use pluto_error::Result;

use crate::disk::Disk;
use crate::error::StorageError;
use crate::frame::{FRAME_HEADER_BYTES, RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, encode_frame};
use crate::index::{self, entries};
use crate::runs;

pub(crate) use open::{LOCK_NAME, Listing, rebuild_index};
use reader::{Reader, Shared};
pub(crate) use segment::{Segment, index_name, segment_name};
pub(crate) use tail::{Tail, classify};
pub(crate) use walk::{Bad, Step, Walk, WalkError};

/// Most records of one batch.
pub const BATCH_RECORDS_MAX: usize = 4096;
/// Most bytes of one batch, headers included.
pub const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most events whose index entries wait in memory; more than this makes `append` write the index.
pub const TABLE_EVENTS_MAX: usize = 1 << 20;

/// Sizes of the log's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// A segment is sealed when the next batch would make it larger than this.
    pub segment_bytes: u64,
    /// How much is filled with zeros ahead of the writes at a time.
    pub step_bytes: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { segment_bytes: 64 * 1024 * 1024, step_bytes: 4 * 1024 * 1024 }
    }
}

/// A place in the log that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: String,
    /// Byte offset in the file.
    pub offset: u64,
    /// What is wrong.
    pub what: &'static str,
}

/// What opening a log found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Frames read again because the index did not cover them.
    pub frames_scanned: u64,
    /// Bytes of an unacknowledged, torn batch that were removed.
    pub torn_bytes: u64,
    /// Indexes of sealed segments that were missing and are written again.
    pub indexes_rebuilt: u64,
    /// Damage: the log is read-only then.
    pub damage: Option<Damage>,
}

/// The event log in segment files.
#[derive(Debug)]
pub struct SegmentLog {
    shared: Arc<Shared>,
    options: LogOptions,
    /// Offset of the next frame in the active segment.
    offset: u64,
    /// End of the bytes that are zero and durable.
    zeroed: u64,
    /// Number of the next frame.
    sequence: u64,
    /// A segment is being sealed, and the disk was full: the next may have its name on the disk already,
    /// so nothing may be appended to this one.
    sealing: bool,
    buffer: Vec<u8>,
    poisoned: Option<String>,
    report: OpenReport,
    _lock: Lock,
}

struct Lock(#[expect(dead_code, reason = "held until dropped")] Box<dyn Send + Sync>);

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lock")
    }
}

impl SegmentLog {
    /// Opens the log in `disk`, or begins one. Takes time in proportion to what was appended since the
    /// last checkpoint, not to the size of the log.
    ///
    /// A torn batch at the end is removed: it was never acknowledged. Any other damage leaves every
    /// file as it is and the log read-only; see [`SegmentLog::report`].
    ///
    /// # Errors
    /// `STO-0006` when another process has it, `STO-0010` for another format version, `STO-0011` for a
    /// file that is not ours, `STO-0001` and `STO-0002` as the operating system says.
    pub fn open(disk: Arc<dyn Disk>, options: LogOptions) -> Result<Self> {
        open::open(disk, options)
    }

    /// What opening found and did.
    #[must_use]
    pub const fn report(&self) -> &OpenReport {
        &self.report
    }

    /// Whether appends are refused, and why: damage found at open, or a write that failed since.
    ///
    /// # Errors
    /// `STO-0005` and `STO-0004`: exactly what [`EventLog::append`] would return.
    pub fn check_writable(&self) -> Result<()> {
        if let Some(Damage { file, offset, what }) = self.report.damage.clone() {
            return Err(StorageError::ReadOnly { file, offset, what }.into());
        }
        if let Some(why) = self.poisoned.clone() {
            return Err(StorageError::Poisoned { why }.into());
        }
        Ok(())
    }

    /// Fills the next step with zeros if less than half a step is left, so that the next appends need
    /// not. For moments when nobody waits.
    ///
    /// # Errors
    /// As [`EventLog::append`].
    pub fn prepare(&mut self) -> Result<()> {
        self.check_writable()?;
        let low = self.zeroed - self.offset < self.options.step_bytes / 2;
        if low && self.zeroed < self.options.segment_bytes {
            self.extend(self.zeroed)?;
        }
        Ok(())
    }

    /// Writes the index and gives unused space back.
    ///
    /// # Errors
    /// As [`EventLog::checkpoint`]; nothing is lost then.
    pub fn close(mut self) -> Result<()> {
        self.check_writable()?;
        self.checkpoint()?;
        self.trim()
    }

    fn check_batch(batch: &[LogRecord]) -> Result<usize> {
        let bound = |what, found, max| {
            if found > max { Err(StorageError::BadBatch { what, found, max }) } else { Ok(()) }
        };
        bound("records of the batch", batch.len(), BATCH_RECORDS_MAX)?;
        let mut bytes = FRAME_HEADER_BYTES;
        for (index, record) in batch.iter().enumerate() {
            bound("bytes of a record", record.bytes.len(), RUN_BYTES_MAX)?;
            bytes += RECORD_HEADER_BYTES + record.bytes.len();
            let ids = record.ids.len();
            if ids == 0 || runs::event_count(&record.bytes) != ids {
                return Err(StorageError::NotARun { index, ids }.into());
            }
        }
        bound("bytes of the batch", bytes, BATCH_BYTES_MAX)?;
        Ok(bytes)
    }

    /// Makes sure that a frame of that many bytes fits into durable zeros.
    fn make_room(&mut self, bytes: u64) -> Result<()> {
        let is_fresh = self.offset == SEGMENT_HEADER_BYTES as u64;
        if self.sealing || !is_fresh && self.offset + bytes > self.options.segment_bytes {
            self.roll()?;
        }
        if self.offset + bytes > self.zeroed {
            self.extend(self.offset + bytes)?;
        }
        if self.shared.table_len() > TABLE_EVENTS_MAX {
            self.write_index()?;
        }
        Ok(())
    }

    /// Fills the file with zeros for another step, and at least up to `at_least`.
    fn extend(&mut self, at_least: u64) -> Result<()> {
        let step = (self.zeroed + self.options.step_bytes).min(self.options.segment_bytes);
        let target = step.max(at_least);
        let outcome = self.shared.active()?.fill_with_zeros(self.zeroed, target);
        self.keep_or_poison(outcome)?;
        self.zeroed = target;
        Ok(())
    }

    /// Seals the active segment and begins the next.
    fn roll(&mut self) -> Result<()> {
        self.sealing = true;
        self.trim()?;
        self.write_index()?;
        let base = self.shared.active()?.base() + self.offset;
        let step = self.options.step_bytes.min(self.options.segment_bytes);
        let created = Segment::create(&*self.shared.disk, base, self.sequence, step);
        let segment = self.keep_or_poison(created)?;
        self.offset = SEGMENT_HEADER_BYTES as u64;
        self.zeroed = step.max(self.offset);
        self.shared.begin_segment(segment);
        self.sealing = false;
        Ok(())
    }

    /// Cuts off the zeros after the last frame.
    fn trim(&mut self) -> Result<()> {
        if self.zeroed > self.offset {
            let outcome = self.shared.active()?.cut(self.offset);
            self.keep_or_poison(outcome)?;
            self.zeroed = self.offset;
        }
        Ok(())
    }

    fn write_index(&mut self) -> Result<()> {
        let segment = self.shared.active()?;
        let (old, new) = self.shared.index_state();
        if old.as_ref().is_some_and(|old| old.header().covered == self.offset) {
            return Ok(());
        }
        let header = open::index_header(&segment, self.offset, self.sequence);
        let name = index_name(segment.base());
        let index = match index::write(&*self.shared.disk, &name, &header, old.as_deref(), new) {
            // The old index cannot be read: the segment itself says what belongs in it.
            Err(StorageError::IndexDamaged { .. }) => {
                let found = open::collect_entries(&segment, self.offset)?;
                index::write(&*self.shared.disk, &name, &header, None, found)?
            }
            other => other?,
        };
        self.shared.replace_index(index);
        Ok(())
    }

    /// Lets a full disk pass, and refuses writes from now on after any other failure.
    fn keep_or_poison<T>(&mut self, outcome: Result<T, StorageError>) -> Result<T> {
        outcome.map_err(|error| {
            if !matches!(&error, StorageError::DiskFull { .. }) {
                self.poisoned = Some(error.to_string());
            }
            error.into()
        })
    }

    fn write_frame(&mut self) -> Result<()> {
        let segment = self.shared.active()?;
        let written = segment
            .write(self.offset, &self.buffer)
            .and_then(|()| segment.sync())
            .inspect_err(|error| self.poisoned = Some(error.to_string()));
        Ok(written?)
    }
}

impl EventLog for SegmentLog {
    fn append(&mut self, batch: &[LogRecord]) -> Result<Vec<LogPosition>> {
        self.check_writable()?;
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = Self::check_batch(batch)? as u64;
        self.make_room(bytes)?;
        let segment = self.shared.active()?;
        self.buffer.clear();
        let records = batch.iter().map(|record| &*record.bytes);
        let sums = segment.sums();
        let offsets = encode_frame(records, self.sequence, &sums, self.offset, &mut self.buffer);
        self.write_frame()?;
        self.offset += bytes;
        self.sequence += 1;
        let located = batch.iter().zip(&offsets);
        let new = located.flat_map(|(record, offset)| entries(&record.ids, *offset));
        self.shared.publish(new, segment.base() + self.offset);
        Ok(offsets.iter().map(|offset| LogPosition(segment.base() + offset)).collect())
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.check_writable()?;
        self.write_index()?;
        self.prepare()
    }

    fn erase(&mut self, ids: &[EventId]) -> Result<u64> {
        self.erase_payloads(ids)
    }

    fn reader(&self) -> Arc<dyn EventLogReader> {
        Arc::new(Reader::new(Arc::clone(&self.shared)))
    }
}

#[cfg(test)]
mod tests;
