//! Observers: told about what is committed, able to react only by submitting new events.

use std::sync::Arc;

use crate::component::{Component, ComponentSet};
use crate::did::Did;
use crate::hash::Digest;
use crate::ids::{EventId, Position, RealmId};
use crate::kind::KindNumber;
use crate::verdict::Verdict;

use super::engine::Fact;

/// An event after the fold: durable, judged, under a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The realm.
    pub realm: RealmId,
    /// Its place in the canonical order.
    pub position: Position,
    /// The event.
    pub id: EventId,
    /// Who wrote it.
    pub author: Did,
    /// What it is.
    pub kind: KindNumber,
    /// Whether it has effect.
    pub verdict: Verdict,
    /// The components it concerns: that of its kind and those it wrote to.
    pub touched: ComponentSet,
    /// What the fold found out.
    pub facts: Vec<Fact>,
}

/// Everything published after one batch.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The realm.
    pub realm: RealmId,
    /// The state root after the batch.
    pub root: Digest,
    /// The events, in canonical order.
    pub events: Arc<[Committed]>,
    /// Set when earlier events changed place: the first position that is not as published before.
    pub reorganised_from: Option<Position>,
}

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
