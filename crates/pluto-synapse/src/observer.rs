//! Observers: told about what is committed, able to react only by submitting new events.

use pluto_core::traits::Committed;
use pluto_core::{Component, ComponentSet};

/// Who is served first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Anomalies and the breaker.
    Critical,
    /// Trust and finality.
    High,
    /// Everything else.
    #[default]
    Normal,
    /// Metrics and logs.
    Low,
}

/// An observer of committed events.
pub trait StateObserver: Send + Sync {
    /// A name for reports.
    fn name(&self) -> &str;

    /// The components it wants to hear of.
    fn interests(&self) -> ComponentSet;

    /// Who is served first; equal priorities in order of registration.
    fn priority(&self) -> Priority {
        Priority::Normal
    }

    /// Hears of one committed event. `because` is the component through which it was reached.
    fn on_event(&self, event: &Committed, because: Component);
}
