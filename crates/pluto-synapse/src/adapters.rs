//! Observers every node has: metrics, and the count of anomalies that feeds the breaker.
//!
//! They count what is said to have happened to a component; being reached through a trigger is not
//! something that happened, so it counts nothing.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::observer::{Priority, StateObserver};
use pluto_core::traits::Committed;
use pluto_core::{COMPONENT_COUNT, Component, ComponentSet, Kind};

/// Events that touched one component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// With effect.
    pub effective: u64,
    /// Without.
    pub void: u64,
}

/// Counts events by component and verdict.
#[derive(Debug)]
pub struct MetricsObserver {
    effective: [AtomicU64; COMPONENT_COUNT],
    void: [AtomicU64; COMPONENT_COUNT],
}

impl Default for MetricsObserver {
    fn default() -> Self {
        let zeros = || std::array::from_fn(|_| AtomicU64::new(0));
        Self { effective: zeros(), void: zeros() }
    }
}

impl MetricsObserver {
    /// The counts of one component.
    #[must_use]
    pub fn of(&self, component: Component) -> VerdictCounts {
        let read = |counters: &[AtomicU64; COMPONENT_COUNT]| {
            counters.get(component.index()).map_or(0, |counter| counter.load(Relaxed))
        };
        VerdictCounts { effective: read(&self.effective), void: read(&self.void) }
    }
}

impl StateObserver for MetricsObserver {
    fn name(&self) -> &str {
        "metrics"
    }

    fn interests(&self) -> ComponentSet {
        ComponentSet::ALL
    }

    fn priority(&self) -> Priority {
        Priority::Low
    }

    fn on_event(&self, event: &Committed, _because: Component) {
        let counters = if event.verdict.is_effective() { &self.effective } else { &self.void };
        for component in event.touched.iter() {
            if let Some(counter) = counters.get(component.index()) {
                counter.fetch_add(1, Relaxed);
            }
        }
    }
}

/// Tells a callback, usually a breaker, of every anomaly with effect.
pub struct AnomalyObserver<F> {
    on_anomaly: F,
}

impl<F: Fn(&Committed) + Send + Sync> AnomalyObserver<F> {
    /// An observer that calls `on_anomaly` once for each anomaly.
    pub const fn new(on_anomaly: F) -> Self {
        Self { on_anomaly }
    }
}

impl<F: Fn(&Committed) + Send + Sync> StateObserver for AnomalyObserver<F> {
    fn name(&self) -> &str {
        "anomalies"
    }

    fn interests(&self) -> ComponentSet {
        ComponentSet::of(&[Component::Anomaly, Component::Identity])
    }

    fn priority(&self) -> Priority {
        Priority::Critical
    }

    fn on_event(&self, event: &Committed, _because: Component) {
        let anomaly = matches!(
            event.kind.known(),
            Some(Kind::AnomalyDetected | Kind::IdentityAnomalyDetected)
        );
        if anomaly && event.verdict.is_effective() {
            (self.on_anomaly)(event);
        }
    }
}

#[cfg(test)]
mod tests;
