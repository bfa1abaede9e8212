//! Places for instances: as many as the pool has, so that taking an instance never fails.
//!
//! A full pool would otherwise answer with an error, and an answer must not depend on who else is
//! asking. Whoever finds no place waits; every run ends, because its fuel does. Waking is a system
//! call, so nobody is woken when nobody waits.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Counts free places.
pub(super) struct Slots {
    count: Mutex<Count>,
    freed: Condvar,
}

struct Count {
    free: u32,
    waiting: u32,
}

/// A place taken; given back when dropped.
pub(super) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(super) const fn new(free: u32) -> Self {
        Self { count: Mutex::new(Count { free, waiting: 0 }), freed: Condvar::new() }
    }

    /// Takes a place, after waiting for one if need be.
    pub(super) fn take(&self) -> Slot<'_> {
        let mut count = self.lock();
        count.waiting += 1;
        let mut count = self
            .freed
            .wait_while(count, |count| count.free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        count.waiting -= 1;
        count.free -= 1;
        Slot(self)
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut count = self.0.lock();
        count.free += 1;
        let awaited = count.waiting > 0;
        drop(count);
        if awaited {
            self.0.freed.notify_one();
        }
    }
}
