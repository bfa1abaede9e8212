//! Serving ranges: the runs of many stretches of chains, merged by Lamport time, page by page.
//!
//! Lamport time grows along every link, so what a page holds can be taken in from front to back: whoever
//! receives it hardly ever waits for something that comes later. A plan keeps one cursor for each range
//! and reads a run when its turn comes; it holds no run in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use pluto_core::codec::Decoded;
use pluto_core::run::SIGNATURE_BYTES;
use pluto_core::{Canonical, EventId, Header, Reader, RealmId};
use pluto_error::Result;

use crate::head::ChainEnd;
use crate::message::RUNS_MAX;
use crate::store::EventStore;

/// Bytes of runs after which a page is full.
pub(crate) const PAGE_BYTES: usize = 256 * 1024;
/// Runs looked at to find the right branch of an author who forked.
const WALK_RUNS_MAX: usize = 4_096;

/// Ranges that are being served: about 120 bytes for each.
#[derive(Debug)]
pub(crate) struct Plan {
    realm: RealmId,
    cursors: Vec<Cursor>,
    /// Whose turn it is: by Lamport time of the next event wanted.
    queue: BTreeSet<(u64, usize)>,
    gone: u16,
}

#[derive(Debug)]
struct Cursor {
    end: ChainEnd,
    /// The next sequence number wanted.
    next: u64,
    /// The event with that number on the branch of `end`.
    at: EventId,
}

/// What goes into one page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) runs: Vec<Arc<[u8]>>,
    pub(crate) gone: u16,
    pub(crate) more: bool,
}

impl Plan {
    /// A plan for ranges, each from a sequence number up to a chain end.
    pub(crate) fn new(
        store: &dyn EventStore,
        realm: RealmId,
        ranges: impl IntoIterator<Item = (ChainEnd, u64)>,
    ) -> Result<Self> {
        let ranges = ranges.into_iter();
        // At most one for each chain end here.
        let cursors = Vec::with_capacity(ranges.size_hint().1.unwrap_or(0));
        let mut plan = Self { realm, cursors, queue: BTreeSet::new(), gone: 0 };
        for (end, next) in ranges {
            let index = plan.cursors.len();
            plan.cursors.push(Cursor { end, next, at: end.id });
            plan.queue_up(store, index)?;
        }
        Ok(plan)
    }

    /// The next page.
    pub(crate) fn page(&mut self, store: &dyn EventStore) -> Result<Page> {
        let mut page = Page::default();
        let mut bytes = 0;
        while let Some((lamport, index)) = self.queue.pop_first() {
            let Some(cursor) = self.cursors.get_mut(index) else { continue };
            let Some(run) = store.run_of(self.realm, &cursor.at)? else {
                self.gone = self.gone.saturating_add(1);
                continue;
            };
            let is_full = bytes + run.len() > PAGE_BYTES || page.runs.len() >= RUNS_MAX;
            if is_full && !page.runs.is_empty() {
                self.queue.insert((lamport, index));
                break;
            }
            bytes += run.len();
            let last = headers(&run)?.last().map_or(cursor.next, |header| header.author_seq);
            page.runs.push(run);
            cursor.next = last.max(cursor.next).saturating_add(1);
            self.queue_up(store, index)?;
        }
        page.gone = std::mem::take(&mut self.gone);
        page.more = !self.queue.is_empty();
        Ok(page)
    }

    /// Finds out when the turn of a cursor comes.
    fn queue_up(&mut self, store: &dyn EventStore, index: usize) -> Result<()> {
        let Some(cursor) = self.cursors.get_mut(index).filter(|c| c.next <= c.end.seq) else {
            return Ok(());
        };
        let found = locate(store, self.realm, cursor)?;
        match found {
            Some((id, lamport)) => {
                cursor.at = id;
                self.queue.insert((lamport, index));
            }
            None => self.gone = self.gone.saturating_add(1),
        }
        Ok(())
    }
}

/// The event at the cursor, with its Lamport time.
fn locate(
    store: &dyn EventStore,
    realm: RealmId,
    cursor: &Cursor,
) -> Result<Option<(EventId, u64)>> {
    let candidates = store.at(realm, &cursor.end.author, cursor.next)?;
    if candidates.len() < 2 {
        return Ok(candidates.first().copied());
    }
    let ids: Vec<EventId> = candidates.iter().map(|(id, _)| *id).collect();
    let id = on_branch(store, realm, cursor, &ids)?;
    Ok(candidates.into_iter().find(|(candidate, _)| Some(*candidate) == id))
}

/// Of several events with one number, the one from which the branch of the cursor comes: found by
/// walking back from its end.
fn on_branch(
    store: &dyn EventStore,
    realm: RealmId,
    cursor: &Cursor,
    candidates: &[EventId],
) -> Result<Option<EventId>> {
    let mut at = cursor.end.id;
    for _ in 0..WALK_RUNS_MAX {
        if candidates.contains(&at) {
            return Ok(Some(at));
        }
        let Some(run) = store.run_of(realm, &at)? else { return Ok(None) };
        let headers = headers(&run)?;
        // Within a run each event names the one before it, so its events need not be hashed.
        let Some(upto) = headers.iter().position(|header| header.id() == at) else {
            return Ok(None);
        };
        let prevs = headers.iter().take(upto + 1).rev().filter_map(|header| header.prev);
        let mut last = None;
        for prev in prevs {
            if candidates.contains(&prev) {
                return Ok(Some(prev));
            }
            last = Some(prev);
        }
        let Some(prev) = last else { return Ok(None) };
        at = prev;
    }
    Ok(None)
}

/// The headers of a run that is here, without hashing anything.
pub(crate) fn headers(run: &[u8]) -> Decoded<Vec<Header>> {
    let mut input = Reader::new(run);
    let _version = input.u8()?;
    let count = usize::from(input.u8()?) + 1;
    input.take(SIGNATURE_BYTES)?;
    let mut headers = Vec::with_capacity(count);
    for _ in 0..count {
        let length = usize::from(input.u16()?);
        let header = Header::decode(input.take(length)?)?;
        if input.flag("payload flag")? {
            input.take(header.payload_len as usize)?;
        }
        headers.push(header);
    }
    Ok(headers)
}
