//! The 159 edges, one row per component: depends on, triggers, aggregates, validates.
//!
//! The only place that states them; every other table is computed from this one.

use pluto_core::COMPONENT_COUNT;
use pluto_core::Component::{self, *};

use super::{Edge, Relation};

/// The edges that start at one component.
pub(super) struct Row {
    pub(super) from: Component,
    depends_on: &'static [Component],
    triggers: &'static [Component],
    aggregates: &'static [Component],
    validates: &'static [Component],
}

impl Row {
    pub(super) const fn targets(&self, relation: Relation) -> &'static [Component] {
        match relation {
            Relation::DependsOn => self.depends_on,
            Relation::Triggers => self.triggers,
            Relation::Bidirectional => &[],
            Relation::Aggregates => self.aggregates,
            Relation::Validates => self.validates,
        }
    }
}

/// All edges, by component, then by relation.
pub fn edges() -> impl Iterator<Item = Edge> {
    ROWS.iter().flat_map(|row| {
        Relation::ALL.into_iter().flat_map(move |relation| {
            let targets = row.targets(relation).iter();
            targets.map(move |to| Edge { from: row.from, relation, to: *to })
        })
    })
}

const fn row(
    from: Component,
    depends_on: &'static [Component],
    triggers: &'static [Component],
    aggregates: &'static [Component],
    validates: &'static [Component],
) -> Row {
    Row { from, depends_on, triggers, aggregates, validates }
}

#[rustfmt::skip]
pub(super) static ROWS: [Row; COMPONENT_COUNT] = [
    row(Identity, &[Execution, Gas, Mana, KvStore], &[Trust, Event, Realm, Anomaly], &[Credential, KeyManagement], &[Controller]),
    row(Credential, &[Identity], &[], &[], &[Identity]),
    row(KeyManagement, &[Identity], &[Event], &[], &[]),
    row(Trust, &[Identity], &[Event], &[], &[]),
    row(Event, &[Identity], &[Trust], &[], &[]),
    row(WorldFormula, &[Trust, Event], &[Consensus], &[], &[]),
    row(Consensus, &[Identity], &[], &[], &[Event]),
    row(Gas, &[Trust], &[], &[], &[]),
    row(Mana, &[Trust], &[], &[], &[]),
    row(Execution, &[Identity], &[Event], &[Gas, Mana], &[]),
    row(Eclvm, &[Identity, Gas, Mana, Trust], &[Event], &[Execution], &[]),
    row(EclPolicy, &[Identity, Eclvm], &[Event], &[], &[Gateway, Realm]),
    row(EclBlueprint, &[Eclvm], &[Event], &[Blueprint], &[]),
    row(Anomaly, &[], &[], &[], &[Identity, Event, Trust]),
    row(Diversity, &[], &[], &[], &[Trust, Consensus]),
    row(Quadratic, &[Trust], &[], &[], &[]),
    row(AntiCalcification, &[], &[Trust], &[], &[Identity, Trust]),
    row(Calibration, &[], &[Gas, Mana], &[], &[]),
    row(KvStore, &[Trust], &[], &[Identity], &[]),
    row(EventStore, &[], &[], &[Event], &[]),
    row(Archive, &[], &[], &[EventStore], &[]),
    row(Blueprint, &[Trust], &[], &[], &[]),
    row(Gateway, &[Identity, Trust, Realm, EclPolicy], &[Event], &[], &[Identity, Trust]),
    row(SagaComposer, &[Trust, Eclvm], &[Execution], &[IntentParser], &[]),
    row(IntentParser, &[EclPolicy], &[], &[], &[Event]),
    row(Realm, &[Identity, Trust, Gateway, EclPolicy], &[Trust, SagaComposer, Event], &[Gateway, EclPolicy], &[Event]),
    row(Room, &[Identity, Realm, Trust], &[Event], &[Controller], &[]),
    row(Partition, &[Identity, Room, Trust], &[], &[], &[Controller]),
    row(Swarm, &[Identity], &[Event], &[], &[Identity]),
    row(Gossip, &[Identity, Trust], &[Event], &[], &[]),
    row(Kademlia, &[], &[], &[Swarm], &[]),
    row(Relay, &[Trust], &[Swarm], &[], &[]),
    row(NatTraversal, &[], &[Swarm], &[], &[]),
    row(Privacy, &[Identity, Trust], &[], &[], &[Gossip]),
    row(Ui, &[Identity, Trust, Realm, Room, Controller, Eclvm, Gas, Mana], &[Event], &[DataLogic], &[]),
    row(DataLogic, &[Event, Trust, Eclvm, Gas], &[Event], &[Event], &[Ui]),
    row(Api, &[Identity, Trust, Controller, Eclvm, Gas, Mana], &[Event], &[DataLogic], &[Gateway]),
    row(Governance, &[Identity, Trust, Quadratic, Eclvm, Realm], &[Controller, Event], &[], &[Controller, AntiCalcification]),
    row(Controller, &[Identity, Trust, Realm, Room, Partition, Eclvm], &[Event], &[Identity, Governance], &[Gateway, Api, Ui]),
    row(BlueprintComposer, &[Blueprint, Eclvm, Trust, Gas], &[Event], &[EclBlueprint], &[Realm]),
];
