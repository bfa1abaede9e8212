//! One segment file, and the bounded set of sealed segments that are open.

use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::disk::{Disk, DiskFile, Open, TEMPORARY};
use crate::error::StorageError;
use crate::frame::{
    BadHeader, LOG_FORMAT, PLAIN_LOG_FORMAT, SEGMENT_HEADER_BYTES, SegmentHeader, Sums,
};
use crate::index::IndexFile;

use super::tail::is_zero;

/// Bytes of zeros per write.
const ZEROS_BYTES: usize = 256 * 1024;
static ZEROS: [u8; ZEROS_BYTES] = [0; ZEROS_BYTES];

/// What a file system leaves out where nothing was written.
const PAGE_BYTES: u64 = 4096;

/// Most sealed segments that are open at a time: bounds file handles and filters.
const OPEN_SEGMENTS_MAX: usize = 64;

/// The file name of the segment at `base`.
pub(crate) fn segment_name(base: u64) -> String {
    format!("{base:016x}.seg")
}

/// The file name of its index.
pub(crate) fn index_name(base: u64) -> String {
    format!("{base:016x}.idx")
}

fn temporary_name(base: u64) -> String {
    format!("{}{TEMPORARY}", segment_name(base))
}

/// An open segment.
#[derive(Debug)]
pub(crate) struct Segment {
    name: String,
    header: SegmentHeader,
    file: Arc<dyn DiskFile>,
}

impl Segment {
    /// Creates a segment of `bytes` bytes: after a crash it is there with all of them, or not at all.
    pub(crate) fn create(
        disk: &dyn Disk,
        base: u64,
        first_sequence: u64,
        bytes: u64,
    ) -> Result<Self, StorageError> {
        let salt = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), base);
        let header =
            SegmentHeader { version: PLAIN_LOG_FORMAT.version, base, first_sequence, salt };
        let segment = Self::begin(disk, header)?;
        segment.fill_with_zeros(SEGMENT_HEADER_BYTES as u64, bytes)?;
        segment.put_in_place(disk)?;
        disk.sync_dir().map_err(|error| segment.error("sync the directory of", error))?;
        Ok(segment)
    }

    /// Begins a segment under a temporary name.
    fn begin(disk: &dyn Disk, header: SegmentHeader) -> Result<Self, StorageError> {
        let name = segment_name(header.base);
        let file = disk
            .open(&temporary_name(header.base), Open::Create)
            .map_err(|error| StorageError::io("create", &*name, error))?;
        let segment = Self { name, header, file };
        segment.write(0, &header.encode())?;
        Ok(segment)
    }

    /// Gives a segment that was begun its name; durable once the directory is synced.
    pub(crate) fn put_in_place(&self, disk: &dyn Disk) -> Result<(), StorageError> {
        let renamed = disk.rename(&temporary_name(self.base()), &self.name);
        renamed.map_err(|error| self.error("rename", error))
    }

    /// Begins the segment that is to take the place of this one and may hold erased records. The salt
    /// stays: it binds the index, and a record at its place is the same in both.
    pub(crate) fn begin_successor(&self, disk: &dyn Disk) -> Result<Self, StorageError> {
        Self::begin(disk, SegmentHeader { version: LOG_FORMAT.version, ..self.header })
    }

    /// Gives the space of a successor back that did not come about.
    pub(crate) fn abandon_successor(&self, disk: &dyn Disk) {
        // What stays behind is removed when the log opens.
        let _ = disk.remove(&temporary_name(self.base()));
    }

    /// Opens the segment at `base`.
    pub(crate) fn open(disk: &dyn Disk, base: u64, how: Open) -> Result<Self, StorageError> {
        let name = segment_name(base);
        let context = |error| StorageError::io("read", &*name, error);
        let file = disk.open(&name, how).map_err(context)?;
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        let read = file.read_at(0, &mut bytes).map_err(context)?;
        let header = SegmentHeader::decode(&bytes);
        match header {
            Ok(header) if read == bytes.len() && header.base == base => {
                Ok(Self { name, header, file })
            }
            Err(BadHeader::Version(version)) => {
                let (found, known) = (version.to_string(), LOG_FORMAT.version);
                Err(StorageError::UnknownFormat { file: name, found, known })
            }
            _ => Err(StorageError::Damaged { file: name, offset: 0, what: "bad segment header" }),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn base(&self) -> u64 {
        self.header.base
    }

    pub(crate) const fn salt(&self) -> u64 {
        self.header.salt
    }

    pub(crate) const fn first_sequence(&self) -> u64 {
        self.header.first_sequence
    }

    pub(crate) fn sums(&self) -> Sums {
        self.header.sums()
    }

    pub(crate) fn read(&self, offset: u64, into: &mut [u8]) -> Result<usize, StorageError> {
        self.file.read_at(offset, into).map_err(|error| self.error("read", error))
    }

    pub(crate) fn size(&self) -> Result<u64, StorageError> {
        self.file.size().map_err(|error| self.error("measure", error))
    }

    pub(crate) fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        self.file.write_at(offset, bytes).map_err(|error| self.error("write", error))
    }

    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        self.file.sync_data().map_err(|error| self.error("sync", error))
    }

    /// Writes to a part of the file that was never written, leaving out pages of zeros: they take no
    /// space then.
    pub(crate) fn write_sparsely(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let (mut from, mut at) = (0, 0);
        while at < bytes.len() {
            let page = (offset + at as u64) % PAGE_BYTES;
            let end = bytes.len().min(at + (PAGE_BYTES - page) as usize);
            if bytes.get(at..end).is_some_and(is_zero) {
                self.write_part(offset, bytes, from..at)?;
                from = end;
            }
            at = end;
        }
        self.write_part(offset, bytes, from..at)
    }

    fn write_part(
        &self,
        offset: u64,
        bytes: &[u8],
        part: Range<usize>,
    ) -> Result<(), StorageError> {
        match bytes.get(part.clone()) {
            Some(bytes) if !bytes.is_empty() => self.write(offset + part.start as u64, bytes),
            _ => Ok(()),
        }
    }

    /// Writes zeros from `from` to `to` and makes them durable.
    pub(crate) fn fill_with_zeros(&self, from: u64, to: u64) -> Result<(), StorageError> {
        let mut at = from;
        while at < to {
            let count = usize::try_from(to - at).unwrap_or(ZEROS_BYTES).min(ZEROS_BYTES);
            self.write(at, ZEROS.get(..count).unwrap_or_default())?;
            at += count as u64;
        }
        self.sync()
    }

    /// Gives the file that length and makes it durable.
    pub(crate) fn cut(&self, bytes: u64) -> Result<(), StorageError> {
        self.file.set_len(bytes).map_err(|error| self.error("cut", error))?;
        self.sync()
    }

    pub(crate) fn damaged(&self, offset: u64, what: &'static str) -> StorageError {
        StorageError::Damaged { file: self.name.clone(), offset, what }
    }

    fn error(&self, action: &'static str, error: std::io::Error) -> StorageError {
        StorageError::io(action, &*self.name, error)
    }
}

/// A sealed segment; its index is loaded at the first find.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) segment: Segment,
    /// Bytes of the segment.
    pub(crate) limit: u64,
    index: OnceLock<IndexFile>,
}

impl Sealed {
    pub(crate) fn index(&self, disk: &dyn Disk) -> Result<&IndexFile, StorageError> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let name = index_name(self.segment.base());
        let index = IndexFile::open(disk, &name)?;
        let header = index.header();
        if header.salt != self.segment.salt() || header.covered != self.limit {
            let what = "index of another segment";
            return Err(StorageError::IndexDamaged { file: name, offset: 0, what });
        }
        Ok(self.index.get_or_init(|| index))
    }
}

/// The sealed segments used last.
#[derive(Debug, Default)]
pub(crate) struct OpenSegments {
    /// Used last at the end.
    list: Mutex<Vec<Arc<Sealed>>>,
}

impl OpenSegments {
    /// The segment at `base`, which has `limit` bytes.
    pub(crate) fn get(
        &self,
        disk: &dyn Disk,
        base: u64,
        limit: u64,
    ) -> Result<Arc<Sealed>, StorageError> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = list.iter().rposition(|open| open.segment.base() == base) {
            let found = list.remove(place);
            list.push(Arc::clone(&found));
            return Ok(found);
        }
        let segment = Segment::open(disk, base, Open::Read)?;
        let sealed = Arc::new(Sealed { segment, limit, index: OnceLock::new() });
        if list.len() >= OPEN_SEGMENTS_MAX {
            list.remove(0);
        }
        list.push(Arc::clone(&sealed));
        Ok(sealed)
    }

    /// Lets a segment go whose file was replaced: whoever asks next opens the new one.
    pub(crate) fn forget(&self, base: u64) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|open| open.segment.base() != base);
    }
}
