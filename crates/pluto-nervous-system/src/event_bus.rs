//! The way in: four bounded lanes from many sources to the one writer thread.
//!
//! 1. The receiver picks the lane from the kind ([`Lane::of`]); a sender has no say in it.
//! 2. Lanes are served 8 : 4 : 2 : 1 ([`SHARES`]), so that no lane starves another. Inside a lane the
//!    sources take turns, so that no source starves another, and inside a source its realms, so that
//!    no realm starves another. What one source puts into one lane for one realm leaves it in order.
//!    While `r` realms of a source and `s` sources wait in a lane, what a quiet realm has at the front
//!    waits for at most `r · (s - 1) + 1` items of any one other realm.
//! 3. A lane, and the share of one source in it, is full at a stated bound. Then critical items
//!    wait, high items wait up to a deadline, normal items are refused, and low items push out the
//!    oldest of the largest source.
//! 4. Nothing vanishes: every item offered is delivered exactly once, or handed back to the caller,
//!    refused or displaced.
//!
//! The lanes themselves are pure (`lanes.rs`); this file adds the lock and the waiting.

mod flows;
mod lanes;

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pluto_core::RealmId;
use pluto_core::kind::{Class, Kind, KindNumber};
use pluto_error::{Code, Coded};

use crate::codes;
use lanes::Lanes;

/// Number of lanes.
pub const LANE_COUNT: usize = 4;
/// Items each lane may give up in one turn when all are waiting.
pub const SHARES: [u32; LANE_COUNT] = [8, 4, 2, 1];
/// How long a refused caller should wait before it tries again, in milliseconds.
pub const RETRY_AFTER_MS: u64 = 50;

/// A lane; the order is that of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Keys, revocations, forks. Waits when full.
    Critical,
    /// What trust and finality rest on. Waits up to a deadline when full.
    High,
    /// Everything else. Refused when full.
    Normal,
    /// What never enters the replicated log. Displaces the oldest when full.
    Low,
}

impl Lane {
    /// All lanes, most urgent first.
    pub const ALL: [Self; LANE_COUNT] = [Self::Critical, Self::High, Self::Normal, Self::Low];

    /// The lane for events of that kind. A kind this build does not know can be a member of the set
    /// like any other, so it is not displaced: it is `Normal`.
    #[must_use]
    pub fn of(kind: KindNumber) -> Self {
        let Some(kind) = kind.known() else { return Self::Normal };
        match kind {
            _ if kind.is_critical() => Self::Critical,
            _ if kind.class() != Class::Authoritative => Self::Low,
            Kind::ConsensusRoundCompleted | Kind::AnomalyDetected | Kind::Attestation => Self::High,
            _ => Self::Normal,
        }
    }

    /// The lane for a run: the most urgent of its events, since they arrive together.
    #[must_use]
    pub fn of_run(kinds: impl IntoIterator<Item = KindNumber>) -> Self {
        kinds.into_iter().map(Self::of).min().unwrap_or(Self::Low)
    }

    /// The lane as an index into a table of [`LANE_COUNT`] entries.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Who offers an item; each has its own bounded share of every lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The node itself.
    Local,
    /// An import from a file.
    Import,
    /// A client of the API, by session.
    Client(u64),
    /// A peer, by connection.
    Peer(u64),
}

/// The bounds of one lane; a bound of 0 counts as 1.
#[derive(Clone, Copy, Debug)]
pub struct LaneLimits {
    /// Most items waiting.
    pub items_max: usize,
    /// Most items of one source waiting.
    pub source_items_max: usize,
}

/// The bounds of a bus.
#[derive(Clone, Copy, Debug)]
pub struct BusLimits {
    /// Of each lane, by [`Lane::index`].
    pub lanes: [LaneLimits; LANE_COUNT],
    /// Longest wait of a high item for a place.
    pub high_wait: Duration,
}

impl Default for BusLimits {
    fn default() -> Self {
        let lanes = [1_000, 4_000, 10_000, 2_000]
            .map(|items_max| LaneLimits { items_max, source_items_max: items_max / 4 });
        Self { lanes, high_wait: Duration::from_millis(250) }
    }
}

/// Why an item was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// No place; try again later.
    #[error("lane `{lane:?}` is full; retry after `{retry_after_ms}` ms")]
    Busy {
        /// The lane.
        lane: Lane,
        /// When to try again.
        retry_after_ms: u64,
    },
    /// The bus was closed.
    #[error("the event bus is closed")]
    Closed,
}

impl Coded for BusError {
    fn code(&self) -> Code {
        match self {
            Self::Busy { .. } => codes::BUS_BUSY,
            Self::Closed => codes::BUS_CLOSED,
        }
    }
}

/// A refused item, handed back.
#[derive(Debug)]
pub struct Refused<T> {
    /// The item.
    pub item: T,
    /// Why: codes `NRV-0101` (busy) or `NRV-0102` (closed).
    pub why: BusError,
}

/// An accepted item.
#[derive(Debug, PartialEq, Eq)]
pub struct Accepted<T> {
    /// An older item that lost its place to it; in the low lane only.
    pub displaced: Option<(Source, T)>,
}

/// What happened in one lane since the bus was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneCounts {
    /// Items that got a place.
    pub accepted: u64,
    /// Items taken by the consumer.
    pub delivered: u64,
    /// Accepted items pushed out by newer ones.
    pub displaced: u64,
    /// Items that had to wait before they were accepted or refused.
    pub waited: u64,
    /// Items refused for want of a place.
    pub busy: u64,
    /// Items refused because the bus was closed.
    pub closed: u64,
}

struct State<T> {
    lanes: Lanes<T>,
    counts: [LaneCounts; LANE_COUNT],
    open: bool,
    /// Consumers and producers that wait: to wake nobody is a system call saved.
    consumers_waiting: u32,
    producers_waiting: u32,
}

impl<T> State<T> {
    fn count(&mut self, lane: Lane, change: impl FnOnce(&mut LaneCounts)) {
        if let Some(counts) = self.counts.get_mut(lane.index()) {
            change(counts);
        }
    }
}

/// The bus. Producers share it by reference; one consumer takes batches.
pub struct EventBus<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    emptied: Condvar,
    limits: BusLimits,
}

impl<T> EventBus<T> {
    /// An open, empty bus.
    #[must_use]
    pub fn new(limits: BusLimits) -> Self {
        let lanes = Lanes::new(limits.lanes);
        let state = State {
            lanes,
            counts: Default::default(),
            open: true,
            consumers_waiting: 0,
            producers_waiting: 0,
        };
        Self { state: Mutex::new(state), filled: Condvar::new(), emptied: Condvar::new(), limits }
    }

    /// Offers an item that is of no realm; see [`EventBus::push_of`].
    ///
    /// # Errors
    /// As there.
    pub fn push(&self, lane: Lane, source: Source, item: T) -> Result<Accepted<T>, Refused<T>> {
        self.push_of(lane, source, None, item)
    }

    /// Offers an item of a realm. Blocks in the critical lane while it is full, in the high lane up to
    /// [`BusLimits::high_wait`], in the others never.
    ///
    /// # Errors
    /// The item comes back when its lane has no place for it or the bus is closed.
    pub fn push_of(
        &self,
        lane: Lane,
        source: Source,
        realm: Option<RealmId>,
        item: T,
    ) -> Result<Accepted<T>, Refused<T>> {
        let mut state = self.lock();
        if state.open && !state.lanes.has_room(lane, source) {
            state = self.wait_for_room(state, lane, source);
        }
        if !state.open {
            state.count(lane, |counts| counts.closed += 1);
            return Err(Refused { item, why: BusError::Closed });
        }
        let mut displaced = None;
        if !state.lanes.has_room(lane, source) {
            if lane != Lane::Low {
                state.count(lane, |counts| counts.busy += 1);
                let why = BusError::Busy { lane, retry_after_ms: RETRY_AFTER_MS };
                return Err(Refused { item, why });
            }
            displaced = state.lanes.displace(lane, source);
            state.count(lane, |counts| counts.displaced += 1);
        }
        state.lanes.put(lane, source, realm, item);
        state.count(lane, |counts| counts.accepted += 1);
        let waiting = state.consumers_waiting > 0;
        drop(state);
        if waiting {
            self.filled.notify_one();
        }
        Ok(Accepted { displaced })
    }

    /// Takes up to `items_max` items, in the order of the lanes' shares; waits up to `wait` for the
    /// first. Empty when none came, `None` when the bus is closed and drained.
    pub fn take_batch(&self, items_max: usize, wait: Duration) -> Option<Vec<T>> {
        let mut state = self.lock();
        let idle = |state: &mut State<T>| state.open && state.lanes.is_empty();
        if idle(&mut state) && !wait.is_zero() {
            state.consumers_waiting += 1;
            let waited = self.filled.wait_timeout_while(state, wait, idle);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.consumers_waiting -= 1;
        }
        if !state.open && state.lanes.is_empty() {
            return None;
        }
        let mut batch = Vec::with_capacity(items_max.min(state.lanes.len()));
        while batch.len() < items_max {
            let Some((lane, item)) = state.lanes.take() else { break };
            state.count(lane, |counts| counts.delivered += 1);
            batch.push(item);
        }
        let waiting = state.producers_waiting > 0;
        drop(state);
        if waiting {
            self.emptied.notify_all();
        }
        Some(batch)
    }

    /// Refuses every later offer, and those that wait now. What was accepted can still be taken.
    pub fn close(&self) {
        self.lock().open = false;
        self.filled.notify_all();
        self.emptied.notify_all();
    }

    /// Items waiting in all lanes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().lanes.len()
    }

    /// Whether nothing is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What happened so far, indexed by [`Lane::index`].
    #[must_use]
    pub fn counts(&self) -> [LaneCounts; LANE_COUNT] {
        self.lock().counts
    }

    /// How full the fullest lane is, in millionths.
    #[must_use]
    pub fn fullness_ppm(&self) -> u64 {
        let lanes = self.counts().into_iter().zip(self.limits.lanes);
        let fullness = lanes.map(|(counts, limits)| {
            let waiting = counts.accepted - counts.delivered - counts.displaced;
            let max = u64::try_from(limits.items_max.max(1)).unwrap_or(u64::MAX);
            waiting.saturating_mul(1_000_000) / max
        });
        fullness.max().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_room<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<T>>,
        lane: Lane,
        source: Source,
    ) -> MutexGuard<'a, State<T>> {
        if lane > Lane::High {
            return state;
        }
        state.count(lane, |counts| counts.waited += 1);
        state.producers_waiting += 1;
        let stuck = |state: &mut State<T>| state.open && !state.lanes.has_room(lane, source);
        let mut state = match lane {
            Lane::High => {
                let waited = self.emptied.wait_timeout_while(state, self.limits.high_wait, stuck);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            _ => self.emptied.wait_while(state, stuck).unwrap_or_else(PoisonError::into_inner),
        };
        state.producers_waiting -= 1;
        state
    }
}

#[cfg(test)]
mod tests;
