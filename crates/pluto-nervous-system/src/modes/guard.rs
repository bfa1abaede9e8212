//! The breaker of a running node, shared by its threads.
//!
//! Only proven anomalies are told to it: an author who signed two different events in one place, a log
//! that failed. Asking whether an operation may begin costs one lock, and time moves with the clock
//! handed in. The mode lasts as long as the process: whoever restarts a node is its operator.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pluto_core::traits::Clock;
use pluto_error::Result;

use super::{Breaker, Operation, SystemMode, Transition};

/// A breaker with its clock.
pub struct Guard {
    breaker: Mutex<Breaker>,
    clock: Arc<dyn Clock>,
}

impl Guard {
    /// A breaker in the normal mode.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let breaker = Breaker::starting_in(SystemMode::Normal, clock.now_ms());
        Self { breaker: Mutex::new(breaker), clock }
    }

    /// The mode now.
    #[must_use]
    pub fn mode(&self) -> SystemMode {
        let mut breaker = self.lock();
        if breaker.mode() != SystemMode::Normal {
            told(breaker.tick(self.clock.now_ms()), "quiet");
        }
        breaker.mode()
    }

    /// Refuses what the mode does not allow now.
    ///
    /// # Errors
    /// `NRV-0104` when `operation` must wait for another mode.
    pub fn require(&self, operation: Operation) -> Result<()> {
        self.mode().require(operation)
    }

    /// Counts one critical anomaly that is proven; `what` goes to the log of the process.
    pub fn anomaly(&self, what: &str) {
        told(self.lock().anomaly(self.clock.now_ms()), what);
    }

    /// Carries out an operator's command.
    ///
    /// # Errors
    /// `NRV-0103` for the way from emergency to degraded.
    pub fn command(&self, to: SystemMode) -> Result<()> {
        if let Some(Transition { from, to, .. }) = self.lock().command(to, self.clock.now_ms())? {
            tracing::info!(%from, %to, "the operator changed the system mode");
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(transition: Option<Transition>, because: &str) {
    if let Some(Transition { from, to, .. }) = transition {
        tracing::warn!(%from, %to, because, "the system mode changed");
    }
}
