//! The fold: one event in, a verdict and state changes out; pure, in canonical order.
//!
//! 1. The policy judges the event on the state before it. What it writes about its judgement stays,
//!    whatever the verdict.
//! 2. The engines of its kind step in the fixed order of their components; each sees what the ones
//!    before it wrote for the same event.
//! 3. If one of them answers void, everything that engines wrote for the event is taken back.
//!
//! Changes go to a working set over the maps and reach the maps once per batch, where they are hashed
//! together. What an event replaced is kept as its undo, so that a late event can be put in its place.

use std::sync::Arc;

use hashbrown::{Equivalent, HashMap};
use pluto_core::limits::{STATE_KEY_BYTES_MAX, STATE_VALUE_BYTES_MAX, WRITES_PER_EVENT_MAX};
use pluto_core::state::{FINALITY_KEY, FinalityRecord};
use pluto_core::traits::{Effects, Engine, Fact, PolicyDecider, StateView, Write};
use pluto_core::{Canonical, Component, ComponentSet, Event, Kind, RealmId, Verdict, VoidReason};
use pluto_error::Result;

use crate::merkle_tracker::{MerkleTracker, StateMaps};

/// Entries the working set keeps between batches so that hot entries need no hashing to be read.
const CACHED_ENTRIES_MAX: usize = 1 << 16;

/// The engines and the policy: the same on every node of a network.
pub struct Rules {
    policy: Arc<dyn PolicyDecider>,
    engines: Vec<Arc<dyn Engine>>,
    by_kind: HashMap<u16, Vec<usize>>,
}

impl Rules {
    /// Orders the engines by `order` (components that come first step first).
    #[must_use]
    pub fn new(
        policy: Arc<dyn PolicyDecider>,
        mut engines: Vec<Arc<dyn Engine>>,
        order: &[Component],
    ) -> Self {
        let rank = |component| order.iter().position(|other| *other == component);
        engines.sort_by_key(|engine| rank(engine.component()).unwrap_or(usize::MAX));
        let mut by_kind: HashMap<u16, Vec<usize>> = HashMap::new();
        for (index, engine) in engines.iter().enumerate() {
            for kind in engine.kinds() {
                by_kind.entry(*kind as u16).or_default().push(index);
            }
        }
        Self { policy, engines, by_kind }
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Arc<dyn Engine>> {
        let indexes = self.by_kind.get(&(kind as u16)).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|index| self.engines.get(*index))
    }
}

/// What an event did.
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) touched: ComponentSet,
    pub(crate) facts: Vec<Fact>,
    pub(crate) undo: Vec<Write>,
}

type Value = Option<Arc<[u8]>>;

#[derive(Clone, PartialEq, Eq, Hash)]
struct EntryKey {
    component: Component,
    key: Vec<u8>,
}

#[derive(Hash)]
struct EntryRef<'a> {
    component: Component,
    key: &'a [u8],
}

impl Equivalent<EntryKey> for EntryRef<'_> {
    fn equivalent(&self, other: &EntryKey) -> bool {
        self.component == other.component && self.key == other.key
    }
}

struct Cached {
    value: Value,
    dirty: bool,
}

/// A realm's state with the changes of the running batch.
pub(crate) struct WorkingState {
    realm: RealmId,
    time_ms: u64,
    entries: HashMap<EntryKey, Cached>,
    dirty: Vec<EntryKey>,
    /// Kept between events for its memory.
    scratch: Effects,
}

impl WorkingState {
    pub(crate) fn new(realm: RealmId, maps: &StateMaps) -> Self {
        Self {
            realm,
            time_ms: time_of(maps.get(Component::Consensus).get(FINALITY_KEY)),
            entries: HashMap::new(),
            dirty: Vec::new(),
            scratch: Effects::default(),
        }
    }

    pub(crate) fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// Number of entries changed since the last flush.
    pub(crate) fn dirty_len(&self) -> usize {
        self.dirty.len()
    }

    /// Folds one event.
    pub(crate) fn fold(&mut self, rules: &Rules, maps: &StateMaps, event: &Event) -> Outcome {
        let mut undo = Vec::new();
        let mut facts = Vec::new();
        let mut verdict = self.decide(rules, maps, event, &mut undo, &mut facts);
        if verdict.is_effective() {
            let judged = (undo.len(), facts.len());
            verdict = self.step(rules, maps, event, &mut undo, &mut facts);
            if !verdict.is_effective() {
                self.revert(undo.get(judged.0..).unwrap_or_default());
                undo.truncate(judged.0);
                facts.truncate(judged.1);
            }
        }
        let primary = event.header.kind.known().map(|kind| kind.component().bit());
        let touched = undo
            .iter()
            .fold(primary.unwrap_or_default(), |set, write| set.union(write.component.bit()));
        Outcome { verdict, touched, facts, undo }
    }

    /// The word of the policy, and what it writes about it.
    fn decide(
        &mut self,
        rules: &Rules,
        maps: &StateMaps,
        event: &Event,
        undo: &mut Vec<Write>,
        facts: &mut Vec<Fact>,
    ) -> Verdict {
        if event.header.kind.known().is_none() {
            return Verdict::Void(VoidReason::UnknownKind);
        }
        let mut effects = std::mem::take(&mut self.scratch);
        let mut verdict = rules.policy.decide(&View { state: self, maps }, event, &mut effects);
        if within_bounds(&effects, 0) {
            self.take_over(maps, &mut effects, undo, facts);
        } else {
            verdict = Verdict::Void(VoidReason::OutOfRange);
        }
        self.put_back(effects);
        verdict
    }

    fn step(
        &mut self,
        rules: &Rules,
        maps: &StateMaps,
        event: &Event,
        undo: &mut Vec<Write>,
        facts: &mut Vec<Fact>,
    ) -> Verdict {
        let Some(kind) = event.header.kind.known() else {
            return Verdict::Void(VoidReason::UnknownKind);
        };
        let mut effects = std::mem::take(&mut self.scratch);
        let mut verdict = Verdict::Void(VoidReason::NoEffect);
        for engine in rules.of(kind) {
            verdict = engine.step(&View { state: self, maps }, event, &mut effects);
            if verdict.is_effective() && !within_bounds(&effects, undo.len()) {
                verdict = Verdict::Void(VoidReason::OutOfRange);
            }
            if !verdict.is_effective() {
                break;
            }
            self.take_over(maps, &mut effects, undo, facts);
        }
        self.put_back(effects);
        verdict
    }

    fn take_over(
        &mut self,
        maps: &StateMaps,
        effects: &mut Effects,
        undo: &mut Vec<Write>,
        facts: &mut Vec<Fact>,
    ) {
        undo.reserve_exact(effects.writes.len());
        for write in effects.writes.drain(..) {
            let old = self.set(maps, write.component, write.key.clone(), write.value);
            undo.push(Write { component: write.component, key: write.key, value: old });
        }
        facts.append(&mut effects.facts);
    }

    fn put_back(&mut self, mut effects: Effects) {
        effects.writes.clear();
        effects.facts.clear();
        self.scratch = effects;
    }

    /// Takes back the changes of one event; events are taken back last first.
    pub(crate) fn revert(&mut self, undo: &[Write]) {
        for write in undo.iter().rev() {
            self.put(write.component, write.key.clone(), write.value.clone());
        }
    }

    /// Hands the changes since the last call to the maps.
    ///
    /// # Errors
    /// When an entry is above the bounds of the maps; the fold has checked them before.
    pub(crate) fn flush(&mut self, tracker: &mut MerkleTracker) -> Result<()> {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_unstable_by(|a, b| (a.component, &a.key).cmp(&(b.component, &b.key)));
        for group in dirty.chunk_by(|a, b| a.component == b.component) {
            let Some(first) = group.first() else { continue };
            let changes = group.iter().map(|key| {
                let value = self.entries.get_mut(key).and_then(|entry| {
                    entry.dirty = false;
                    entry.value.clone()
                });
                (key.key.as_slice(), value)
            });
            tracker.apply(first.component, changes)?;
        }
        if self.entries.len() > CACHED_ENTRIES_MAX {
            self.entries.clear();
        }
        Ok(())
    }

    fn set(&mut self, maps: &StateMaps, component: Component, key: Vec<u8>, new: Value) -> Value {
        let old = self.read(maps, component, &key);
        self.put(component, key, new);
        old
    }

    fn put(&mut self, component: Component, key: Vec<u8>, value: Value) {
        if component == Component::Consensus && key == FINALITY_KEY {
            self.time_ms = time_of(value.as_deref());
        }
        let reference = EntryRef { component, key: &key };
        if let Some(entry) = self.entries.get_mut(&reference) {
            entry.value = value;
            if !std::mem::replace(&mut entry.dirty, true) {
                self.dirty.push(EntryKey { component, key });
            }
            return;
        }
        let key = EntryKey { component, key };
        self.dirty.push(key.clone());
        self.entries.insert(key, Cached { value, dirty: true });
    }

    fn read(&self, maps: &StateMaps, component: Component, key: &[u8]) -> Value {
        match self.entries.get(&EntryRef { component, key }) {
            Some(entry) => entry.value.clone(),
            None => maps.get(component).get(key).map(Arc::from),
        }
    }
}

fn time_of(record: Option<&[u8]>) -> u64 {
    record.and_then(|bytes| FinalityRecord::decode(bytes).ok()).map_or(0, |last| last.time_ms)
}

fn within_bounds(effects: &Effects, written: usize) -> bool {
    written + effects.writes.len() <= WRITES_PER_EVENT_MAX
        && effects.writes.iter().all(|write| {
            write.key.len() <= STATE_KEY_BYTES_MAX
                && write.value.as_ref().is_none_or(|value| value.len() <= STATE_VALUE_BYTES_MAX)
        })
}

struct View<'a> {
    state: &'a WorkingState,
    maps: &'a StateMaps,
}

impl StateView for View<'_> {
    fn realm(&self) -> RealmId {
        self.state.realm
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.state.read(self.maps, component, key)
    }

    fn time_ms(&self) -> u64 {
        self.state.time_ms
    }
}
