//! Where the time of a replay goes. What is left of the whole composes and signs.

use std::time::{Duration, Instant};

/// Time by phase.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phases {
    /// Judging each step ahead, for the claim of its decision.
    pub judging: Duration,
    /// Waiting for the rehearsal to fold.
    pub rehearsing: Duration,
    /// How often it was waited for.
    pub folds: usize,
    /// Waiting for the node to store and fold.
    pub storing: Duration,
}

/// What `work` gives; its time is added to `spent`.
pub(super) fn timed<T>(spent: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    *spent += started.elapsed();
    done
}
