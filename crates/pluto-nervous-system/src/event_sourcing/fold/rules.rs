//! What the fold goes by: the policy and the engines in their order, and who hears of what comes next.

use std::sync::Arc;

use hashbrown::HashMap;
use pluto_core::traits::{Engine, Finality, PolicyDecider};
use pluto_core::{Component, Event, Kind};

use crate::snapshot::Snapshot;

/// Hears of an event and of the realm just before what it brings about.
type Before = Box<dyn Fn(&Event, &Snapshot) + Send + Sync>;

/// The engines and the policy: the same on every node of a network.
pub struct Rules {
    pub(super) policy: Arc<dyn PolicyDecider>,
    engines: Vec<Arc<dyn Engine>>,
    by_kind: HashMap<u16, Vec<usize>>,
    before_decision: Option<Before>,
    before_border: Option<Before>,
}

impl Rules {
    /// Orders the engines by `order` (components that come first step first).
    #[must_use]
    pub fn new(
        policy: Arc<dyn PolicyDecider>,
        mut engines: Vec<Arc<dyn Engine>>,
        order: &[Component],
    ) -> Self {
        let rank = |component| order.iter().position(|other| *other == component);
        engines.sort_by_key(|engine| rank(engine.component()).unwrap_or(usize::MAX));
        let mut by_kind: HashMap<u16, Vec<usize>> = HashMap::new();
        for (index, engine) in engines.iter().enumerate() {
            for kind in engine.kinds() {
                by_kind.entry(*kind as u16).or_default().push(index);
            }
        }
        Self { policy, engines, by_kind, before_decision: None, before_border: None }
    }

    /// Tells `hear` of every decision (kind 72) about to be folded, with the realm just before it: the
    /// version that the leaf of the decision commits to. Keeping a clone shares what did not change.
    ///
    /// A decision is told again when something late moves it to another place; the version that counts
    /// has the root that stands at its place as `judged_on`.
    #[must_use]
    pub fn before_decisions(
        mut self,
        hear: impl Fn(&Event, &Snapshot) + Send + Sync + 'static,
    ) -> Self {
        self.before_decision = Some(Box::new(hear));
        self
    }

    /// Tells `hear` of every border about to be closed: the event that proposes its checkpoint, and the
    /// realm in which everything that it covers is folded, whose root the checkpoint signs if it is right.
    #[must_use]
    pub fn before_borders(
        mut self,
        hear: impl Fn(&Event, &Snapshot) + Send + Sync + 'static,
    ) -> Self {
        self.before_border = Some(Box::new(hear));
        self
    }

    pub(in crate::event_sourcing) fn tell_border(
        &self,
        proposal: &Event,
        version: impl FnOnce() -> Snapshot,
    ) {
        if let Some(hear) = &self.before_border {
            hear(proposal, &version());
        }
    }

    pub(in crate::event_sourcing) fn tell_before(
        &self,
        event: &Event,
        version: impl FnOnce() -> Snapshot,
    ) {
        if let Some(hear) = &self.before_decision {
            hear(event, &version());
        }
    }

    /// Who decides what is final, if an engine has the rule.
    pub(in crate::event_sourcing) fn finality(&self) -> Option<&dyn Finality> {
        self.engines.iter().find_map(|engine| engine.finality())
    }

    /// The engines that step on a kind, in their order.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &Arc<dyn Engine>> {
        let indexes = self.by_kind.get(&(kind as u16)).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|index| self.engines.get(*index))
    }
}
