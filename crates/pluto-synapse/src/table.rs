//! The observer table: immutable, built at every registration, read by dispatch without a lock.
//!
//! Observers stand in order of (priority, registration); the place is their slot, so a walk over a
//! bit set of slots is a walk in order of service. For every single component the calls are laid out
//! ready, direct ones first, then level by level those of triggered components: the common event
//! touches one component and costs a walk over one slice. Several touched components are merged on
//! the spot by the same rule.

use std::cell::Cell;
use std::sync::Arc;

use crate::observer::StateObserver;
use pluto_core::traits::Committed;
use pluto_core::{COMPONENT_COUNT, Component, ComponentSet};

use crate::Topology;

/// How many steps along the trigger relation an event is told.
pub const TRIGGER_DEPTH_MAX: usize = 3;

/// One observer as the table knows it.
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) interests: ComponentSet,
    pub(crate) observer: Arc<dyn StateObserver>,
}

struct Call {
    observer: Arc<dyn StateObserver>,
    because: Component,
    slot: u32,
}

struct Plan {
    calls: Box<[Call]>,
    suppressed: u64,
}

/// Where the observers stand and whom an event reaches.
pub(crate) struct Table {
    entries: Vec<Entry>,
    /// For each component a bit set over slots.
    interested: Vec<Box<[u64]>>,
    plans: Vec<Plan>,
    triggers: [ComponentSet; COMPONENT_COUNT],
    /// For each component its place in the order.
    rank: [usize; COMPONENT_COUNT],
}

/// How far a dispatch got; survives a panic of an observer.
#[derive(Clone, Copy, Default)]
pub(crate) struct Progress {
    event: usize,
    /// Calls of this event begun.
    call: usize,
    pub(crate) notified: u64,
    pub(crate) suppressed: u64,
}

/// The progress of a run. Kept in registers, and written back when the run ends or unwinds: calls
/// pay nothing for being counted.
struct Cursor<'a> {
    now: Progress,
    saved: &'a Cell<Progress>,
}

/// Reused memory for events that touch several components.
#[derive(Default)]
pub(crate) struct Scratch {
    calls: Vec<(u32, Component)>,
    seen: Vec<u64>,
}

impl Cursor<'_> {
    fn event_done(&mut self, calls: usize, suppressed: u64) {
        self.now.notified += calls as u64;
        self.now.suppressed += suppressed;
        self.now.event += 1;
        self.now.call = 0;
    }
}

impl Drop for Cursor<'_> {
    fn drop(&mut self) {
        self.saved.set(self.now);
    }
}

impl Table {
    /// Builds the table over `entries`, which are in order of service.
    pub(crate) fn new(entries: Vec<Entry>, topology: &Topology) -> Self {
        let words = entries.len().div_ceil(64);
        let interested = Component::ALL.map(|component| {
            let mut bits = vec![0; words];
            for (slot, entry) in entries.iter().enumerate() {
                if entry.interests.contains(component) {
                    set(&mut bits, slot);
                }
            }
            bits.into_boxed_slice()
        });
        let rank = Component::ALL.map(|component| {
            topology.order.iter().position(|other| *other == component).unwrap_or(COMPONENT_COUNT)
        });
        let triggers = topology.triggers;
        let interested = Vec::from(interested);
        let mut table = Self { entries, interested, plans: Vec::new(), triggers, rank };
        table.plans = Component::ALL.map(|component| table.plan_of(component)).into();
        table
    }

    /// Calls observers from where `progress` stands to the end, or to the end of the current event
    /// when `one_event`. Returns whether every event was told.
    pub(crate) fn run(
        &self,
        events: &[Committed],
        progress: &Cell<Progress>,
        scratch: &mut Scratch,
        one_event: bool,
    ) -> bool {
        let mut cursor = Cursor { now: progress.get(), saved: progress };
        for event in events.get(cursor.now.event..).unwrap_or_default() {
            match self.ready_plan(event.touched) {
                Some(plan) => {
                    for call in plan.calls.get(cursor.now.call..).unwrap_or_default() {
                        cursor.now.call += 1;
                        call.observer.on_event(event, call.because);
                    }
                    cursor.event_done(plan.calls.len(), plan.suppressed);
                }
                None => self.run_merged(event, &mut cursor, scratch),
            }
            if one_event {
                break;
            }
        }
        cursor.now.event >= events.len()
    }

    /// The registration that was being called when a run over `events` unwound at `progress`.
    pub(crate) fn culprit(
        &self,
        events: &[Committed],
        progress: Progress,
        scratch: &Scratch,
    ) -> Option<u64> {
        let (event, call) = (events.get(progress.event)?, progress.call.checked_sub(1)?);
        let slot = match self.ready_plan(event.touched) {
            Some(plan) => plan.calls.get(call)?.slot,
            None => scratch.calls.get(call)?.0,
        };
        Some(self.entries.get(slot as usize)?.id)
    }

    fn run_merged(&self, event: &Committed, cursor: &mut Cursor<'_>, scratch: &mut Scratch) {
        let suppressed = self.merge(event.touched, scratch);
        for (slot, because) in scratch.calls.get(cursor.now.call..).unwrap_or_default() {
            cursor.now.call += 1;
            if let Some(entry) = self.entries.get(*slot as usize) {
                entry.observer.on_event(event, *because);
            }
        }
        cursor.event_done(scratch.calls.len(), suppressed);
    }

    fn ready_plan(&self, touched: ComponentSet) -> Option<&Plan> {
        if !touched.0.is_power_of_two() {
            return None;
        }
        self.plans.get(touched.0.trailing_zeros() as usize)
    }

    fn plan_of(&self, component: Component) -> Plan {
        let mut scratch = Scratch::default();
        let suppressed = self.merge(component.bit(), &mut scratch);
        let call = |(slot, because): &(u32, Component)| {
            let observer = Arc::clone(&self.entries.get(*slot as usize)?.observer);
            Some(Call { observer, because: *because, slot: *slot })
        };
        Plan { calls: scratch.calls.iter().filter_map(call).collect(), suppressed }
    }

    /// Lists whom an event reaches, each slot once, and how many further ways to them there were.
    fn merge(&self, touched: ComponentSet, scratch: &mut Scratch) -> u64 {
        let mut ways = 0;
        let Scratch { calls, seen } = scratch;
        calls.clear();
        seen.clear();
        seen.resize(self.entries.len().div_ceil(64), 0);
        let mut level = touched;
        let mut visited = level;
        for _ in 0..=TRIGGER_DEPTH_MAX {
            for (word, seen) in (0..).zip(seen.iter_mut()) {
                let of_component = |component| self.word(component, word);
                ways += level.iter().map(|c| u64::from(of_component(c).count_ones())).sum::<u64>();
                let mut fresh = level.iter().map(of_component).fold(0, |a, b| a | b) & !*seen;
                *seen |= fresh;
                while fresh != 0 {
                    let slot = word * 64 + fresh.trailing_zeros();
                    fresh &= fresh - 1;
                    calls.extend(self.because(slot, level).map(|because| (slot, because)));
                }
            }
            level = self.next_level(level, &mut visited);
        }
        ways - calls.len() as u64
    }

    fn word(&self, component: Component, word: u32) -> u64 {
        let bits = self.interested.get(component.index());
        bits.and_then(|bits| bits.get(word as usize)).copied().unwrap_or(0)
    }

    /// The first component in order through which the level reaches the observer.
    fn because(&self, slot: u32, level: ComponentSet) -> Option<Component> {
        let interests = self.entries.get(slot as usize)?.interests;
        let rank = |component: &Component| self.rank.get(component.index()).copied();
        level.intersection(interests).iter().min_by_key(rank)
    }

    fn next_level(&self, level: ComponentSet, visited: &mut ComponentSet) -> ComponentSet {
        let triggered = |component: Component| self.triggers.get(component.index()).copied();
        let next =
            level.iter().filter_map(triggered).fold(ComponentSet::EMPTY, ComponentSet::union);
        let fresh = ComponentSet(next.0 & !visited.0);
        *visited = visited.union(fresh);
        fresh
    }
}

fn set(bits: &mut [u64], slot: usize) {
    if let Some(word) = bits.get_mut(slot / 64) {
        *word |= 1 << (slot % 64);
    }
}
