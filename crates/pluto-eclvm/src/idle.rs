//! Things that are used by one decision at a time and kept for the next.
//!
//! The first stays where it is while it is used, which costs one lock and no move; a decision that
//! finds it taken takes one of the others.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError, TryLockError};

/// Things kept besides the first.
const IDLE_MAX: usize = 16;

/// A bounded store of idle things.
pub(crate) struct Idle<T> {
    first: Mutex<Option<T>>,
    others: Mutex<Vec<T>>,
}

impl<T> Default for Idle<T> {
    fn default() -> Self {
        Self { first: Mutex::default(), others: Mutex::default() }
    }
}

impl<T> Idle<T> {
    /// Uses an idle thing, or one that is made.
    pub(crate) fn with<R>(&self, make: impl FnOnce() -> T, decide: impl FnOnce(&mut T) -> R) -> R {
        match self.try_with(|| Ok::<_, Infallible>(make()), decide) {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }

    /// The same where making may fail.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn try_with<R, E>(
        &self,
        make: impl FnOnce() -> Result<T, E>,
        decide: impl FnOnce(&mut T) -> R,
    ) -> Result<R, E> {
        let mut first = match self.first.try_lock() {
            Ok(first) => first,
            Err(TryLockError::Poisoned(poisoned)) => {
                // Whoever used it did not come to an end, so neither has it.
                self.first.clear_poison();
                let mut first = poisoned.into_inner();
                *first = None;
                first
            }
            Err(TryLockError::WouldBlock) => return self.with_other(make, decide),
        };
        let used = match &mut *first {
            Some(used) => used,
            none => none.insert(make()?),
        };
        Ok(decide(used))
    }

    fn with_other<R, E>(
        &self,
        make: impl FnOnce() -> Result<T, E>,
        decide: impl FnOnce(&mut T) -> R,
    ) -> Result<R, E> {
        let found = self.others.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut used = found.map_or_else(make, Ok)?;
        let answer = decide(&mut used);
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if others.len() < IDLE_MAX {
            others.push(used);
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests;
