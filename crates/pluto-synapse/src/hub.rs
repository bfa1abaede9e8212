//! The hub: registration, dispatch to observers, publication to subscribers.
//!
//! Every registration builds a new table and swaps it in; a dispatch loads the
//! table once and keeps it for the whole batch. A panic of an observer is caught and counted and
//! costs nobody else their turn; at the third the observer is taken out of the table.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::observer::{Priority, StateObserver};
use arc_swap::ArcSwap;
use pluto_core::traits::{Committed, Observed};
use pluto_core::{ComponentSet, RealmId};
use pluto_error::Result;

use crate::Topology;
use crate::error::SynapseError;
use crate::follow::{Followed, Follower};
use crate::intents::{IntentQueue, Intents, intents};
use crate::subscribe::{Queue, Subscription};
use crate::table::{Entry, Progress, Scratch, Table};

pub use crate::table::TRIGGER_DEPTH_MAX;

/// Most observers at a time.
pub const OBSERVERS_MAX: usize = 4_096;
/// Most subscribers at a time.
pub const SUBSCRIBERS_MAX: usize = 1_024;
/// Panics after which an observer is no longer called.
pub const PANICS_MAX: u32 = 3;

/// What the hub did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubCounts {
    /// Events dispatched to observers.
    pub dispatched: u64,
    /// Calls of observers.
    pub notified: u64,
    /// Calls left out because the observer was reached another way already.
    pub suppressed: u64,
    /// Calls that panicked.
    pub panics: u64,
    /// Observers no longer called.
    pub quarantined: u64,
    /// Batches published to subscribers.
    pub published: u64,
    /// Times a subscriber fell behind and its queue was dropped.
    pub lagged: u64,
    /// Intents accepted from observers.
    pub intents: u64,
    /// Intents refused.
    pub intents_refused: u64,
}

/// The hub; clones are the same hub.
#[derive(Clone)]
pub struct SynapseHub {
    inner: Arc<Inner>,
}

struct Inner {
    topology: Topology,
    table: ArcSwap<Table>,
    registry: Mutex<Registry>,
    subscribers: ArcSwap<Vec<Arc<Queue>>>,
    intents: Intents,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    dispatched: AtomicU64,
    notified: AtomicU64,
    suppressed: AtomicU64,
    panics: AtomicU64,
    quarantined: AtomicU64,
    published: AtomicU64,
    lagged: AtomicU64,
}

#[derive(Default)]
struct Registry {
    next_id: u64,
    /// In order of service.
    observers: Vec<Registered>,
    closed: bool,
}

struct Registered {
    id: u64,
    priority: Priority,
    /// As answered at registration: a change of mind does not reorder the table.
    interests: ComponentSet,
    observer: Arc<dyn StateObserver>,
    panics: u32,
}

impl Registered {
    const fn is_quarantined(&self) -> bool {
        self.panics >= PANICS_MAX
    }
}

/// Keeps an observer registered; dropping it ends that. A dispatch under way may still call the
/// observer; a later one does not.
#[must_use = "dropping the handle unregisters the observer"]
#[derive(Debug)]
pub struct ObserverHandle {
    id: u64,
    hub: Weak<Inner>,
}

impl Drop for ObserverHandle {
    fn drop(&mut self) {
        if let Some(hub) = self.hub.upgrade() {
            hub.unregister(self.id);
        }
    }
}

impl SynapseHub {
    /// A hub without listeners, and the queue of what its observers ask for.
    #[must_use]
    pub fn new(topology: Topology) -> (Self, IntentQueue) {
        let (intents, queue) = intents();
        let inner = Inner {
            table: ArcSwap::from_pointee(Table::new(Vec::new(), &topology)),
            topology,
            registry: Mutex::default(),
            subscribers: ArcSwap::default(),
            intents,
            counters: Counters::default(),
        };
        (Self { inner: Arc::new(inner) }, queue)
    }

    /// Registers an observer from the next batch on. Interests and priority are asked for now, once.
    ///
    /// # Errors
    /// `SYN-0005` at [`OBSERVERS_MAX`].
    pub fn register(&self, observer: Arc<dyn StateObserver>) -> Result<ObserverHandle> {
        let id = self.inner.register(observer)?;
        Ok(ObserverHandle { id, hub: Arc::downgrade(&self.inner) })
    }

    /// Registers an observer that reacts: `build` is given the end at which to hand in intents.
    ///
    /// # Errors
    /// `SYN-0005` at [`OBSERVERS_MAX`].
    pub fn register_with<O: StateObserver + 'static>(
        &self,
        build: impl FnOnce(Intents) -> O,
    ) -> Result<ObserverHandle> {
        self.register(Arc::new(build(self.inner.intents.clone())))
    }

    /// Calls the observers of `events`, in order. Meant for one thread, the hub thread; the table is
    /// loaded once, so a registration meanwhile counts from the next batch on (when an observer is
    /// quarantined: from the next event on).
    pub fn dispatch(&self, events: &[Committed]) {
        let inner = &*self.inner;
        let progress = Cell::new(Progress::default());
        let mut scratch = Scratch::default();
        let mut table = inner.table.load();
        let mut one_event = false;
        loop {
            let run = || table.run(events, &progress, &mut scratch, one_event);
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(true) => break,
                Ok(false) => {
                    table = inner.table.load();
                    one_event = false;
                }
                Err(payload) => {
                    drop_quietly(payload);
                    // The event goes on in the old table, where its place is known.
                    let culprit = table.culprit(events, progress.get(), &scratch);
                    one_event |= inner.panicked(culprit);
                }
            }
        }
        let counters = &inner.counters;
        counters.dispatched.fetch_add(events.len() as u64, Relaxed);
        counters.notified.fetch_add(progress.get().notified, Relaxed);
        counters.suppressed.fetch_add(progress.get().suppressed, Relaxed);
    }

    /// Hands a batch to every subscriber, shared. Never waits for one of them.
    pub fn publish(&self, batch: &Arc<Observed>) {
        let counters = &self.inner.counters;
        for queue in self.inner.subscribers.load().iter() {
            if queue.push(batch) {
                counters.lagged.fetch_add(1, Relaxed);
            }
        }
        counters.published.fetch_add(1, Relaxed);
    }

    /// Subscribes to the batches of one realm, or of all, published from now on. At most
    /// `batches_max` wait in its queue.
    ///
    /// # Errors
    /// `SYN-0005` at [`SUBSCRIBERS_MAX`].
    pub fn subscribe(&self, realm: Option<RealmId>, batches_max: usize) -> Result<Subscription> {
        let queue = Arc::new(Queue::new(realm, batches_max));
        let registry = self.inner.lock();
        let mut subscribers = Vec::clone(&self.inner.subscribers.load());
        if subscribers.len() >= SUBSCRIBERS_MAX {
            return Err(SynapseError::Crowded { what: "subscribers", max: SUBSCRIBERS_MAX }.into());
        }
        if registry.closed {
            queue.close();
        }
        subscribers.push(Arc::clone(&queue));
        self.inner.subscribers.store(Arc::new(subscribers));
        drop(registry);
        let inner = Arc::downgrade(&self.inner);
        let leave = move |queue: &Arc<Queue>| {
            if let Some(inner) = inner.upgrade() {
                inner.unsubscribe(queue);
            }
        };
        Ok(Subscription::new(queue, Box::new(leave)))
    }

    /// Dispatches what `follower` gives until the hub is closed: the body of the hub thread.
    ///
    /// # Errors
    /// What reading the log gave. The follower keeps its place: call again to go on.
    pub fn serve(&self, follower: &mut Follower) -> Result<()> {
        loop {
            match follower.next(Duration::MAX)? {
                Followed::Events { events, .. } => self.dispatch(&events),
                Followed::Idle => {}
                Followed::Closed => return Ok(()),
            }
        }
    }

    /// Ends every subscription, now and later, once what is queued has been taken.
    pub fn close(&self) {
        let mut registry = self.inner.lock();
        registry.closed = true;
        for queue in self.inner.subscribers.load().iter() {
            queue.close();
        }
    }

    /// Names of the observers that are no longer called, in order of service.
    #[must_use]
    pub fn quarantined(&self) -> Vec<String> {
        let registry = self.inner.lock();
        let quarantined = registry.observers.iter().filter(|one| one.is_quarantined());
        quarantined.map(|one| one.observer.name().to_owned()).collect()
    }

    /// What the hub did so far.
    #[must_use]
    pub fn counts(&self) -> HubCounts {
        let counters = &self.inner.counters;
        let (intents, intents_refused) = self.inner.intents.counts();
        HubCounts {
            dispatched: counters.dispatched.load(Relaxed),
            notified: counters.notified.load(Relaxed),
            suppressed: counters.suppressed.load(Relaxed),
            panics: counters.panics.load(Relaxed),
            quarantined: counters.quarantined.load(Relaxed),
            published: counters.published.load(Relaxed),
            lagged: counters.lagged.load(Relaxed),
            intents,
            intents_refused,
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn register(&self, observer: Arc<dyn StateObserver>) -> Result<u64> {
        let (priority, interests) = (observer.priority(), observer.interests());
        let mut registry = self.lock();
        if registry.observers.len() >= OBSERVERS_MAX {
            return Err(SynapseError::Crowded { what: "observers", max: OBSERVERS_MAX }.into());
        }
        let id = registry.next_id;
        registry.next_id += 1;
        let place = registry.observers.partition_point(|other| other.priority <= priority);
        registry
            .observers
            .insert(place, Registered { id, priority, interests, observer, panics: 0 });
        let old = self.rebuild(&registry);
        drop(registry);
        drop(old);
        Ok(id)
    }

    fn unregister(&self, id: u64) {
        let mut registry = self.lock();
        let Some(place) = registry.observers.iter().position(|one| one.id == id) else { return };
        let removed = registry.observers.remove(place);
        let old = self.rebuild(&registry);
        drop(registry);
        // An observer may do anything when it is dropped, so the lock is released first.
        drop((old, removed));
    }

    /// Counts a panic; says whether the observer was taken out of the table.
    fn panicked(&self, id: Option<u64>) -> bool {
        self.counters.panics.fetch_add(1, Relaxed);
        let mut registry = self.lock();
        let Some(one) = registry.observers.iter_mut().find(|one| Some(one.id) == id) else {
            return false;
        };
        one.panics += 1;
        if !one.is_quarantined() {
            return false;
        }
        self.counters.quarantined.fetch_add(1, Relaxed);
        let old = self.rebuild(&registry);
        drop(registry);
        drop(old);
        true
    }

    fn rebuild(&self, registry: &Registry) -> Arc<Table> {
        let active = registry.observers.iter().filter(|one| !one.is_quarantined());
        let entries = active
            .map(|one| Entry {
                id: one.id,
                interests: one.interests,
                observer: Arc::clone(&one.observer),
            })
            .collect();
        self.table.swap(Arc::new(Table::new(entries, &self.topology)))
    }

    fn unsubscribe(&self, queue: &Arc<Queue>) {
        let registry = self.lock();
        let mut subscribers = Vec::clone(&self.subscribers.load());
        subscribers.retain(|other| !Arc::ptr_eq(other, queue));
        self.subscribers.store(Arc::new(subscribers));
        drop(registry);
    }
}

/// A panic payload may panic once more when it is dropped; then it is leaked.
fn drop_quietly(payload: Box<dyn std::any::Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

#[cfg(test)]
mod tests;
