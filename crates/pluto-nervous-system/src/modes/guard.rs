//! The breaker of a running node, shared by its threads.
//!
//! Only proven anomalies are told to it: an author who signed two different events in one place, a log
//! that failed. Asking whether an operation may begin costs one lock, and time moves with the clock
//! handed in. The mode lasts as long as the process: whoever restarts a node is its operator.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pluto_core::traits::Clock;
use pluto_error::Result;

use pluto_core::{Did, RealmId};

use super::{Breaker, Operation, Suspect, SystemMode, Transition, Window};

/// A breaker with its clock.
pub struct Guard {
    counted: Mutex<Counted>,
    clock: Arc<dyn Clock>,
}

/// Anomalies of the last five minutes, each one, also those that the breaker does not count again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// The node's own: its log, its state.
    pub node: u64,
    /// Those of authors.
    pub authors: u64,
}

#[derive(Default)]
struct Counted {
    breaker: Breaker,
    node: Window,
    authors: Window,
}

impl Guard {
    /// A breaker in the normal mode.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let breaker = Breaker::starting_in(SystemMode::Normal, clock.now_ms());
        Self { counted: Mutex::new(Counted { breaker, ..Counted::default() }), clock }
    }

    /// The mode now.
    #[must_use]
    pub fn mode(&self) -> SystemMode {
        let breaker = &mut self.lock().breaker;
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

    /// Counts one critical anomaly of the node itself; `what` goes to the log of the process.
    pub fn anomaly(&self, what: &str) {
        let (mut counted, now_ms) = (self.lock(), self.clock.now_ms());
        counted.node.add(now_ms);
        told(counted.breaker.anomaly(Suspect::Node, now_ms), what);
    }

    /// Counts one critical anomaly of an author; within a minute only its first moves the breaker.
    pub fn anomaly_of(&self, realm: RealmId, author: Did, what: &str) {
        let (mut counted, now_ms) = (self.lock(), self.clock.now_ms());
        counted.authors.add(now_ms);
        told(counted.breaker.anomaly(Suspect::Author(realm, author), now_ms), what);
    }

    /// How many anomalies there were lately.
    #[must_use]
    pub fn recent(&self) -> Recent {
        let (counted, now_ms) = (self.lock(), self.clock.now_ms());
        Recent { node: counted.node.sum(now_ms), authors: counted.authors.sum(now_ms) }
    }

    /// Carries out an operator's command.
    ///
    /// # Errors
    /// `NRV-0103` for the way from emergency to degraded.
    pub fn command(&self, to: SystemMode) -> Result<()> {
        if let Some(Transition { from, to, .. }) =
            self.lock().breaker.command(to, self.clock.now_ms())?
        {
            tracing::info!(%from, %to, "the operator changed the system mode");
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(transition: Option<Transition>, because: &str) {
    if let Some(Transition { from, to, .. }) = transition {
        tracing::warn!(%from, %to, because, "the system mode changed");
    }
}
