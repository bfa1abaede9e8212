//! Subscribers: a bounded queue of batches each, and a notice instead of the batches when it is full.
//!
//! Batches are shared, not copied. When a queue is full everything in it is dropped and the
//! subscriber is told which positions it missed; [`crate::follow`] reads them from the log.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use pluto_core::traits::Observed;
use pluto_core::{Position, RealmId};

/// Positions of a realm that a subscriber was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lagged {
    /// The realm.
    pub realm: RealmId,
    /// The first one missed. Lies before what was delivered already when events changed place.
    pub from: Position,
    /// The one after the last missed.
    pub to: Position,
}

/// What a subscriber is given.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A batch as published.
    Batch(Arc<Observed>),
    /// The subscriber was too slow; read these from the log, then go on.
    Lagged(Lagged),
    /// Nothing came in time.
    Idle,
    /// The hub is closed and everything was delivered.
    Closed,
}

type Leave = Box<dyn Fn(&Arc<Queue>) + Send + Sync>;

/// A subscription; dropping it ends it.
pub struct Subscription {
    queue: Arc<Queue>,
    leave: Leave,
}

impl Subscription {
    pub(crate) fn new(queue: Arc<Queue>, leave: Leave) -> Self {
        Self { queue, leave }
    }

    /// The next thing, after at most `wait`.
    pub fn next(&self, wait: Duration) -> Delivery {
        let mut state = self.queue.lock();
        if state.is_idle() && !wait.is_zero() {
            state.waiting += 1;
            let idle = |state: &mut QueueState| state.is_idle();
            let waited = self.queue.ready.wait_timeout_while(state, wait, idle);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.waiting -= 1;
        }
        state.take()
    }

    /// The next thing, for async callers; never [`Delivery::Idle`]. The waker of the last call is
    /// woken when there is something.
    ///
    /// # Cancel safety
    /// Nothing is lost when the caller goes away: what was not returned stays queued.
    pub fn poll_next(&self, context: &mut Context<'_>) -> Poll<Delivery> {
        let mut state = self.queue.lock();
        if state.is_idle() {
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(state.take())
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        (self.leave)(&self.queue);
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("realm", &self.queue.realm).finish_non_exhaustive()
    }
}

/// The queue of one subscriber.
pub(crate) struct Queue {
    realm: Option<RealmId>,
    batches_max: usize,
    state: Mutex<QueueState>,
    ready: Condvar,
}

#[derive(Default)]
struct QueueState {
    /// Told before any batch; at most one range for each realm of the node.
    lagged: BTreeMap<RealmId, Lagged>,
    batches: VecDeque<Arc<Observed>>,
    /// Threads that wait for something: to wake nobody is a system call saved.
    waiting: u32,
    waker: Option<Waker>,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(realm: Option<RealmId>, batches_max: usize) -> Self {
        let state = Mutex::default();
        Self { realm, batches_max: batches_max.max(1), state, ready: Condvar::new() }
    }

    /// Queues a batch, or drops all of them for a notice; says whether it did the latter.
    pub(crate) fn push(&self, batch: &Arc<Observed>) -> bool {
        if self.realm.is_some_and(|realm| realm != batch.realm) {
            return false;
        }
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        let mut dropped = VecDeque::new();
        let overflow = state.batches.len() >= self.batches_max;
        if overflow {
            dropped = std::mem::take(&mut state.batches);
            dropped.iter().for_each(|old| state.miss(old));
            state.miss(batch);
        } else {
            state.batches.push_back(Arc::clone(batch));
        }
        self.wake(state);
        drop(dropped);
        overflow
    }

    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.wake(state);
    }

    fn wake(&self, mut state: MutexGuard<'_, QueueState>) {
        let (waiting, waker) = (state.waiting, state.waker.take());
        drop(state);
        if waiting > 0 {
            self.ready.notify_all();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl QueueState {
    fn is_idle(&self) -> bool {
        self.lagged.is_empty() && self.batches.is_empty() && !self.closed
    }

    fn take(&mut self) -> Delivery {
        if let Some((_, lagged)) = self.lagged.pop_first() {
            return Delivery::Lagged(lagged);
        }
        match self.batches.pop_front() {
            Some(batch) => Delivery::Batch(batch),
            None if self.closed => Delivery::Closed,
            None => Delivery::Idle,
        }
    }

    fn miss(&mut self, batch: &Observed) {
        let Some((from, to)) = span(batch) else { return };
        let missed = Lagged { realm: batch.realm, from, to };
        let range = self.lagged.entry(batch.realm).or_insert(missed);
        range.from = range.from.min(from);
        range.to = range.to.max(to);
    }
}

/// The positions a batch speaks of: the first, and the one after the last.
pub(crate) fn span(batch: &Observed) -> Option<(Position, Position)> {
    let first = batch.events.first().map(|event| event.position);
    let from = first.into_iter().chain(batch.reorganised_from).min()?;
    let to = batch.events.last().map_or(from, |event| Position(event.position.0 + 1));
    Some((from, to))
}

#[cfg(test)]
mod tests;
