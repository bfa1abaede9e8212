//! Takes payloads out of records that are on disk.
//!
//! 1. The index of each segment names the records that may hold an event; they are read to be sure. A
//!    payload that came late stands in a second record: every segment is asked.
//! 2. An active segment that holds one is sealed: only sealed segments are written anew.
//! 3. The new file gets a temporary name and is filled frame by frame, synced, and renamed over the old
//!    one. Every record stands where it stood, so positions and the index hold. Until the rename the old
//!    file is as it was; who still reads it may go on.
//! 4. The directory is synced once, also when nothing was found: an earlier call may have ended before.
//!
//! What fails before a rename leaves nothing in doubt, so the log goes on. After a failed sync of the
//! directory nothing is known, and it refuses writes, as after any failed sync.

use std::collections::{BTreeMap, BTreeSet};

use pluto_core::EventId;
use pluto_error::Result;

use crate::disk::Disk;
use crate::error::StorageError;
use crate::frame::{FrameBuilder, SEGMENT_HEADER_BYTES};
use crate::index::{Entry, Prefix};
use crate::runs;

use super::reader::read_record;
use super::segment::Sealed;
use super::walk::{Bad, Step, Walk, WalkError};
use super::{Segment, SegmentLog};

/// The slots that lose their payload, by the offset of the record.
type Places = BTreeMap<u64, Vec<u8>>;

impl SegmentLog {
    pub(super) fn erase_payloads(&mut self, ids: &[EventId]) -> Result<u64> {
        self.check_writable()?;
        let ids: BTreeSet<EventId> = ids.iter().copied().collect();
        if self.is_in_active(&ids)? {
            self.roll()?;
        }
        let mut freed = 0;
        for pair in self.shared.bases().windows(2) {
            let [base, next] = *pair else { continue };
            freed += self.erase_in_sealed(base, next - base, &ids)?;
        }
        let disk = &self.shared.disk;
        let synced = disk.sync_dir().map_err(|error| StorageError::io("sync", disk.label(), error));
        self.keep_or_poison(synced)?;
        Ok(freed)
    }

    fn is_in_active(&self, ids: &BTreeSet<EventId>) -> Result<bool> {
        let segment = self.shared.active()?;
        let candidates = |prefix| self.shared.active_candidates(prefix).map(|(_, found)| found);
        Ok(!places(&segment, u64::MAX, ids, candidates)?.is_empty())
    }

    fn erase_in_sealed(&self, base: u64, limit: u64, ids: &BTreeSet<EventId>) -> Result<u64> {
        let disk = &*self.shared.disk;
        let old = self.shared.sealed.get(disk, base, limit)?;
        let index = old.index(disk)?;
        let places = places(&old.segment, limit, ids, |prefix| index.candidates(prefix))?;
        if places.is_empty() {
            return Ok(0);
        }
        let freed = rewrite(disk, &old, &places)?;
        self.shared.sealed.forget(base);
        Ok(freed)
    }
}

/// Where payloads of these events are in a segment.
fn places(
    segment: &Segment,
    limit: u64,
    ids: &BTreeSet<EventId>,
    candidates: impl Fn(Prefix) -> Result<Vec<Entry>, StorageError>,
) -> Result<Places, StorageError> {
    let mut asked: BTreeMap<u64, Vec<(u8, &EventId)>> = BTreeMap::new();
    for id in ids {
        for Entry { offset, slot, .. } in candidates(Prefix::of(id))? {
            asked.entry(u64::from(offset)).or_default().push((slot, id));
        }
    }
    let mut places = Places::new();
    for (offset, asked) in asked {
        let run = read_record(segment, offset, limit)?;
        let holds = |(slot, id): (u8, &EventId)| {
            runs::part_at(&run, slot).is_some_and(|part| part.is_whole() && part.is(id))
        };
        let slots: Vec<u8> =
            asked.into_iter().filter(|place| holds(*place)).map(|(slot, _)| slot).collect();
        if !slots.is_empty() {
            places.insert(offset, slots);
        }
    }
    Ok(places)
}

/// Puts the segment without those payloads in the place of the old one; gives the bytes freed.
fn rewrite(disk: &dyn Disk, old: &Sealed, places: &Places) -> Result<u64, StorageError> {
    let written = old.segment.begin_successor(disk).and_then(|new| {
        let freed = copy(old, &new, places).map_err(|error| error.into_storage(&old.segment))?;
        new.put_in_place(disk)?;
        Ok(freed)
    });
    written.inspect_err(|_| old.segment.abandon_successor(disk))
}

fn copy(old: &Sealed, new: &Segment, places: &Places) -> Result<u64, WalkError> {
    let (start, first) = (SEGMENT_HEADER_BYTES as u64, old.segment.first_sequence());
    let mut walk = Walk::new(&old.segment, start, old.limit, Some(first));
    let (mut buffer, mut freed) = (Vec::new(), 0);
    loop {
        let at = walk.offset();
        if matches!(walk.step()?, Step::End) {
            break;
        }
        buffer.clear();
        let frame = FrameBuilder::new(new.sums(), at, &mut buffer);
        freed += copy_records(&mut walk, frame, places)?;
        new.write_sparsely(at, &buffer)?;
    }
    new.cut(old.limit)?;
    Ok(freed)
}

/// Copies the records of the frame that the walk has begun.
fn copy_records(
    walk: &mut Walk<'_>,
    mut frame: FrameBuilder<'_>,
    places: &Places,
) -> Result<u64, WalkError> {
    let mut freed = 0;
    while let Step::Record { offset, header, bytes, completes } = walk.step()? {
        if let Some(slots) = places.get(&offset) {
            let no_run = WalkError::Bad(Bad { offset, what: "the record is no run" });
            let run = runs::hollow(bytes, |slot| slots.contains(&slot)).ok_or(no_run)?;
            freed += (bytes.len() - run.len()) as u64;
            frame.push_erased(&run, header.length);
        } else if header.erased {
            frame.push_erased(bytes, header.length);
        } else {
            frame.push(bytes);
        }
        if completes {
            break;
        }
    }
    frame.finish(walk.sequence().unwrap_or_default().saturating_sub(1));
    Ok(freed)
}

#[cfg(test)]
mod tests;
