//! The fold: one event in, a verdict and state changes out; pure, in canonical order.
//!
//! 1. The policy judges the event on the state before it. What it writes about its judgement stays,
//!    whatever the verdict.
//! 2. Its engines step in the order of their components; each sees what those before it wrote.
//! 3. What the policy asked for is carried out on the state they left.
//! 4. If any of this is void, everything that was written since the policy's word is taken back.
//!
//! Changes go to a working set over the maps and reach the maps once per batch, where they are hashed
//! together. What an event replaced is kept in a journal, so that a late event can be put in its place.

mod rules;
mod view;

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::hash_map::{self, OccupiedEntry};
use hashbrown::{DefaultHashBuilder, Equivalent, HashMap};
use pluto_core::limits::{STATE_KEY_BYTES_MAX, STATE_VALUE_BYTES_MAX};
use pluto_core::state::{FINALITY_KEY, FinalityRecord};
use pluto_core::traits::{Asked, Effects, Fact, Finality, Write};
use pluto_core::{Canonical, Component, ComponentSet, Did, Event, RealmId, Verdict, VoidReason};
use pluto_error::Result;

pub use self::rules::Rules;
use self::view::View;
use crate::merkle_tracker::{MerkleTracker, StateMaps};

/// Entries kept between batches, so that hot ones need no hashing to be read.
const CACHED_ENTRIES_MAX: usize = 1 << 16;
/// About what an entry takes in memory that is cached, beside its place in the maps.
const CACHED_BYTES: u64 = 256;
/// About what undoing a write takes in memory, beside key and value.
const UNDO_BYTES: u64 = 64;

/// Most state entries one event may write.
const WRITES_PER_EVENT_MAX: usize = 1024;

/// What an event did.
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) touched: ComponentSet,
    pub(crate) facts: Vec<Fact>,
    /// How many entries it wrote: its part of the journal.
    pub(crate) writes: u16,
}

type Value = Option<Arc<[u8]>>;

#[derive(Clone, PartialEq, Eq, Hash)]
struct EntryKey {
    component: Component,
    key: Arc<[u8]>,
}

#[derive(Hash)]
struct EntryRef<'a> {
    component: Component,
    key: &'a [u8],
}

impl Equivalent<EntryKey> for EntryRef<'_> {
    fn equivalent(&self, other: &EntryKey) -> bool {
        self.component == other.component && *self.key == *other.key
    }
}

impl EntryKey {
    /// Bytes of an entry; none without a value.
    fn bytes_with(&self, value: &Value) -> u64 {
        value.as_ref().map_or(0, |value| (self.key.len() + value.len()) as u64)
    }
}

struct Cached {
    value: Value,
    dirty: bool,
}

type Entries = HashMap<EntryKey, Cached>;

/// What a write replaced.
struct Undo {
    entry: EntryKey,
    old: Value,
}

impl Undo {
    fn bytes(&self) -> u64 {
        UNDO_BYTES + self.entry.bytes_with(&self.old)
    }
}

/// A realm's state with the changes since the maps were last hashed.
pub(crate) struct WorkingState {
    realm: RealmId,
    time_ms: u64,
    entries: Entries,
    dirty: Vec<EntryKey>,
    /// What recent events replaced, one part for each event, in the order they were folded.
    journal: VecDeque<Undo>,
    /// Bytes of keys and values in the state.
    content_bytes: u64,
    /// Bytes of what the journal keeps.
    journal_bytes: u64,
    /// Kept between events for its memory.
    scratch: Effects,
}

impl WorkingState {
    pub(crate) fn new(realm: RealmId, maps: &StateMaps) -> Self {
        Self {
            realm,
            time_ms: time_of(maps.get(Component::Consensus).get(FINALITY_KEY)),
            entries: Entries::new(),
            dirty: Vec::new(),
            journal: VecDeque::new(),
            content_bytes: content_bytes(maps),
            journal_bytes: 0,
            scratch: Effects::default(),
        }
    }

    /// Bytes of keys and values in the state, and what is held besides for going back.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        let cached = self.entries.len() as u64 * CACHED_BYTES;
        (self.content_bytes, self.journal_bytes + cached)
    }

    /// Lets go of what only spares time; everything was flushed.
    pub(crate) fn rest(&mut self) {
        if self.dirty.is_empty() {
            self.entries = Entries::new();
        }
    }

    pub(crate) fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// Number of entries in memory, changed or only read, that wait for a flush.
    pub(crate) fn cached_len(&self) -> usize {
        self.entries.len()
    }

    /// Number of entries changed since the last flush.
    pub(crate) fn dirty_len(&self) -> usize {
        self.dirty.len()
    }

    /// Folds one event.
    pub(crate) fn fold(&mut self, rules: &Rules, maps: &StateMaps, event: &Event) -> Outcome {
        let before = self.journal.len();
        let mut facts = Vec::new();
        let (mut verdict, asked) = self.decide(rules, maps, event, &mut facts);
        if verdict.is_effective() {
            let (judged, told) = (self.journal.len(), facts.len());
            verdict = self.step(rules, maps, event, &mut facts);
            if verdict.is_effective() && !asked.is_empty() {
                let written = self.journal.len() - judged;
                verdict = self.follow(rules, maps, event, &asked, written, &mut facts);
            }
            if !verdict.is_effective() {
                self.revert(self.journal.len() - judged);
                facts.truncate(told);
            }
        }
        let kind = event.header.kind.known();
        let primary = kind.map_or(ComponentSet::EMPTY, |kind| kind.component().bit());
        let written = self.journal.range(before..);
        let touched = written.fold(primary, |set, undo| set.union(undo.entry.component.bit()));
        let writes = u16::try_from(self.journal.len() - before).unwrap_or(u16::MAX);
        Outcome { verdict, touched, facts, writes }
    }

    /// The word of the policy, what it writes about it, and what it asks for.
    fn decide(
        &mut self,
        rules: &Rules,
        maps: &StateMaps,
        event: &Event,
        facts: &mut Vec<Fact>,
    ) -> (Verdict, Vec<Asked>) {
        if event.header.kind.known().is_none() {
            return (Verdict::Void(VoidReason::UnknownKind), Vec::new());
        }
        let mut effects = std::mem::take(&mut self.scratch);
        let mut verdict = rules.policy.decide(&View::new(self, maps), event, &mut effects);
        let asked = std::mem::take(&mut effects.asked);
        if within_bounds(&effects, 0) {
            self.take_over(maps, &mut effects, facts);
        } else {
            verdict = Verdict::Void(VoidReason::OutOfRange);
        }
        self.put_back(effects);
        (verdict, asked)
    }

    /// Carries out what the policy asked for, after `written` changes of the engines.
    fn follow(
        &mut self,
        rules: &Rules,
        maps: &StateMaps,
        event: &Event,
        asked: &[Asked],
        written: usize,
        facts: &mut Vec<Fact>,
    ) -> Verdict {
        let mut effects = std::mem::take(&mut self.scratch);
        let mut verdict = rules.policy.follow(&View::new(self, maps), event, asked, &mut effects);
        if verdict.is_effective() && !within_bounds(&effects, written) {
            verdict = Verdict::Void(VoidReason::OutOfRange);
        }
        if verdict.is_effective() {
            self.take_over(maps, &mut effects, facts);
        }
        self.put_back(effects);
        verdict
    }

    fn step(
        &mut self,
        rules: &Rules,
        maps: &StateMaps,
        event: &Event,
        facts: &mut Vec<Fact>,
    ) -> Verdict {
        let Some(kind) = event.header.kind.known() else {
            return Verdict::Void(VoidReason::UnknownKind);
        };
        let before = self.journal.len();
        let mut effects = std::mem::take(&mut self.scratch);
        let mut verdict = Verdict::Void(VoidReason::NoEffect);
        for engine in rules.of(kind) {
            verdict = engine.step(&View::new(self, maps), event, &mut effects);
            if verdict.is_effective() && !within_bounds(&effects, self.journal.len() - before) {
                verdict = Verdict::Void(VoidReason::OutOfRange);
            }
            if !verdict.is_effective() {
                break;
            }
            self.take_over(maps, &mut effects, facts);
        }
        self.put_back(effects);
        verdict
    }

    fn take_over(&mut self, maps: &StateMaps, effects: &mut Effects, facts: &mut Vec<Fact>) {
        for write in effects.writes.drain(..) {
            self.write(maps, write);
        }
        facts.append(&mut effects.facts);
    }

    fn put_back(&mut self, mut effects: Effects) {
        effects.writes.clear();
        effects.facts.clear();
        effects.asked.clear();
        self.scratch = effects;
    }

    /// Ends a tier: what changes at the border that `proposal` covers up to. Gives the number of changes
    /// and who decides from here on.
    pub(crate) fn close(
        &mut self,
        finality: &dyn Finality,
        maps: &StateMaps,
        proposal: &Event,
    ) -> (usize, Option<(Vec<Did>, usize)>) {
        let mut effects = std::mem::take(&mut self.scratch);
        finality.close(&View::new(self, maps), proposal, &mut effects);
        let writes = effects.writes.len();
        self.take_over(maps, &mut effects, &mut Vec::new());
        self.put_back(effects);
        (writes, finality.quorum(&View::new(self, maps)))
    }

    /// Makes a change and notes what it replaced.
    fn write(&mut self, maps: &StateMaps, Write { component, key, value }: Write) {
        self.note_time(component, &key, &value);
        let mut cached = cached(&mut self.entries, maps, component, &key);
        let entry = cached.key().clone();
        let Cached { value: current, dirty } = cached.get_mut();
        if !std::mem::replace(dirty, true) {
            self.dirty.push(entry.clone());
        }
        let old = std::mem::replace(current, value);
        self.content_bytes += entry.bytes_with(current);
        self.content_bytes = self.content_bytes.saturating_sub(entry.bytes_with(&old));
        let undo = Undo { entry, old };
        self.journal_bytes += undo.bytes();
        self.journal.push_back(undo);
    }

    /// Takes back the last `writes` changes, last first.
    pub(crate) fn revert(&mut self, writes: usize) {
        for _ in 0..writes {
            let Some(undo) = self.journal.pop_back() else { return };
            self.journal_bytes = self.journal_bytes.saturating_sub(undo.bytes());
            let Undo { entry, old } = undo;
            self.note_time(entry.component, &entry.key, &old);
            let missing = Cached { value: None, dirty: false };
            let cached = self.entries.entry(entry.clone()).or_insert(missing);
            self.content_bytes += entry.bytes_with(&old);
            self.content_bytes = self.content_bytes.saturating_sub(entry.bytes_with(&cached.value));
            cached.value = old;
            if !std::mem::replace(&mut cached.dirty, true) {
                self.dirty.push(entry);
            }
        }
    }

    /// Forgets what the oldest `writes` changes in the journal replaced.
    pub(crate) fn forget(&mut self, writes: usize) {
        let forgotten = self.journal.drain(..writes.min(self.journal.len()));
        let bytes: u64 = forgotten.map(|undo| undo.bytes()).sum();
        self.journal_bytes = self.journal_bytes.saturating_sub(bytes);
    }

    fn note_time(&mut self, component: Component, key: &[u8], value: &Value) {
        if component == Component::Consensus && key == FINALITY_KEY {
            self.time_ms = time_of(value.as_deref());
        }
    }

    /// Hands the changes since the last call to the maps.
    ///
    /// # Errors
    /// When an entry is above the bounds of the maps; the fold has checked them before.
    pub(crate) fn flush(&mut self, tracker: &mut MerkleTracker) -> Result<()> {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_by_key(|entry| entry.component);
        for group in dirty.chunk_by(|a, b| a.component == b.component) {
            let Some(first) = group.first() else { continue };
            let changes = group.iter().map(|entry| {
                let value = self.entries.get_mut(entry).and_then(|cached| {
                    cached.dirty = false;
                    cached.value.clone()
                });
                (&*entry.key, value)
            });
            tracker.apply(first.component, changes)?;
        }
        if self.entries.len() > CACHED_ENTRIES_MAX {
            self.entries.clear();
        }
        Ok(())
    }

    fn read(&mut self, maps: &StateMaps, component: Component, key: &[u8]) -> Value {
        cached(&mut self.entries, maps, component, key).get().value.clone()
    }
}

/// The entry in memory, read from the maps when it is not there yet.
fn cached<'a>(
    entries: &'a mut Entries,
    maps: &StateMaps,
    component: Component,
    key: &[u8],
) -> OccupiedEntry<'a, EntryKey, Cached, DefaultHashBuilder> {
    match entries.entry_ref(&EntryRef { component, key }) {
        hash_map::EntryRef::Occupied(cached) => cached,
        hash_map::EntryRef::Vacant(place) => {
            let value = maps.get(component).get(key).map(Arc::from);
            let key = EntryKey { component, key: key.into() };
            place.insert_entry_with_key(key, Cached { value, dirty: false })
        }
    }
}

fn content_bytes(maps: &StateMaps) -> u64 {
    let maps = Component::ALL.into_iter().map(|component| maps.get(component));
    maps.flatten().map(|(key, value)| (key.len() + value.len()) as u64).sum()
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
