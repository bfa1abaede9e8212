//! Tells a batch cut off by a crash from damage to what was acknowledged.
//!
//! The bytes after the last whole frame were zero before anything was written there, and a disk writes
//! sectors of 512 bytes as a whole. So:
//! 1. Nothing but zeros: the log ends here.
//! 2. A sound frame header further on: that frame was begun after the one here was durable, so the one
//!    here was damaged. (Salted checksums: no author can write such bytes into a payload.)
//! 3. A piece of the frame, within one sector, that is still zero: the write never finished, torn.
//! 4. Every sector was written and the frame is not right: damage.
//!
//! A frame that was acknowledged is thus never taken for a torn one unless a whole sector of it reads
//! as zeros and nothing follows. What an index covers is not judged here at all: it is never cut.

use crate::error::StorageError;
use crate::frame::{FRAME_HEADER_BYTES, FRAME_MAGIC, FrameHeader};

use super::walk::Cursor;
use super::{Bad, Segment};

const SECTOR_BYTES: u64 = 512;
const WINDOW_BYTES: usize = 64 * 1024;

/// What stands after the last whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Zeros.
    Clean,
    /// A write that never finished; everything up to `end` may be non-zero.
    Torn {
        /// Offset after the last byte that is not zero.
        end: u64,
    },
    /// Damage.
    Damaged(Bad),
}

/// Judges the bytes from `offset`, where a frame should begin, to `size`, the end of the file.
pub(crate) fn classify(segment: &Segment, offset: u64, size: u64) -> Result<Tail, StorageError> {
    let mut cursor = Cursor::new(segment);
    let Some(end) = last_written(&mut cursor, offset, size)? else {
        return Ok(Tail::Clean);
    };
    if later_frame(&mut cursor, segment, offset, end)? {
        return Ok(Tail::Damaged(Bad { offset, what: "the frame before a sound one is not" }));
    }
    let head = cursor.view(offset, FRAME_HEADER_BYTES)?;
    let header = FrameHeader::decode(head, &segment.sums(), offset);
    let reach = header.map_or(offset + FRAME_HEADER_BYTES as u64, |header| header.end(offset));
    if has_unwritten_sector(&mut cursor, offset, reach)? {
        return Ok(Tail::Torn { end });
    }
    Ok(Tail::Damaged(Bad { offset, what: "the last frame does not match its checksums" }))
}

/// Offset after the last byte that is not zero.
fn last_written(cursor: &mut Cursor<'_>, from: u64, to: u64) -> Result<Option<u64>, StorageError> {
    let (mut at, mut last) = (from, None);
    while at < to {
        let count = usize::try_from(to - at).unwrap_or(WINDOW_BYTES).min(WINDOW_BYTES);
        let bytes = cursor.view(at, count)?;
        if bytes.is_empty() {
            break;
        }
        if !is_zero(bytes)
            && let Some(place) = bytes.iter().rposition(|byte| *byte != 0)
        {
            last = Some(at + place as u64 + 1);
        }
        at += bytes.len() as u64;
    }
    Ok(last)
}

pub(super) fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().fold(0, |all, word| all | u64::from_ne_bytes(*word)) == 0
        && rest.iter().all(|byte| *byte == 0)
}

/// Whether a sound frame header stands anywhere after `offset`.
fn later_frame(
    cursor: &mut Cursor<'_>,
    segment: &Segment,
    offset: u64,
    end: u64,
) -> Result<bool, StorageError> {
    let sums = segment.sums();
    let magic = FRAME_MAGIC.to_be_bytes();
    let mut at = offset + 1;
    while at < end {
        let bytes = cursor.view(at, WINDOW_BYTES + FRAME_HEADER_BYTES)?;
        let places = bytes.windows(FRAME_HEADER_BYTES).enumerate();
        let mut candidates = places.filter(|(_, bytes)| bytes.starts_with(&magic));
        if candidates
            .any(|(place, bytes)| FrameHeader::decode(bytes, &sums, at + place as u64).is_some())
        {
            return Ok(true);
        }
        at += WINDOW_BYTES as u64;
    }
    Ok(false)
}

/// Whether some sector's share of the bytes from `from` to `to` is all zero.
fn has_unwritten_sector(cursor: &mut Cursor<'_>, from: u64, to: u64) -> Result<bool, StorageError> {
    let mut at = from;
    while at < to {
        let next = (at / SECTOR_BYTES + 1) * SECTOR_BYTES;
        let count = usize::try_from(next.min(to) - at).unwrap_or_default();
        if is_zero(cursor.view(at, count)?) {
            return Ok(true);
        }
        at = next;
    }
    Ok(false)
}
