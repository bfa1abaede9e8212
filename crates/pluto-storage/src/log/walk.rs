//! Walks the frames and records of a segment in order, checking every checksum.
//!
//! May begin at any frame or record. A frame that was walked from its header is also checked as a
//! whole: number and checksums of its records.

use crate::error::StorageError;
use crate::frame::{
    FRAME_HEADER_BYTES, FRAME_MAGIC, FrameHeader, RECORD_HEADER_BYTES, RecordHeader, Sums,
};

use super::Segment;

/// Bytes per read.
const CHUNK_BYTES: usize = 256 * 1024;

/// Buffered reads of one segment, mostly forward.
pub(crate) struct Cursor<'a> {
    segment: &'a Segment,
    buffer: Vec<u8>,
    start: u64,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(segment: &'a Segment) -> Self {
        Self { segment, buffer: Vec::new(), start: 0 }
    }

    /// The bytes at `offset`; fewer than `count` where the file ends.
    pub(crate) fn view(&mut self, offset: u64, count: usize) -> Result<&[u8], StorageError> {
        if self.buffered(offset, count).is_none() {
            self.buffer.resize(count.max(CHUNK_BYTES), 0);
            self.start = offset;
            let read = self.segment.read(offset, &mut self.buffer)?;
            self.buffer.truncate(read);
        }
        let at = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        let rest = self.buffer.get(at..).unwrap_or_default();
        Ok(rest.get(..count).unwrap_or(rest))
    }

    fn buffered(&self, offset: u64, count: usize) -> Option<&[u8]> {
        let at = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.buffer.get(at..at.checked_add(count)?)
    }
}

/// What stands at the next offset.
pub(crate) enum Step<'a> {
    /// A frame begins.
    Frame,
    /// A record.
    Record {
        /// Its offset.
        offset: u64,
        /// What its first bytes say.
        header: RecordHeader,
        /// The run in it.
        bytes: &'a [u8],
        /// Whether it completes a frame walked from its header.
        completes: bool,
    },
    /// The limit is reached.
    End,
}

/// A place that is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    /// Offset in the segment.
    pub(crate) offset: u64,
    /// What is wrong.
    pub(crate) what: &'static str,
}

/// Why a walk ends early.
pub(crate) enum WalkError {
    /// Damage.
    Bad(Bad),
    /// The operating system refused.
    Io(StorageError),
}

impl From<StorageError> for WalkError {
    fn from(error: StorageError) -> Self {
        Self::Io(error)
    }
}

impl WalkError {
    pub(crate) fn into_storage(self, segment: &Segment) -> StorageError {
        match self {
            Self::Bad(Bad { offset, what }) => segment.damaged(offset, what),
            Self::Io(error) => error,
        }
    }
}

struct OpenFrame {
    header: FrameHeader,
    end: u64,
    left: u32,
    crc: crc32fast::Hasher,
}

/// The walk.
pub(crate) struct Walk<'a> {
    cursor: Cursor<'a>,
    sums: Sums,
    offset: u64,
    limit: u64,
    sequence: Option<u64>,
    frame: Option<OpenFrame>,
}

impl<'a> Walk<'a> {
    /// Begins at `offset` and ends at `limit`. The first frame must have number `sequence`, if given.
    pub(crate) fn new(
        segment: &'a Segment,
        offset: u64,
        limit: u64,
        sequence: Option<u64>,
    ) -> Self {
        let sums = segment.sums();
        Self { cursor: Cursor::new(segment), sums, offset, limit, sequence, frame: None }
    }

    /// Offset of what comes next.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Number of the next frame, once one was seen or given.
    pub(crate) const fn sequence(&self) -> Option<u64> {
        self.sequence
    }

    /// Takes the next step.
    pub(crate) fn step(&mut self) -> Result<Step<'_>, WalkError> {
        if self.offset >= self.limit {
            return if self.frame.is_none() { Ok(Step::End) } else { self.bad("the frame is cut") };
        }
        let head = self.cursor.view(self.offset, RECORD_HEADER_BYTES)?;
        let is_frame = head.first_chunk() == Some(&FRAME_MAGIC.to_be_bytes());
        match RecordHeader::decode(head, &self.sums) {
            _ if is_frame && self.frame.is_none() => self.begin_frame(),
            Some(header) if !is_frame => self.record(header),
            _ if self.frame.is_none() => self.bad("no frame begins here"),
            _ => self.bad("bad record header"),
        }
    }

    fn bad<T>(&self, what: &'static str) -> Result<T, WalkError> {
        Err(WalkError::Bad(Bad { offset: self.offset, what }))
    }

    fn begin_frame(&mut self) -> Result<Step<'_>, WalkError> {
        let bytes = self.cursor.view(self.offset, FRAME_HEADER_BYTES)?;
        let Some(header) = FrameHeader::decode(bytes, &self.sums, self.offset) else {
            return self.bad("bad frame header");
        };
        let end = header.end(self.offset);
        if end > self.limit {
            return self.bad("the frame is cut");
        }
        if self.sequence.is_some_and(|expected| expected != header.sequence) {
            return self.bad("a frame is missing");
        }
        self.sequence = Some(header.sequence + 1);
        self.frame =
            Some(OpenFrame { header, end, left: header.count, crc: crc32fast::Hasher::new() });
        self.offset += FRAME_HEADER_BYTES as u64;
        Ok(Step::Frame)
    }

    fn record(&mut self, header: RecordHeader) -> Result<Step<'_>, WalkError> {
        let offset = self.offset;
        let next = offset + RECORD_HEADER_BYTES as u64 + u64::from(header.length);
        let end = self.frame.as_ref().map_or(self.limit, |frame| frame.end);
        if next > end {
            return self.bad("the record is cut");
        }
        let completes = self.account(header, next)?;
        let length = header.length as usize;
        let bytes = self.cursor.view(offset + RECORD_HEADER_BYTES as u64, length)?;
        let Some(bytes) = header.content(bytes, &self.sums, offset) else {
            return Err(WalkError::Bad(Bad { offset, what: "the checksum does not match" }));
        };
        self.offset = next;
        Ok(Step::Record { offset, header, bytes, completes })
    }

    /// Counts the record towards its frame; true when the frame is complete and right as a whole.
    fn account(&mut self, header: RecordHeader, next: u64) -> Result<bool, WalkError> {
        let Some(frame) = &mut self.frame else { return Ok(false) };
        frame.crc.update(&header.encode());
        frame.left = frame.left.saturating_sub(1);
        if next < frame.end {
            return Ok(false);
        }
        let sound = frame.left == 0 && frame.crc.clone().finalize() == frame.header.body_crc;
        self.frame = None;
        if sound { Ok(true) } else { self.bad("the frame does not match its header") }
    }
}
