//! The id index of one segment: which record and slot may hold an event, sorted by id.
//!
//! ```text
//! header, 64 bytes   magic 8 · version u8 · zero 7 · base u64 · salt u64 · covered u64 ·
//!                    next sequence u64 · entry count u64 · zero 4 · crc u32
//! page, 4096 bytes   409 entries of 10 bytes, ascending · zero 2 · crc u32
//! entry, 10 bytes    first 5 bytes of the id · offset of the record u32 · slot u8
//! ```
//! The index is a hint and never an answer: a find reads the record and hashes the header in its slot.
//! It covers the segment's first `covered` bytes; what comes after is in memory, or scanned at open.
//! The first find reads every page once; from then on a summary in memory (about 1.5 bytes an event)
//! answers most strange ids without a read, and names the one page to read for the others.

mod summary;
mod table;

use std::sync::{Arc, OnceLock};

use pluto_core::format::Format;
use pluto_core::ids::EventId;

use crate::disk::{Disk, DiskFile, Open, replace};
use crate::error::StorageError;
use crate::frame::{SEGMENT_HEADER_BYTES, open_header, seal_header, word_of_version};

use summary::Summary;
pub(crate) use table::Table;

/// The index files beside sealed segments and at checkpoints.
pub const INDEX_FORMAT: Format = Format::new("index", 1);

/// Bytes of a page: what one read brings and one checksum covers.
pub(crate) const PAGE_BYTES: usize = 4096;
const ENTRY_BYTES: usize = 10;
const PAGE_ENTRIES: usize = (PAGE_BYTES - 4) / ENTRY_BYTES;
const MAGIC: &[u8; 8] = b"PLUTOIDX";

/// The part of an id that the index keeps: its first 40 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Prefix(pub(crate) u64);

impl Prefix {
    pub(crate) fn of(id: &EventId) -> Self {
        let [a, b, c, d, e, ..] = id.0;
        Self(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]))
    }
}

/// One event of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Start of its id.
    pub(crate) prefix: Prefix,
    /// Offset of the record in the segment.
    pub(crate) offset: u32,
    /// Its index in the run.
    pub(crate) slot: u8,
}

impl Entry {
    fn encode_into(self, out: &mut Vec<u8>) {
        let [_, _, _, prefix @ ..] = self.prefix.0.to_be_bytes();
        out.extend_from_slice(&prefix);
        out.extend_from_slice(&self.offset.to_be_bytes());
        out.push(self.slot);
    }

    fn decode(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h, i, slot] = *bytes;
        Self {
            prefix: Prefix(u64::from_be_bytes([0, 0, 0, a, b, c, d, e])),
            offset: u32::from_be_bytes([f, g, h, i]),
            slot,
        }
    }
}

/// The entries of a record's events.
pub(crate) fn entries(ids: &[EventId], offset: u64) -> impl Iterator<Item = Entry> {
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    ids.iter().zip(0..=u8::MAX).map(move |(id, slot)| Entry {
        prefix: Prefix::of(id),
        offset,
        slot,
    })
}

/// What the header of an index says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IndexHeader {
    /// Position of the segment.
    pub(crate) base: u64,
    /// Salt of the segment.
    pub(crate) salt: u64,
    /// How many bytes of the segment it covers.
    pub(crate) covered: u64,
    /// Number of the frame after those bytes.
    pub(crate) next_sequence: u64,
    /// How many entries follow.
    pub(crate) count: u64,
}

impl IndexHeader {
    fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&word_of_version(INDEX_FORMAT.version).to_be_bytes());
        for word in [self.base, self.salt, self.covered, self.next_sequence, self.count] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        seal_header(bytes)
    }

    fn decode(bytes: &[u8; SEGMENT_HEADER_BYTES]) -> Option<Self> {
        let [version, base, salt, covered, next_sequence, count] =
            open_header(MAGIC, bytes).ok()?;
        let header = Self { base, salt, covered, next_sequence, count };
        (version == word_of_version(INDEX_FORMAT.version) && header.encode() == *bytes)
            .then_some(header)
    }
}

/// An index on disk.
#[derive(Debug)]
pub(crate) struct IndexFile {
    name: String,
    file: Arc<dyn DiskFile>,
    header: IndexHeader,
    summary: OnceLock<Summary>,
}

impl IndexFile {
    /// Opens an index and reads its header.
    pub(crate) fn open(disk: &dyn Disk, name: &str) -> Result<Self, StorageError> {
        let context = |source| StorageError::io("read", name, source);
        let file = disk.open(name, Open::Read).map_err(context)?;
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        let read = file.read_at(0, &mut bytes).map_err(context)?;
        let header = IndexHeader::decode(&bytes).filter(|_| read == bytes.len());
        let damaged = |what| StorageError::IndexDamaged { file: name.to_owned(), offset: 0, what };
        let header = header.ok_or_else(|| damaged("bad header"))?;
        let size = file.size().map_err(context)?;
        let expected = header
            .count
            .div_ceil(PAGE_ENTRIES as u64)
            .checked_mul(PAGE_BYTES as u64)
            .and_then(|pages| pages.checked_add(SEGMENT_HEADER_BYTES as u64));
        if expected != Some(size) {
            return Err(damaged("wrong length"));
        }
        Ok(Self { name: name.to_owned(), file, header, summary: OnceLock::new() })
    }

    /// What the header says.
    pub(crate) const fn header(&self) -> &IndexHeader {
        &self.header
    }

    /// What memory holds of it; read from the pages at the first call.
    fn summary(&self) -> Result<&Summary, StorageError> {
        if let Some(summary) = self.summary.get() {
            return Ok(summary);
        }
        let mut summary = Summary::for_entries(self.header.count);
        self.visit(|entry| summary.push(entry.prefix))?;
        Ok(self.summary.get_or_init(|| summary))
    }

    /// Visits all entries, ascending.
    pub(crate) fn visit(&self, mut visit: impl FnMut(Entry)) -> Result<(), StorageError> {
        for number in 0..self.pages() {
            self.page(number)?.entries().for_each(&mut visit);
        }
        Ok(())
    }

    /// The entries whose event may have that prefix.
    pub(crate) fn candidates(&self, prefix: Prefix) -> Result<Vec<Entry>, StorageError> {
        let mut found = Vec::new();
        for number in self.summary()?.pages_with(prefix) {
            let page = self.page(number)?;
            found.extend(page.entries().filter(|entry| entry.prefix == prefix));
        }
        Ok(found)
    }

    const fn pages(&self) -> u64 {
        self.header.count.div_ceil(PAGE_ENTRIES as u64)
    }

    fn page(&self, number: u64) -> Result<Page, StorageError> {
        let offset = SEGMENT_HEADER_BYTES as u64 + number * PAGE_BYTES as u64;
        let mut bytes = [0; PAGE_BYTES];
        let context = |source| StorageError::io("read", &*self.name, source);
        let read = self.file.read_at(offset, &mut bytes).map_err(context)?;
        let left = self.header.count - number * PAGE_ENTRIES as u64;
        let page = Page { bytes, count: usize::try_from(left).unwrap_or(PAGE_ENTRIES) };
        if read == PAGE_BYTES && page.is_sound() {
            return Ok(page);
        }
        let what = "bad page";
        Err(StorageError::IndexDamaged { file: self.name.clone(), offset, what })
    }
}

struct Page {
    bytes: [u8; PAGE_BYTES],
    count: usize,
}

impl Page {
    fn is_sound(&self) -> bool {
        self.bytes
            .split_last_chunk::<4>()
            .is_some_and(|(body, crc)| crc32fast::hash(body) == u32::from_be_bytes(*crc))
    }

    fn slots(&self) -> &[[u8; ENTRY_BYTES]] {
        let (slots, _) = self.bytes.as_chunks::<ENTRY_BYTES>();
        slots.get(..self.count.min(PAGE_ENTRIES)).unwrap_or_default()
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        self.slots().iter().map(Entry::decode)
    }
}

/// Encodes a whole index. `entries` are ascending; their count replaces that of `header`.
pub(crate) fn encode(header: &IndexHeader, entries: &[Entry]) -> Vec<u8> {
    let header = IndexHeader { count: entries.len() as u64, ..*header };
    let pages = entries.len().div_ceil(PAGE_ENTRIES);
    let mut out = Vec::with_capacity(SEGMENT_HEADER_BYTES + pages * PAGE_BYTES);
    out.extend_from_slice(&header.encode());
    for page in entries.chunks(PAGE_ENTRIES) {
        let start = out.len();
        for entry in page {
            entry.encode_into(&mut out);
        }
        out.resize(start + PAGE_BYTES - 4, 0);
        let crc = crc32fast::hash(out.get(start..).unwrap_or_default());
        out.extend_from_slice(&crc.to_be_bytes());
    }
    out
}

/// Writes the index `name`: what `old` holds and `new` besides. Atomic: old or new after a crash.
pub(crate) fn write(
    disk: &dyn Disk,
    name: &str,
    header: &IndexHeader,
    old: Option<&IndexFile>,
    mut new: Vec<Entry>,
) -> Result<IndexFile, StorageError> {
    if let Some(old) = old {
        old.visit(|entry| new.push(entry))?;
    }
    new.sort_unstable();
    replace(disk, name, &encode(header, &new))?;
    let index = IndexFile::open(disk, name)?;
    index.summary.get_or_init(|| {
        let mut summary = Summary::for_entries(new.len() as u64);
        new.iter().for_each(|entry| summary.push(entry.prefix));
        summary
    });
    Ok(index)
}

#[cfg(test)]
mod tests;
