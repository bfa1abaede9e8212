//! The bytes of a segment: its header, one frame per batch, the records in a frame.
//!
//! ```text
//! segment header, 64 bytes   magic 8 · version u8 · zero 7 · base u64 · first sequence u64 ·
//!                            salt u64 · zero 20 · crc u32 (of the 60 bytes before)
//! frame header, 28 bytes     magic u32 · body length u32 · record count u32 · sequence u64 ·
//!                            crc of all record headers u32 ·
//!                            crc u32 (of salt, position of the frame, the 24 bytes before)
//! record                     length u32 · crc u32 (of salt, position, length, bytes) · bytes
//! erased record, version 2   the same, bit 30 of the length set; the bytes are a run that lost payloads,
//!                            and zeros where they were
//! ```
//! Integers are big-endian, checksums CRC-32 (IEEE). A frame is a batch: it counts as a whole or not
//! at all. Positions and the segment's random salt are part of every checksum, so bytes that an author
//! chose can never pass for a frame, nor a record for one at another place. The magic of a frame is
//! above every record length: at any record boundary the next four bytes say what follows. A record
//! keeps its place and its room when payloads are taken out of it, because positions count bytes.

use pluto_core::format::Format;
use pluto_core::limits::RUN_BYTES_MAX;

use crate::runs;

/// The log's segment files. Only a segment that holds erased records has this version.
pub const LOG_FORMAT: Format = Format::new("log", 2);
/// A segment in which nothing was erased.
pub const PLAIN_LOG_FORMAT: Format = Format::new("log", 1);

/// Bytes before the first frame of a segment.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 64;
/// Bytes before the first record of a frame.
pub(crate) const FRAME_HEADER_BYTES: usize = 28;
/// Bytes before the content of a record.
pub(crate) const RECORD_HEADER_BYTES: usize = 8;
/// The first bytes of every frame.
pub(crate) const FRAME_MAGIC: u32 = 0xf0a7_c0de;

const SEGMENT_MAGIC: &[u8; 8] = b"PLUTOLOG";

/// Set in the length of an erased record.
const ERASED: u32 = 1 << 30;

const _: () = assert!(RUN_BYTES_MAX < ERASED as usize && 2 * ERASED - 1 < FRAME_MAGIC);

/// What the first 64 bytes of a segment say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// Version of the segment.
    pub(crate) version: u8,
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
        bytes.extend_from_slice(&word_of_version(self.version).to_be_bytes());
        bytes.extend_from_slice(&self.base.to_be_bytes());
        bytes.extend_from_slice(&self.first_sequence.to_be_bytes());
        bytes.extend_from_slice(&self.salt.to_be_bytes());
        seal_header(bytes)
    }

    pub(crate) fn decode(bytes: &[u8; SEGMENT_HEADER_BYTES]) -> Result<Self, BadHeader> {
        let [word, base, first_sequence, salt, ..] = open_header(SEGMENT_MAGIC, bytes)?;
        let [version, ..] = word.to_be_bytes();
        if !(PLAIN_LOG_FORMAT.version..=LOG_FORMAT.version).contains(&version) {
            return Err(BadHeader::Version(version));
        }
        let header = Self { version, base, first_sequence, salt };
        if header.encode() == *bytes { Ok(header) } else { Err(BadHeader::Damaged) }
    }

    /// The checksums of this segment.
    pub(crate) fn sums(&self) -> Sums {
        let seed = crc32fast::hash(&self.salt.to_be_bytes());
        Sums { seed, base: self.base, version: self.version }
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
    /// Version of the segment: says what a length may hold.
    version: u8,
}

impl Sums {
    /// The checksum of a record at `offset` in the segment; `word` holds its length.
    fn record(&self, offset: u64, word: u32, bytes: &[u8]) -> u32 {
        let mut prefix = [0; 12];
        let position = (self.base + offset).to_be_bytes();
        for (to, from) in prefix.iter_mut().zip(position.into_iter().chain(word.to_be_bytes())) {
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
    /// Bytes that follow: the room of the record.
    pub(crate) length: u32,
    /// Whether payloads were taken out: a shorter run follows, then zeros.
    pub(crate) erased: bool,
    /// Checksum of the bytes.
    crc: u32,
}

impl RecordHeader {
    /// The header of a record at `offset` that consists of these bytes.
    fn of(bytes: &[u8], erased: bool, sums: &Sums, offset: u64) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(ERASED - 1);
        let header = Self { length, erased, crc: 0 };
        Self { crc: sums.record(offset, header.word(), bytes), ..header }
    }

    const fn word(self) -> u32 {
        if self.erased { self.length | ERASED } else { self.length }
    }

    pub(crate) fn encode(self) -> [u8; RECORD_HEADER_BYTES] {
        (u64::from(self.word()) << 32 | u64::from(self.crc)).to_be_bytes()
    }

    pub(crate) fn decode(bytes: &[u8], sums: &Sums) -> Option<Self> {
        let words = u64::from_be_bytes(*bytes.first_chunk::<8>()?);
        let (word, crc) = ((words >> 32) as u32, words as u32);
        let erased = sums.version > PLAIN_LOG_FORMAT.version && word & ERASED != 0;
        let length = if erased { word ^ ERASED } else { word };
        (length > 0 && length as usize <= RUN_BYTES_MAX).then_some(Self { length, erased, crc })
    }

    /// The run in the bytes of the record at `offset`; `None` when they are not as written.
    pub(crate) fn content<'a>(self, bytes: &'a [u8], sums: &Sums, offset: u64) -> Option<&'a [u8]> {
        let is_whole = bytes.len() == self.length as usize;
        if !is_whole || sums.record(offset, self.word(), bytes) != self.crc {
            return None;
        }
        if !self.erased {
            return Some(bytes);
        }
        let (run, rest) = bytes.split_at_checked(runs::length(bytes)?)?;
        rest.iter().all(|byte| *byte == 0).then_some(run)
    }
}

/// A frame in the making.
pub(crate) struct FrameBuilder<'a> {
    sums: Sums,
    offset: u64,
    out: &'a mut Vec<u8>,
    start: usize,
    count: u32,
    body_crc: crc32fast::Hasher,
}

impl<'a> FrameBuilder<'a> {
    /// Begins the frame that stands at `offset`, at the end of `out`.
    pub(crate) fn new(sums: Sums, offset: u64, out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        out.extend_from_slice(&[0; FRAME_HEADER_BYTES]);
        Self { sums, offset, out, start, count: 0, body_crc: crc32fast::Hasher::new() }
    }

    /// Adds a record; gives its offset.
    pub(crate) fn push(&mut self, run: &[u8]) -> u64 {
        self.add(run, run.len(), false)
    }

    /// Adds a record that lost payloads and keeps its room of `length` bytes.
    pub(crate) fn push_erased(&mut self, run: &[u8], length: u32) {
        self.add(run, length as usize, true);
    }

    fn add(&mut self, run: &[u8], length: usize, erased: bool) -> u64 {
        let place = self.out.len();
        let offset = self.offset + (place - self.start) as u64;
        let content = place + RECORD_HEADER_BYTES;
        self.out.extend_from_slice(&[0; RECORD_HEADER_BYTES]);
        self.out.extend_from_slice(run);
        self.out.resize(content + length, 0);
        let bytes = self.out.get(content..).unwrap_or_default();
        let header = RecordHeader::of(bytes, erased, &self.sums, offset).encode();
        self.body_crc.update(&header);
        if let Some(head) = self.out.get_mut(place..content) {
            head.copy_from_slice(&header);
        }
        self.count += 1;
        offset
    }

    /// Completes the frame as number `sequence` of the log.
    pub(crate) fn finish(self, sequence: u64) {
        let body_len = self.out.len() - self.start - FRAME_HEADER_BYTES;
        let body_len = u32::try_from(body_len).unwrap_or(u32::MAX);
        let body_crc = self.body_crc.finalize();
        let header = FrameHeader { body_len, count: self.count, sequence, body_crc };
        if let Some(place) = self.out.get_mut(self.start..self.start + FRAME_HEADER_BYTES) {
            place.copy_from_slice(&header.encode(&self.sums, self.offset));
        }
    }
}

/// Appends one frame, as it stands at `offset`, to `out`; gives the offset of each record.
pub(crate) fn encode_frame<'a>(
    records: impl Iterator<Item = &'a [u8]>,
    sequence: u64,
    sums: &Sums,
    offset: u64,
    out: &mut Vec<u8>,
) -> Vec<u64> {
    let mut frame = FrameBuilder::new(*sums, offset, out);
    let offsets = records.map(|run| frame.push(run)).collect();
    frame.finish(sequence);
    offsets
}

#[cfg(test)]
mod tests;
