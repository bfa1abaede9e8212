//! What is published after a batch: told to observers, who react only by submitting new events.

use std::sync::Arc;

use crate::component::ComponentSet;
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
