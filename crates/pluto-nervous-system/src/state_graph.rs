//! How the 40 components of a realm's state bear on each other: five relations, 159 edges.
//!
//! Everything is computed at compile time. A question is one look into a table of bit sets, whatever
//! the size of the answer. The graph orders engines and observers, says which cached answers a write
//! invalidates, and what a change to a component may break.
//!
//! Two edges of the earlier implementation ran the wrong way: `Trust` and `Event` flow *into* the
//! world formula, so it is `WorldFormula` that depends on them. Reversing both keeps 159 edges (80
//! depends-on, 32 triggers, 27 validates, 20 aggregates, 0 bidirectional); it moves the criticality
//! of `Trust` from 22 to 23, of `Event` from 5 to 6 and of `WorldFormula` from 3 to 1.
//!
//! Depends-on has cycles (identity, trust and the resources; realm and gateway) and cannot be an
//! order of initialisation. [`INIT_ORDER`] follows depends-on without the edges in [`BACK_EDGES`].

mod export;
mod holdings;
mod order;
mod sets;
mod table;

use pluto_core::{Component, ComponentSet};

pub use export::{to_dot, to_json};
pub use holdings::{Holding, holding, to_markdown};
pub use order::{BACK_EDGES, INIT_ORDER, dispatch_order};
pub use table::edges;

use sets::{BY_RELATION, DEPENDENTS, look_up};

/// How one component bears on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// It needs the other to be right. Transitive.
    DependsOn,
    /// What happens in it concerns the other. Transitive.
    Triggers,
    /// Each needs the other as an equal. No edge today.
    Bidirectional,
    /// It sums up or contains the other. Transitive.
    Aggregates,
    /// It checks the other.
    Validates,
}

impl Relation {
    /// All relations.
    pub const ALL: [Self; 5] =
        [Self::DependsOn, Self::Triggers, Self::Bidirectional, Self::Aggregates, Self::Validates];

    /// The name, as printed and exported.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DependsOn => "DependsOn",
            Self::Triggers => "Triggers",
            Self::Bidirectional => "Bidirectional",
            Self::Aggregates => "Aggregates",
            Self::Validates => "Validates",
        }
    }
}

/// One edge of the graph: `from` *relation* `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Where it starts.
    pub from: Component,
    /// What it says.
    pub relation: Relation,
    /// Where it ends.
    pub to: Component,
}

/// What `component` has that relation to.
#[must_use]
pub fn outgoing(relation: Relation, component: Component) -> ComponentSet {
    look_up(&BY_RELATION.of(relation).outgoing, component)
}

/// What has that relation to `component`.
#[must_use]
pub fn incoming(relation: Relation, component: Component) -> ComponentSet {
    look_up(&BY_RELATION.of(relation).incoming, component)
}

/// What `component` reaches over one or more edges of that relation; holds `component` itself when
/// it lies on a cycle.
#[must_use]
pub fn outgoing_all(relation: Relation, component: Component) -> ComponentSet {
    look_up(&BY_RELATION.of(relation).outgoing_all, component)
}

/// What reaches `component` over one or more edges of that relation; holds `component` itself when
/// it lies on a cycle.
#[must_use]
pub fn incoming_all(relation: Relation, component: Component) -> ComponentSet {
    look_up(&BY_RELATION.of(relation).incoming_all, component)
}

/// What `component` depends on.
#[must_use]
pub fn dependencies(component: Component) -> ComponentSet {
    outgoing(Relation::DependsOn, component)
}

/// What `component` depends on, directly or through others.
#[must_use]
pub fn dependencies_all(component: Component) -> ComponentSet {
    outgoing_all(Relation::DependsOn, component)
}

/// What depends on `component` or aggregates it: what a change to it may break.
#[must_use]
pub fn dependents(component: Component) -> ComponentSet {
    look_up(&DEPENDENTS.direct, component)
}

/// [`dependents`], and their dependents, and so on; holds `component` itself when it lies on a cycle.
#[must_use]
pub fn dependents_all(component: Component) -> ComponentSet {
    look_up(&DEPENDENTS.all, component)
}

/// What is concerned when something happens in `component`.
#[must_use]
pub fn triggers(component: Component) -> ComponentSet {
    outgoing(Relation::Triggers, component)
}

/// What is concerned when something happens in `component`, directly or through others.
#[must_use]
pub fn triggers_all(component: Component) -> ComponentSet {
    outgoing_all(Relation::Triggers, component)
}

/// Where something happens that concerns `component`.
#[must_use]
pub fn triggered_by(component: Component) -> ComponentSet {
    incoming(Relation::Triggers, component)
}

/// Where something happens that concerns `component`, directly or through others.
#[must_use]
pub fn triggered_by_all(component: Component) -> ComponentSet {
    incoming_all(Relation::Triggers, component)
}

/// What `component` checks.
#[must_use]
pub fn validates(component: Component) -> ComponentSet {
    outgoing(Relation::Validates, component)
}

/// What checks `component`.
#[must_use]
pub fn validators_of(component: Component) -> ComponentSet {
    incoming(Relation::Validates, component)
}

/// What `component` sums up or contains.
#[must_use]
pub fn aggregates(component: Component) -> ComponentSet {
    outgoing(Relation::Aggregates, component)
}

/// What sums up or contains `component`.
#[must_use]
pub fn aggregated_in(component: Component) -> ComponentSet {
    incoming(Relation::Aggregates, component)
}

/// What sums up or contains `component`, directly or through others.
#[must_use]
pub fn aggregated_in_all(component: Component) -> ComponentSet {
    incoming_all(Relation::Aggregates, component)
}

/// How much hangs on `component`: incoming depends-on and aggregates edges, plus components
/// triggered directly or through others (itself included on a cycle), plus aggregated components.
/// A component that both depends on it and aggregates it counts twice.
#[must_use]
pub fn criticality(component: Component) -> u32 {
    incoming(Relation::DependsOn, component).len()
        + incoming(Relation::Aggregates, component).len()
        + triggers_all(component).len()
        + aggregates(component).len()
}

/// What a change to a component bears on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impact {
    /// The component that changes.
    pub component: Component,
    /// What depends on it or aggregates it.
    pub direct: ComponentSet,
    /// What does so through others, without `direct` and without the component itself.
    pub indirect: ComponentSet,
    /// What is concerned by events in it, directly or through others.
    pub triggered: ComponentSet,
    /// What checks it.
    pub validators: ComponentSet,
    /// What sums it up or contains it.
    pub aggregates: ComponentSet,
    /// How much hangs on it, see [`criticality`].
    pub criticality: u32,
}

/// What a change to `component` bears on.
#[must_use]
pub fn impact(component: Component) -> Impact {
    let direct = dependents(component);
    let known = direct.union(component.bit());
    Impact {
        component,
        direct,
        indirect: ComponentSet(dependents_all(component).0 & !known.0),
        triggered: triggers_all(component),
        validators: validators_of(component),
        aggregates: aggregated_in(component),
        criticality: criticality(component),
    }
}

#[cfg(test)]
mod tests;
