//! A clock that moves only when told to.

use std::sync::atomic::{AtomicU64, Ordering};

use pluto_core::traits::Clock;

/// A clock that stands still.
#[derive(Debug, Default)]
pub struct FixedClock {
    now_ms: AtomicU64,
}

impl FixedClock {
    /// A clock at `now_ms`, Unix milliseconds.
    #[must_use]
    pub const fn at(now_ms: u64) -> Self {
        Self { now_ms: AtomicU64::new(now_ms) }
    }

    /// Moves it forward.
    pub fn advance(&self, by_ms: u64) {
        self.now_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }
}
