//! One realm: its set, its canonical order, its state, and how they change together.
//!
//! A batch of admitted events is put into the order at its place. When all of it comes after what is
//! there, it is folded at the end. When something is late, the order is rolled back to that place
//! with the undo of each event, and folded forward again; when the place lies before the undo that is
//! kept in memory, the whole realm is folded anew from the log. All three give the same roots.

use std::sync::Arc;

use pluto_core::traits::{Committed, Fact, KvStore, Write};
use pluto_core::verdict::leaf_block;
use pluto_core::{Event, EventId, Kind, Position, RealmId};
use pluto_error::Result;
use pluto_merkle::log_tree::TILE_LEAVES;

use super::dag::{Dag, PastLog};
use super::fold::{Outcome, Rules, WorkingState};
use super::tiles::{Place, TileStore};
use crate::error::NervousError;
use crate::merkle_tracker::{MerkleTracker, Roots};

/// Places whose undo replay keeps: late events among them need no folding anew.
const REPLAY_WINDOW: usize = 8_192;
/// Changed entries that replay collects before they reach the maps.
const REFOLD_DIRTY: usize = 1 << 15;

/// A recent event in its place.
pub(crate) struct Entry {
    pub(crate) place: Place,
    /// What it replaced, and the event itself; gone for events from before a restart.
    pub(crate) recent: Option<Recent>,
}

pub(crate) struct Recent {
    pub(crate) event: Arc<Event>,
    undo: Vec<Write>,
}

/// What a batch changed.
pub(crate) struct Change {
    pub(crate) committed: Vec<Committed>,
    pub(crate) reorganised_from: Option<u64>,
}

/// One realm in memory.
pub(crate) struct RealmState {
    pub(crate) realm: RealmId,
    pub(crate) dag: Dag,
    pub(crate) tracker: MerkleTracker,
    pub(crate) tiles: TileStore,
    pub(crate) stored_tiles: u64,
    /// Tiles of the checkpoint under way that are still right; see [`RealmState::stored`].
    capturing: Option<u64>,
    captured_len: u64,
    /// Places below this one have been shed.
    shed_len: u64,
    pub(super) working: WorkingState,
    pub(super) base: u64,
    pub(super) entries: Vec<Entry>,
}

impl RealmState {
    pub(crate) fn new(realm: RealmId, store: Arc<dyn KvStore>) -> Self {
        let tracker = MerkleTracker::new(realm);
        Self::restore(Dag::new(realm), tracker, Vec::new(), TileStore::new(realm, store), realm)
    }

    /// Restores a realm at a checkpoint; `tail` are the places after the last full tile.
    pub(crate) fn restore(
        dag: Dag,
        tracker: MerkleTracker,
        tail: Vec<Place>,
        tiles: TileStore,
        realm: RealmId,
    ) -> Self {
        let working = WorkingState::new(realm, tracker.maps());
        let stored_tiles = tracker.log().len() / TILE_LEAVES;
        let entries = tail.into_iter().map(|place| Entry { place, recent: None }).collect();
        let base = stored_tiles * TILE_LEAVES;
        let captured_len = tracker.log().len();
        Self {
            realm,
            dag,
            tracker,
            tiles,
            stored_tiles,
            capturing: None,
            captured_len,
            shed_len: 0,
            working,
            base,
            entries,
        }
    }

    /// Number of events.
    pub(crate) fn len(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    pub(crate) fn roots(&self) -> Roots {
        self.tracker.roots()
    }

    pub(crate) fn time_ms(&self) -> u64 {
        self.working.time_ms()
    }

    /// Puts new events, already admitted into the set, into their places and folds.
    pub(crate) fn insert(
        &mut self,
        rules: &Rules,
        mut new: Vec<Arc<Event>>,
        log: &PastLog<'_>,
    ) -> Result<Change> {
        new.sort_unstable_by_key(|event| order_key(event));
        let Some(first) = new.first().map(|event| order_key(event)) else {
            return Ok(Change { committed: Vec::new(), reorganised_from: None });
        };
        let kept = self.entries.partition_point(|entry| entry.place.order_key() < first);
        let before_memory = kept == 0 && self.key_before(self.base)?.is_some_and(|k| first < k);
        let late = self.entries.get(kept..).unwrap_or_default();
        if before_memory || late.iter().any(|entry| entry.recent.is_none()) {
            return self.refold(rules, new, log);
        }
        let from = self.base + kept as u64;
        let reorganised_from = (!late.is_empty()).then_some(from);
        let moved = self.roll_back(kept)?;
        let merged = merge(moved, new);
        let committed = self.fold_all(rules, merged, reorganised_from.is_some());
        self.working.flush(&mut self.tracker)?;
        self.append_leaves(from);
        self.unstore(from);
        Ok(Change { committed, reorganised_from })
    }

    /// Puts events of the log's tail into their places without telling anybody; the maps are hashed
    /// when enough has changed, see [`RealmState::settle`].
    pub(crate) fn replay(
        &mut self,
        rules: &Rules,
        new: Vec<Arc<Event>>,
        log: &PastLog<'_>,
    ) -> Result<()> {
        let mut last = self.key_before(self.len())?;
        let in_order = new.iter().all(|event| {
            let key = Some(order_key(event));
            std::mem::replace(&mut last, key) < key
        });
        if !in_order {
            self.settle()?;
            return self.insert(rules, new, log).map(|_| ());
        }
        let from = self.len();
        for event in new {
            let outcome = self.working.fold(rules, self.tracker.maps(), &event);
            self.push(event, outcome);
        }
        self.append_leaves(from);
        self.shed();
        if self.working.dirty_len() >= REFOLD_DIRTY { self.settle() } else { Ok(()) }
    }

    /// Drops the undo of all but the last [`REPLAY_WINDOW`] places; the log still has the events.
    fn shed(&mut self) {
        let old = self.entries.len().saturating_sub(REPLAY_WINDOW);
        let fresh_from = self.shed_len.saturating_sub(self.base);
        let fresh_from = usize::try_from(fresh_from).unwrap_or_default();
        for entry in self.entries.get_mut(fresh_from..old).unwrap_or_default() {
            entry.recent = None;
            self.dag.forget(&entry.place.id);
        }
        self.shed_len = self.base + old as u64;
    }

    /// What the place before `position` is ordered by.
    fn key_before(&self, position: u64) -> Result<Option<(u64, EventId)>> {
        match position.checked_sub(1) {
            Some(before) => Ok(self.place(before)?.map(|place| place.order_key())),
            None => Ok(None),
        }
    }

    /// Hands what was folded to the maps, so that roots are those of all events.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.working.flush(&mut self.tracker)
    }

    /// Takes the entries from index `kept` on out of order, state and log tree.
    fn roll_back(&mut self, kept: usize) -> Result<Vec<Arc<Event>>> {
        if kept == self.entries.len() {
            return Ok(Vec::new());
        }
        let moved = self.entries.split_off(kept);
        for entry in moved.iter().rev() {
            if let Some(recent) = &entry.recent {
                self.working.revert(&recent.undo);
            }
        }
        self.tracker.truncate(self.base + kept as u64)?;
        Ok(moved.into_iter().filter_map(|entry| entry.recent.map(|recent| recent.event)).collect())
    }

    pub(super) fn fold_all(
        &mut self,
        rules: &Rules,
        events: Vec<Arc<Event>>,
        reorganised: bool,
    ) -> Vec<Committed> {
        let depth = events.len();
        let mut committed = Vec::with_capacity(events.len());
        self.entries.reserve(events.len());
        for event in events {
            let position = Position(self.len());
            let outcome = self.working.fold(rules, self.tracker.maps(), &event);
            committed.push(self.committed(position, &event, &outcome));
            self.push(event, outcome);
        }
        if let Some(first) = committed.first_mut().filter(|_| reorganised) {
            let text =
                format!("{depth} events from position {} on were folded again", first.position.0);
            first.facts.push(Fact { kind: Kind::ReorgDetected, text });
        }
        committed
    }

    fn push(&mut self, event: Arc<Event>, outcome: Outcome) {
        let place = Place { lamport: event.header.lamport, id: event.id, verdict: outcome.verdict };
        self.entries.push(Entry { place, recent: Some(Recent { event, undo: outcome.undo }) });
    }

    fn committed(&self, position: Position, event: &Event, outcome: &Outcome) -> Committed {
        Committed {
            realm: self.realm,
            position,
            id: event.id,
            author: event.header.author,
            kind: event.header.kind,
            verdict: outcome.verdict,
            touched: outcome.touched,
            facts: outcome.facts.clone(),
        }
    }

    pub(super) fn append_leaves(&mut self, from: u64) {
        let kept = usize::try_from(from - self.base).unwrap_or(usize::MAX);
        let new = self.entries.get(kept..).unwrap_or_default();
        let blocks: Vec<_> =
            new.iter().map(|entry| leaf_block(&entry.place.id, entry.place.verdict)).collect();
        self.tracker.append(&blocks);
    }

    /// Places from memory: those from `base` on.
    pub(crate) fn place(&self, position: u64) -> Result<Option<Place>> {
        if position >= self.len() {
            return Ok(None);
        }
        match position.checked_sub(self.base) {
            Some(at) => Ok(usize::try_from(at)
                .ok()
                .and_then(|at| self.entries.get(at))
                .map(|entry| entry.place)),
            None => {
                let places = self.tiles.places(position / TILE_LEAVES)?;
                let at = usize::try_from(position % TILE_LEAVES).unwrap_or_default();
                Ok(places.get(at).copied())
            }
        }
    }

    /// The position of an event, by binary search over the canonical order.
    pub(crate) fn position(&self, lamport: u64, id: EventId) -> Result<Option<u64>> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let place = self.place(middle)?.ok_or(NervousError::UnknownEvent(id))?;
            if place.order_key() < (lamport, id) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(self.place(low)?.filter(|place| place.id == id).map(|_| low))
    }

    /// The places of the full tiles from `first` on, and the places after the last full tile.
    pub(crate) fn tiles_from(&self, first: u64) -> (Vec<Vec<Place>>, Vec<Place>) {
        let skip = usize::try_from((first * TILE_LEAVES).saturating_sub(self.base));
        let from = self.entries.get(skip.unwrap_or(usize::MAX)..).unwrap_or_default();
        let places: Vec<Place> = from.iter().map(|entry| entry.place).collect();
        let chunks = places.chunks_exact(usize::try_from(TILE_LEAVES).unwrap_or(256));
        let tail = chunks.remainder().to_vec();
        (chunks.map(<[Place]>::to_vec).collect(), tail)
    }

    /// Tiles from `position` on are no longer what is stored.
    pub(super) fn unstore(&mut self, position: u64) {
        let right = position / TILE_LEAVES;
        self.stored_tiles = self.stored_tiles.min(right);
        self.capturing = self.capturing.map(|tiles| tiles.min(right));
    }

    /// A checkpoint of the realm as it is now is on its way.
    pub(crate) fn capturing(&mut self) {
        self.capturing = Some(self.len() / TILE_LEAVES);
    }

    /// The checkpoint on its way has been written: keeps in memory what came after the one before, so
    /// that late events within one checkpoint are put in their place without the log.
    pub(crate) fn stored(&mut self, len: u64) {
        if let Some(tiles) = self.capturing.take() {
            self.stored_tiles = self.stored_tiles.max(tiles);
        }
        let before = std::mem::replace(&mut self.captured_len, len);
        self.forget(before.min(len));
    }

    /// Drops from memory the places before `before` whose tiles are stored.
    fn forget(&mut self, before: u64) {
        let tiles = (before / TILE_LEAVES).min(self.stored_tiles);
        let drop = (tiles * TILE_LEAVES).saturating_sub(self.base);
        let drop = usize::try_from(drop).unwrap_or(usize::MAX).min(self.entries.len());
        for entry in self.entries.drain(..drop) {
            self.dag.forget(&entry.place.id);
        }
        self.base += drop as u64;
        self.tracker.forget(self.base);
    }
}

pub(super) fn order_key(event: &Event) -> (u64, EventId) {
    (event.header.lamport, event.id)
}

fn merge(old: Vec<Arc<Event>>, new: Vec<Arc<Event>>) -> Vec<Arc<Event>> {
    if old.is_empty() {
        return new;
    }
    let mut all: Vec<Arc<Event>> = old.into_iter().chain(new).collect();
    all.sort_by_key(|event| order_key(event));
    all
}
