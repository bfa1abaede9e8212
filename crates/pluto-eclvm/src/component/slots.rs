//! Places for instances: as many as the pool has, so that taking an instance never fails.
//!
//! A full pool would otherwise answer with an error, and an answer must not depend on who else is
//! asking. Whoever finds no place waits; every run ends, because its fuel does.

use std::sync::{Condvar, Mutex, PoisonError};

/// Counts free places.
pub(super) struct Slots {
    free: Mutex<u32>,
    freed: Condvar,
}

/// A place taken; given back when dropped.
pub(super) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(super) const fn new(count: u32) -> Self {
        Self { free: Mutex::new(count), freed: Condvar::new() }
    }

    /// Takes a place, after waiting for one if need be.
    pub(super) fn take(&self) -> Slot<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free =
            self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Slot(self)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
