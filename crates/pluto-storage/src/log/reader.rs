//! Reading the log from any thread, while one writer appends.
//!
//! The writer publishes a batch by one store to `end` after its index entries are in place; a reader
//! never looks past the `end` it loaded. A file never changes once written (an erasure puts another in its
//! place), so no lock is held while files are read.

use std::cmp::Reverse;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use pluto_core::LogPosition;
use pluto_core::ids::EventId;
use pluto_core::traits::{EventLocation, EventLogReader, Visit};
use pluto_error::Result;

use crate::disk::Disk;
use crate::error::StorageError;
use crate::frame::{FRAME_HEADER_BYTES, RECORD_HEADER_BYTES, RecordHeader, SEGMENT_HEADER_BYTES};
use crate::index::{Entry, IndexFile, Prefix, Table};
use crate::runs;

use super::segment::{OpenSegments, Sealed};
use super::{Damage, Segment, Step, Walk, WalkError};

/// Bytes of the first read of a record: most records need no second.
const READ_AHEAD_BYTES: usize = 1024;

/// What the writer changes.
#[derive(Debug)]
pub(super) struct Live {
    /// Positions of all segments, ascending; the last is the active one.
    pub(super) bases: Arc<Vec<u64>>,
    /// The segment appended to; none when its header is damaged.
    pub(super) active: Option<Arc<Segment>>,
    /// Its index on disk.
    pub(super) index: Option<Arc<IndexFile>>,
    /// Its events after what the index covers.
    pub(super) table: Table,
}

/// What the writer and all readers share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) disk: Arc<dyn Disk>,
    live: RwLock<Live>,
    pub(super) sealed: OpenSegments,
    end: AtomicU64,
    damage: Option<Damage>,
}

impl Shared {
    pub(super) fn new(disk: Arc<dyn Disk>, live: Live, end: u64, damage: Option<Damage>) -> Self {
        let (live, end) = (RwLock::new(live), AtomicU64::new(end));
        Self { disk, live, sealed: OpenSegments::default(), end, damage }
    }

    fn live(&self) -> RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn live_mut(&self) -> RwLockWriteGuard<'_, Live> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn active(&self) -> Result<Arc<Segment>, StorageError> {
        self.live().active.clone().ok_or(StorageError::NoRecord { position: self.end() })
    }

    pub(super) fn bases(&self) -> Arc<Vec<u64>> {
        Arc::clone(&self.live().bases)
    }

    /// The active segment and its records that may hold an event.
    pub(super) fn active_candidates(
        &self,
        prefix: Prefix,
    ) -> Result<(Option<Arc<Segment>>, Vec<Entry>), StorageError> {
        let (active, index, mut candidates) = {
            let live = self.live();
            (live.active.clone(), live.index.clone(), live.table.candidates(prefix))
        };
        if let Some(index) = index.filter(|_| active.is_some()) {
            candidates.extend(index.candidates(prefix)?);
        }
        Ok((active, candidates))
    }

    pub(super) fn table_len(&self) -> usize {
        self.live().table.len()
    }

    /// The index of the active segment, and the entries that are not in it.
    pub(super) fn index_state(&self) -> (Option<Arc<IndexFile>>, Vec<Entry>) {
        let live = self.live();
        (live.index.clone(), live.table.to_vec())
    }

    pub(super) fn replace_index(&self, index: IndexFile) {
        let mut live = self.live_mut();
        live.index = Some(Arc::new(index));
        live.table.clear();
    }

    pub(super) fn begin_segment(&self, segment: Segment) {
        let mut live = self.live_mut();
        let mut bases = (*live.bases).clone();
        bases.push(segment.base());
        self.end.store(segment.base() + SEGMENT_HEADER_BYTES as u64, Ordering::Release);
        live.bases = Arc::new(bases);
        live.active = Some(Arc::new(segment));
        live.index = None;
        live.table.clear();
    }

    pub(super) fn publish(&self, entries: impl Iterator<Item = Entry>, end: u64) {
        let mut live = self.live_mut();
        entries.for_each(|entry| live.table.insert(entry));
        self.end.store(end, Ordering::Release);
    }

    fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }
}

/// A segment that is read.
enum Part {
    Active(Arc<Segment>),
    Sealed(Arc<Sealed>),
}

impl Part {
    fn segment(&self) -> &Segment {
        match self {
            Self::Active(segment) => segment,
            Self::Sealed(sealed) => &sealed.segment,
        }
    }
}

/// The reading half.
#[derive(Debug)]
pub(super) struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The segment that holds `position`, and how many of its bytes may be read.
    fn part_at(&self, position: u64, end: u64) -> Result<(Part, u64), StorageError> {
        let (bases, active) = {
            let live = self.shared.live();
            (Arc::clone(&live.bases), live.active.clone())
        };
        let place = bases.partition_point(|base| *base <= position);
        let missing = StorageError::NoRecord { position };
        let Some(base) = place.checked_sub(1).and_then(|place| bases.get(place)).copied() else {
            return Err(missing);
        };
        match (bases.get(place), active) {
            (Some(next), _) => {
                let limit = next - base;
                let sealed = self.shared.sealed.get(&*self.shared.disk, base, limit)?;
                Ok((Part::Sealed(sealed), limit))
            }
            (None, Some(active)) if active.base() == base => {
                Ok((Part::Active(active), end.saturating_sub(base)))
            }
            _ => Err(missing),
        }
    }

    fn scan_segment(
        &self,
        from: u64,
        end: u64,
        visit: &mut Visit<'_>,
    ) -> Result<ControlFlow<(), u64>, StorageError> {
        let (part, limit) = self.part_at(from, end)?;
        let segment = part.segment();
        let offset = (from - segment.base()).max(SEGMENT_HEADER_BYTES as u64);
        let mut walk = Walk::new(segment, offset, limit, None);
        loop {
            match walk.step() {
                Ok(Step::Frame) => {}
                Ok(Step::End) => return Ok(ControlFlow::Continue(segment.base() + limit)),
                Ok(Step::Record { offset, bytes, .. }) => {
                    if visit(LogPosition(segment.base() + offset), bytes).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Err(error) => return Err(error.into_storage(segment)),
            }
        }
    }

    /// Whether that entry is the event.
    fn is_event(&self, segment: &Segment, limit: u64, entry: Entry, id: &EventId) -> Result<bool> {
        let bytes = read_record(segment, u64::from(entry.offset), limit)?;
        Ok(runs::part_at(&bytes, entry.slot).is_some_and(|part| part.is(id)))
    }

    fn find_in(
        &self,
        segment: &Segment,
        limit: u64,
        mut candidates: Vec<Entry>,
        id: &EventId,
        end: LogPosition,
    ) -> Result<Option<EventLocation>> {
        candidates.sort_unstable_by_key(|entry| Reverse(entry.offset));
        for entry in candidates {
            let record = LogPosition(segment.base() + u64::from(entry.offset));
            if record < end && self.is_event(segment, limit, entry, id)? {
                return Ok(Some(EventLocation { record, slot: u16::from(entry.slot) }));
            }
        }
        Ok(None)
    }

    fn find_in_active(
        &self,
        id: &EventId,
        prefix: Prefix,
        end: LogPosition,
    ) -> Result<Option<EventLocation>> {
        let (Some(active), candidates) = self.shared.active_candidates(prefix)? else {
            return Ok(None);
        };
        self.find_in(&active, u64::MAX, candidates, id, end)
    }
}

impl EventLogReader for Reader {
    fn read(&self, position: LogPosition) -> Result<Vec<u8>> {
        let end = self.shared.end();
        if position.0 >= end {
            return Err(StorageError::NoRecord { position: position.0 }.into());
        }
        let (part, limit) = self.part_at(position.0, end)?;
        let segment = part.segment();
        let offset = position.0 - segment.base();
        match read_record(segment, offset, limit) {
            Err(StorageError::Damaged { .. }) if !starts_record(segment, offset, limit)? => {
                Err(StorageError::NoRecord { position: position.0 }.into())
            }
            other => Ok(other?),
        }
    }

    fn find_before(&self, id: &EventId, end: LogPosition) -> Result<Option<EventLocation>> {
        let prefix = Prefix::of(id);
        let bases = self.shared.bases();
        if let Some(location) = self.find_in_active(id, prefix, end)? {
            return Ok(Some(location));
        }
        for pair in bases.windows(2).rev() {
            let [base, next] = *pair else { continue };
            if base >= end.0 {
                continue;
            }
            let disk = &*self.shared.disk;
            let sealed = self.shared.sealed.get(disk, base, next - base)?;
            let candidates = sealed.index(disk)?.candidates(prefix)?;
            let found = self.find_in(&sealed.segment, sealed.limit, candidates, id, end)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn scan(&self, from: LogPosition, visit: &mut Visit<'_>) -> Result<()> {
        let end = self.shared.end();
        let mut at = from.0;
        while at < end {
            match self.scan_segment(at, end, visit)? {
                ControlFlow::Continue(next) => at = next,
                ControlFlow::Break(()) => return Ok(()),
            }
        }
        match self.shared.damage.clone() {
            Some(Damage { file, offset, what }) => {
                Err(StorageError::Damaged { file, offset, what }.into())
            }
            None => Ok(()),
        }
    }

    fn end(&self) -> LogPosition {
        LogPosition(self.shared.end())
    }
}

pub(super) fn read_record(
    segment: &Segment,
    offset: u64,
    limit: u64,
) -> Result<Vec<u8>, StorageError> {
    let damaged = |what| segment.damaged(offset, what);
    let mut first = [0; READ_AHEAD_BYTES];
    let read = segment.read(offset, &mut first)?;
    let (head, rest) =
        first.get(..read).unwrap_or_default().split_at(RECORD_HEADER_BYTES.min(read));
    let sums = segment.sums();
    let header = RecordHeader::decode(head, &sums).ok_or_else(|| damaged("bad record header"))?;
    let length = header.length as usize;
    let content = offset + RECORD_HEADER_BYTES as u64;
    if content + u64::from(header.length) > limit {
        return Err(damaged("the record is cut"));
    }
    let mut bytes = match rest.get(..length) {
        Some(bytes) => bytes.to_vec(),
        None => {
            let mut bytes = vec![0; length];
            let read = segment.read(content, &mut bytes)?;
            bytes.truncate(read);
            bytes
        }
    };
    let run = header.content(&bytes, &sums, offset);
    let length = run.ok_or_else(|| damaged("the checksum does not match"))?.len();
    bytes.truncate(length);
    Ok(bytes)
}

/// Whether a record begins at `offset`, sound or not. Slow; for telling damage from a wrong question.
fn starts_record(segment: &Segment, offset: u64, limit: u64) -> Result<bool, StorageError> {
    let mut walk = Walk::new(segment, SEGMENT_HEADER_BYTES as u64, limit, None);
    loop {
        let before = walk.offset();
        if before > offset {
            return Ok(false);
        }
        match walk.step() {
            Ok(Step::Frame) if before + FRAME_HEADER_BYTES as u64 > offset => return Ok(false),
            Ok(Step::Record { .. }) if before == offset => return Ok(true),
            Ok(Step::Frame | Step::Record { .. }) => {}
            Ok(Step::End) => return Ok(false),
            Err(WalkError::Bad(_)) => return Ok(true),
            Err(WalkError::Io(error)) => return Err(error),
        }
    }
}
