//! One realm: its set, its canonical order, its state, and how they change together.
//!
//! A batch of admitted events is put into the order at its place. When all of it comes after what is
//! there, it is folded at the end. When something is late, the order is rolled back to that place
//! with the undo of each event, and folded forward again; when the place lies before the undo that is
//! kept in memory, the whole realm is folded anew from the log. All three give the same roots.
//!
//! Maps and log tree are hashed per batch. Before a decision they are brought up to the event before
//! it, because its leaf commits to the root it was judged on (ADR 0005).

use std::collections::VecDeque;
use std::sync::Arc;

use pluto_core::traits::{Committed, Fact, KvStore};
use pluto_core::{Digest, Event, EventId, Kind, Position, RealmId};
use pluto_error::Result;
use pluto_merkle::log_tree::TILE_LEAVES;

use super::borders::Borders;
use super::dag::{Dag, PastLog};
use super::fold::{Outcome, Rules, WorkingState};
use super::footing::Footings;
use super::held::{Held, RunEvents, order_key};
use super::tiles::{Place, TileStore};
use super::view::RealmView;
use crate::merkle_tracker::{MerkleTracker, Roots};
use crate::snapshot::Snapshot;

/// Places whose undo replay keeps: late events among them need no folding anew.
const REPLAY_WINDOW: usize = 8_192;
/// Changed entries that replay collects before they reach the maps.
const REFOLD_DIRTY: usize = 1 << 15;
/// Entries, changed or only read, that replay holds before it settles.
const REPLAY_CACHED_MAX: usize = 1 << 17;

/// About what a recent event takes beside itself: its parents, its place among the recent ones, its share
/// of the run.
const RECENT_BYTES: usize = 160;

/// An event that can still be taken back.
pub(super) struct Recent {
    pub(super) held: Held,
    /// About what it takes in memory.
    bytes: u32,
    /// How many entries it wrote, and the border behind it: what they replaced stands in the journal of
    /// the working set.
    pub(super) writes: u32,
}

/// What a batch changed.
#[derive(Default)]
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
    pub(super) working: WorkingState,
    pub(crate) borders: Borders,
    pub(super) footings: Arc<Footings>,
    pub(super) base: u64,
    /// The places from `base` on.
    pub(super) places: Vec<Place>,
    /// The events of the last places; those from before a restart, and of long ago, are not here.
    pub(super) recent: VecDeque<Recent>,
    /// A payload came for a place that a border covers: what is there is folded again with it.
    filled: bool,
    /// About what the recent events take in memory.
    pub(super) recent_bytes: u64,
}

impl RealmState {
    /// A realm before its first event.
    pub(crate) fn new(realm: RealmId, store: Arc<dyn KvStore>, footings: Arc<Footings>) -> Self {
        let (dag, tracker) = (Dag::new(realm), MerkleTracker::new(realm));
        Self::restore(dag, tracker, Vec::new(), TileStore::new(realm, store), footings)
    }

    /// Restores a realm at a checkpoint; `tail` are the places after the last full tile.
    pub(crate) fn restore(
        dag: Dag,
        tracker: MerkleTracker,
        tail: Vec<Place>,
        tiles: TileStore,
        footings: Arc<Footings>,
    ) -> Self {
        let realm = tiles.realm();
        let working = WorkingState::new(realm, tracker.maps());
        let stored_tiles = tracker.log().len() / TILE_LEAVES;
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
            working,
            borders: Borders::default(),
            footings,
            base,
            places: tail,
            recent: VecDeque::new(),
            filled: false,
            recent_bytes: 0,
        }
    }

    /// Number of events.
    pub(crate) fn len(&self) -> u64 {
        self.base + self.places.len() as u64
    }

    pub(crate) fn roots(&self) -> Roots {
        self.tracker.roots()
    }

    pub(crate) fn time_ms(&self) -> u64 {
        self.working.time_ms()
    }

    /// Takes over the payloads of a run whose events are all here; they go in with [`Self::insert`].
    pub(crate) fn fill(&mut self, run: &RunEvents) -> Result<()> {
        self.dag.fill(run);
        let fixed = self.borders.position();
        for event in run.iter().filter(|_| fixed > 0) {
            let (lamport, id) = order_key(event);
            self.filled |= self.position(lamport, id)?.is_some_and(|place| place < fixed);
        }
        Ok(())
    }

    /// Puts new events, already admitted into the set, into their places and folds. An event that is
    /// here takes the place it has: with its payload, if that is what is new.
    pub(crate) fn insert(
        &mut self,
        rules: &Rules,
        new: Vec<Held>,
        log: &PastLog<'_>,
    ) -> Result<Change> {
        let votes = self.votes(rules, new.iter().filter_map(Held::event));
        let before = self.len();
        let change = self.put_in_place(rules, new, log)?;
        self.count(rules, votes, before, change, log)
    }

    /// Puts new events among those that no border covers.
    fn put_in_place(
        &mut self,
        rules: &Rules,
        mut new: Vec<Held>,
        log: &PastLog<'_>,
    ) -> Result<Change> {
        new.sort_unstable_by_key(Held::order_key);
        let Some(first) = new.first().map(Held::order_key) else {
            return Ok(Change { committed: Vec::new(), reorganised_from: None });
        };
        let fixed = self.borders.position();
        let within = usize::try_from(fixed.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let free = self.places.get(within..).unwrap_or_default();
        let kept = within + free.partition_point(|place| place.order_key() < first);
        let before_memory = kept == 0 && self.key_before(self.base)?.is_some_and(|k| first <= k);
        let late = self.places.len() - kept;
        if std::mem::take(&mut self.filled) || before_memory || late > self.recent.len() {
            return self.refold(rules, new, log, None);
        }
        let from = self.base + kept as u64;
        let reorganised_from = (late > 0).then_some(from);
        let moved = self.roll_back(kept)?;
        let merged = merge(moved, new);
        let mut committed = self.fold_all(rules, merged)?;
        if let Some(from) = reorganised_from {
            tell_reorganised(&mut committed, &format!("from position {from} on"));
        }
        self.settle()?;
        self.unstore(from);
        Ok(Change { committed, reorganised_from })
    }

    /// Puts runs of the log's tail, each from an index on, into their places without telling anybody;
    /// the maps are hashed when enough has changed, see [`RealmState::settle`].
    pub(crate) fn replay(
        &mut self,
        rules: &Rules,
        new: &[(RunEvents, usize)],
        log: &PastLog<'_>,
    ) -> Result<()> {
        let votes = self.votes(rules, new.iter().flat_map(|(run, first)| run.iter().skip(*first)));
        let mut last = self.key_before(self.len())?;
        let mut events = new.iter().flat_map(|(run, first)| run.iter().skip(*first));
        let in_order = events.all(|event| {
            let key = Some(order_key(event));
            std::mem::replace(&mut last, key) < key
        });
        let new = new.iter().flat_map(|(run, first)| Held::all(run, *first));
        if !in_order {
            self.settle()?;
            return self.insert(rules, new.collect(), log).map(|_| ());
        }
        for held in new {
            self.fold_one(rules, held, |_, _, _| ())?;
        }
        self.append_leaves();
        if !votes.is_empty() {
            self.settle()?;
            self.count(rules, votes, 0, Change::default(), log)?;
        }
        self.forget_recent(self.recent.len().saturating_sub(REPLAY_WINDOW));
        let full = self.working.dirty_len() >= REFOLD_DIRTY
            || self.working.cached_len() >= REPLAY_CACHED_MAX;
        if full { self.settle() } else { Ok(()) }
    }

    /// Drops the `count` oldest events that could be taken back; the log still has them.
    pub(super) fn forget_recent(&mut self, count: usize) {
        let without = self.places.len() - self.recent.len();
        let places = self.places.get(without..without + count).unwrap_or_default();
        places.iter().for_each(|place| self.dag.forget(&place.id));
        let mut writes = 0;
        for recent in self.recent.drain(..count) {
            writes += recent.writes as usize;
            self.recent_bytes = self.recent_bytes.saturating_sub(recent.bytes.into());
        }
        self.working.forget(writes);
    }

    /// What the place before `position` is ordered by, if it is behind the last border.
    fn key_before(&self, position: u64) -> Result<Option<(u64, EventId)>> {
        match position.checked_sub(1).filter(|before| *before >= self.borders.position()) {
            Some(before) => Ok(self.place(before)?.map(|place| place.order_key())),
            None => Ok(None),
        }
    }

    /// Hands what was folded to the maps and the log tree, so that roots are those of all events.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.append_leaves();
        self.working.flush(&mut self.tracker)
    }

    /// Takes the events from index `kept` on, all of them recent, out of order, state and log tree.
    pub(super) fn roll_back(&mut self, kept: usize) -> Result<Vec<Held>> {
        let late = self.places.len() - kept;
        if late == 0 {
            return Ok(Vec::new());
        }
        let moved = self.recent.split_off(self.recent.len() - late);
        let bytes: u64 = moved.iter().map(|recent| u64::from(recent.bytes)).sum();
        self.recent_bytes = self.recent_bytes.saturating_sub(bytes);
        self.working.revert(moved.iter().map(|recent| recent.writes as usize).sum());
        self.places.truncate(kept);
        self.tracker.truncate(self.base + kept as u64)?;
        Ok(moved.into_iter().map(|recent| recent.held).collect())
    }

    pub(super) fn fold_all(&mut self, rules: &Rules, events: Vec<Held>) -> Result<Vec<Committed>> {
        let mut committed = Vec::with_capacity(events.len());
        let realm = self.realm;
        for held in events {
            self.fold_one(rules, held, |position, event, outcome| {
                committed.push(committed_of(realm, position, event, outcome));
            })?;
        }
        Ok(committed)
    }

    /// Folds an event at the end of the order and tells `done` what it did.
    fn fold_one(
        &mut self,
        rules: &Rules,
        held: Held,
        done: impl FnOnce(Position, &Event, Outcome),
    ) -> Result<()> {
        let Some(event) = held.event() else { return Ok(()) };
        let judged_on = self.root_before(rules, event)?;
        let outcome = self.working.fold(rules, self.tracker.maps(), event);
        let (lamport, id) = order_key(event);
        let (verdict, writes) = (outcome.verdict, outcome.writes);
        let bytes = event_bytes(event);
        self.recent_bytes += u64::from(bytes);
        done(Position(self.len()), event, outcome);
        self.places.push(Place { lamport, id, verdict, judged_on });
        self.recent.push_back(Recent { held, bytes, writes: u32::from(writes) });
        Ok(())
    }

    /// The state root that a decision about to be folded is judged on; nothing for other events.
    fn root_before(&mut self, rules: &Rules, event: &Event) -> Result<Option<Box<Digest>>> {
        if event.header.kind != Kind::ActionDecided.number() {
            return Ok(None);
        }
        self.settle()?;
        rules.tell_before(event, || Snapshot::before_decision(&RealmView::new(self)));
        Ok(Some(Box::new(self.roots().state)))
    }

    /// Appends the leaves of the places that have none yet.
    fn append_leaves(&mut self) {
        let kept = usize::try_from(self.tracker.log().len() - self.base).unwrap_or(usize::MAX);
        let new = self.places.get(kept..).unwrap_or_default();
        self.tracker.append(&Place::leaves(new));
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

    /// Lets go of what only spares time, when nothing has changed since the checkpoint.
    pub(crate) fn rest(&mut self) {
        self.working.rest();
        self.tracker.rest();
    }

    /// Drops from memory the places before `before` whose tiles are stored.
    fn forget(&mut self, before: u64) {
        let tiles = (before / TILE_LEAVES).min(self.stored_tiles);
        let drop = (tiles * TILE_LEAVES).saturating_sub(self.base);
        let drop = usize::try_from(drop).unwrap_or(usize::MAX).min(self.places.len());
        let without = self.places.len() - self.recent.len();
        self.forget_recent(drop.saturating_sub(without));
        self.places.drain(..drop);
        self.base += drop as u64;
        self.tracker.forget(self.base);
    }
}

/// About what an event takes in memory.
fn event_bytes(event: &Event) -> u32 {
    let payload = event.payload.as_ref().map_or(0, |payload| payload.len());
    u32::try_from(size_of::<Event>() + RECENT_BYTES + payload).unwrap_or(u32::MAX)
}

/// Says in one line that events which were told before are told again.
pub(super) fn tell_reorganised(committed: &mut [Committed], what: &str) {
    let text = format!("{} events {what} were folded again", committed.len());
    if let Some(first) = committed.first_mut() {
        first.facts.push(Fact { kind: Kind::ReorgDetected, text });
    }
}

fn committed_of(realm: RealmId, position: Position, event: &Event, outcome: Outcome) -> Committed {
    Committed {
        realm,
        position,
        id: event.id,
        author: event.header.author,
        kind: event.header.kind,
        verdict: outcome.verdict,
        touched: outcome.touched,
        facts: outcome.facts,
    }
}

fn merge(old: Vec<Held>, new: Vec<Held>) -> Vec<Held> {
    let mut all: Vec<Held> = old.into_iter().chain(new).collect();
    all.sort_by_key(|held| (held.order_key(), held.is_hollow()));
    all.dedup_by_key(|held| held.order_key());
    all
}
