//! The bytes of a segment: its header, one frame per batch, the records in a frame.
//!
//! ```text
//! segment header, 64 bytes   magic 8 · version u8 · zero 7 · base u64 · first sequence u64 ·
//!                            salt u64 · zero 20 · crc u32 (of the 60 bytes before)
//! frame header, 28 bytes     magic u32 · body length u32 · record count u32 · sequence u64 ·
//!                            crc of all record headers u32 ·
//!                            crc u32 (of salt, position of the frame, the 24 bytes before)
//! record                     length u32 · crc u32 (of salt, position, length, bytes) · bytes
//! ```
//! Integers are big-endian, checksums CRC-32 (IEEE). A frame is a batch: it counts as a whole or not
//! at all. Positions and the segment's random salt are part of every checksum, so bytes that an author
//! chose can never pass for a frame, nor a record for one at another place. The magic of a frame is
//! above every record length: at any record boundary the next four bytes say what follows.

use pluto_core::format::Format;
use pluto_core::limits::RUN_BYTES_MAX;

/// The log's segment files.
pub const LOG_FORMAT: Format = Format::new("log", 1);

/// Bytes before the first frame of a segment.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 64;
/// Bytes before the first record of a frame.
pub(crate) const FRAME_HEADER_BYTES: usize = 28;
/// Bytes before the content of a record.
pub(crate) const RECORD_HEADER_BYTES: usize = 8;
/// The first bytes of every frame.
pub(crate) const FRAME_MAGIC: u32 = 0xf0a7_c0de;

const SEGMENT_MAGIC: &[u8; 8] = b"PLUTOLOG";

const _: () = assert!(RUN_BYTES_MAX < FRAME_MAGIC as usize);

/// What the first 64 bytes of a segment say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// Position of the segment's first byte in the log.
    pub(crate) base: u64,
    /// Sequence number of its first frame.
    pub(crate) first_sequence: u64,
    /// Random number that goes into every checksum.
    pub(crate) salt: u64,
}

/// Why the first bytes are no segment header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadHeader {
    /// Not what was written.
    Damaged,
    /// Written by another version.
    Version(u8),
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER_BYTES);
        bytes.extend_from_slice(SEGMENT_MAGIC);
        bytes.extend_from_slice(&[LOG_FORMAT.version, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(&self.base.to_be_bytes());
        bytes.extend_from_slice(&self.first_sequence.to_be_bytes());
        bytes.extend_from_slice(&self.salt.to_be_bytes());
        seal_header(bytes)
    }

    pub(crate) fn decode(bytes: &[u8; SEGMENT_HEADER_BYTES]) -> Result<Self, BadHeader> {
        let [version, base, first_sequence, salt, ..] = open_header(SEGMENT_MAGIC, bytes)?;
        if version != word_of_version(LOG_FORMAT.version) {
            return Err(BadHeader::Version(version.to_be_bytes()[0]));
        }
        let header = Self { base, first_sequence, salt };
        if header.encode() == *bytes { Ok(header) } else { Err(BadHeader::Damaged) }
    }

    /// The checksums of this segment.
    pub(crate) fn sums(&self) -> Sums {
        Sums { seed: crc32fast::hash(&self.salt.to_be_bytes()), base: self.base }
    }
}

/// Fills a header up to 60 bytes and adds its checksum.
pub(crate) fn seal_header(mut bytes: Vec<u8>) -> [u8; SEGMENT_HEADER_BYTES] {
    bytes.resize(SEGMENT_HEADER_BYTES - 4, 0);
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    let mut header = [0; SEGMENT_HEADER_BYTES];
    for (to, from) in header.iter_mut().zip(bytes) {
        *to = from;
    }
    header
}

/// The seven words between magic and checksum of a sound header; the first holds the version.
pub(crate) fn open_header(
    magic: &[u8; 8],
    bytes: &[u8; SEGMENT_HEADER_BYTES],
) -> Result<[u64; 6], BadHeader> {
    let [head, words @ .., last] = as_words(bytes);
    let crc = crc32fast::hash(bytes.get(..SEGMENT_HEADER_BYTES - 4).unwrap_or_default());
    if head != u64::from_be_bytes(*magic) || last & u64::from(u32::MAX) != u64::from(crc) {
        return Err(BadHeader::Damaged);
    }
    Ok(words)
}

fn as_words(bytes: &[u8; SEGMENT_HEADER_BYTES]) -> [u64; 8] {
    let (words, _) = bytes.as_chunks::<8>();
    let mut out = [0; 8];
    for (to, from) in out.iter_mut().zip(words) {
        *to = u64::from_be_bytes(*from);
    }
    out
}

/// The second word of a header of that version.
pub(crate) const fn word_of_version(version: u8) -> u64 {
    (version as u64) << 56
}

/// Checksums bound to one segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sums {
    seed: u32,
    base: u64,
}

impl Sums {
    /// The checksum of a record at `offset` in the segment.
    pub(crate) fn record(&self, offset: u64, bytes: &[u8]) -> u32 {
        let mut prefix = [0; 12];
        let position = (self.base + offset).to_be_bytes();
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
        for (to, from) in prefix.iter_mut().zip(position.into_iter().chain(length)) {
            *to = from;
        }
        let mut hasher = crc32fast::Hasher::new_with_initial(self.seed);
        hasher.update(&prefix);
        hasher.update(bytes);
        hasher.finalize()
    }

    fn frame(&self, offset: u64, header: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new_with_initial(self.seed);
        hasher.update(&(self.base + offset).to_be_bytes());
        hasher.update(header);
        hasher.finalize()
    }
}

/// What the first 28 bytes of a frame say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// Bytes of all records, their headers included.
    pub(crate) body_len: u32,
    /// How many records.
    pub(crate) count: u32,
    /// Number of the frame in the log, from 0.
    pub(crate) sequence: u64,
    /// Checksum of all record headers.
    pub(crate) body_crc: u32,
}

impl FrameHeader {
    pub(crate) fn encode(&self, sums: &Sums, offset: u64) -> [u8; FRAME_HEADER_BYTES] {
        let mut bytes = [0; FRAME_HEADER_BYTES];
        let fields = FRAME_MAGIC
            .to_be_bytes()
            .into_iter()
            .chain(self.body_len.to_be_bytes())
            .chain(self.count.to_be_bytes())
            .chain(self.sequence.to_be_bytes())
            .chain(self.body_crc.to_be_bytes());
        for (to, from) in bytes.iter_mut().zip(fields) {
            *to = from;
        }
        if let Some((head, crc)) = bytes.split_last_chunk_mut::<4>() {
            *crc = sums.frame(offset, head).to_be_bytes();
        }
        bytes
    }

    /// The header at `offset`; `None` when these bytes are none.
    pub(crate) fn decode(bytes: &[u8], sums: &Sums, offset: u64) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        if u32::from_be_bytes(*magic) != FRAME_MAGIC {
            return None;
        }
        let (body_len, rest) = rest.split_first_chunk::<4>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (sequence, rest) = rest.split_first_chunk::<8>()?;
        let (body_crc, rest) = rest.split_first_chunk::<4>()?;
        let header = Self {
            body_len: u32::from_be_bytes(*body_len),
            count: u32::from_be_bytes(*count),
            sequence: u64::from_be_bytes(*sequence),
            body_crc: u32::from_be_bytes(*body_crc),
        };
        let crc = u32::from_be_bytes(*rest.first_chunk::<4>()?);
        let head = bytes.get(..FRAME_HEADER_BYTES - 4)?;
        (sums.frame(offset, head) == crc && header.count > 0).then_some(header)
    }

    /// Offset of the byte after a frame that starts at `offset`.
    pub(crate) const fn end(&self, offset: u64) -> u64 {
        offset + FRAME_HEADER_BYTES as u64 + self.body_len as u64
    }
}

/// What the first 8 bytes of a record say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    /// Bytes that follow.
    pub(crate) length: u32,
    /// Their checksum.
    pub(crate) crc: u32,
}

impl RecordHeader {
    pub(crate) fn encode(self) -> [u8; RECORD_HEADER_BYTES] {
        (u64::from(self.length) << 32 | u64::from(self.crc)).to_be_bytes()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let word = u64::from_be_bytes(*bytes.first_chunk::<8>()?);
        let (length, crc) = ((word >> 32) as u32, word as u32);
        (length > 0 && length as usize <= RUN_BYTES_MAX).then_some(Self { length, crc })
    }
}

/// Appends one frame, as it stands at `offset`, to `out`; gives the offset of each record.
pub(crate) fn encode_frame<'a>(
    records: impl ExactSizeIterator<Item = &'a [u8]>,
    sequence: u64,
    sums: &Sums,
    offset: u64,
    out: &mut Vec<u8>,
) -> Vec<u64> {
    let start = out.len();
    let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
    let mut offsets = Vec::with_capacity(records.len());
    let mut body_crc = crc32fast::Hasher::new();
    out.extend_from_slice(&[0; FRAME_HEADER_BYTES]);
    for bytes in records {
        let at = offset + (out.len() - start) as u64;
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let header = RecordHeader { length, crc: sums.record(at, bytes) }.encode();
        body_crc.update(&header);
        out.extend_from_slice(&header);
        out.extend_from_slice(bytes);
        offsets.push(at);
    }
    let body_len = u32::try_from(out.len() - start - FRAME_HEADER_BYTES).unwrap_or(u32::MAX);
    let header = FrameHeader { body_len, count, sequence, body_crc: body_crc.finalize() };
    if let Some(place) = out.get_mut(start..start + FRAME_HEADER_BYTES) {
        place.copy_from_slice(&header.encode(sums, offset));
    }
    offsets
}

#[cfg(test)]
mod tests;
