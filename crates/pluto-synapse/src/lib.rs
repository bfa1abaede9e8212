//! The synapse hub: tells observers and subscribers what was committed.
//!
//! 1. The writer *publishes* a batch. That never waits: each subscriber has a bounded queue, and one
//!    that falls behind is told from where to read the log ([`subscribe`], [`follow`]).
//! 2. The hub thread follows like any other subscriber and *dispatches* to observers ([`hub`]): by
//!    priority, each observer at most once an event, first those of the touched components, then
//!    those of the components these trigger.
//! 3. An observer sees `&Committed` and can do one thing: hand in an intent for a new event, with a
//!    budget of hops, so that reactions to reactions come to an end ([`intents`]).
//!
//! Nothing here changes state, reads a clock or knows the state graph: the graph comes in as
//! [`Topology`].

pub mod adapters;
pub mod codes;
mod error;
#[cfg(test)]
mod fixture;
pub mod follow;
pub mod hub;
pub mod intents;
mod observer;
pub mod subscribe;
mod table;

use pluto_core::{COMPONENT_COUNT, Component, ComponentSet};

pub use adapters::{AnomalyObserver, MetricsObserver};
pub use error::SynapseError;
pub use follow::{Followed, Follower, Resume};
pub use hub::{HubCounts, ObserverHandle, SynapseHub};
pub use intents::{Intent, IntentQueue, Intents};
pub use observer::{Priority, StateObserver};
pub use subscribe::{Delivery, Lagged, Subscription};

/// How components bear on each other, as far as dispatch needs to know.
#[derive(Clone, Debug)]
pub struct Topology {
    /// For each component, by [`Component::index`], those it triggers. Cycles are allowed.
    pub triggers: [ComponentSet; COMPONENT_COUNT],
    /// All components; where an observer is reached through several, the first is named to it.
    pub order: [Component; COMPONENT_COUNT],
}

impl Topology {
    /// No component triggers another; order of numbers.
    pub const FLAT: Self =
        Self { triggers: [ComponentSet::EMPTY; COMPONENT_COUNT], order: Component::ALL };
}
