//! The order in which components are set up, engines step and observers are told apart.
//!
//! It is a topological order of depends-on without five edges, each of which points from the lower
//! of two components that need each other to the higher. Between components that do not depend on
//! each other the smaller number goes first.

use pluto_core::COMPONENT_COUNT;
use pluto_core::Component::{self, *};

/// Depends-on edges left out of the order of initialisation: an identity can exist before anything
/// is executed, paid for or stored, and a realm before anybody crosses into it.
pub const BACK_EDGES: [(Component, Component); 5] = [
    (Identity, Execution),
    (Identity, Gas),
    (Identity, Mana),
    (Identity, KvStore),
    (Realm, Gateway),
];

/// All components, each after everything it needs to start.
#[rustfmt::skip]
pub const INIT_ORDER: [Component; COMPONENT_COUNT] = [
    Identity, Credential, KeyManagement, Trust, Event, WorldFormula, Consensus, Gas, Mana, Execution,
    Eclvm, EclPolicy, EclBlueprint, Anomaly, Diversity, Quadratic, AntiCalcification, Calibration,
    KvStore, EventStore, Archive, Blueprint, SagaComposer, IntentParser, Realm, Gateway, Room,
    Partition, Swarm, Gossip, Kademlia, Relay, NatTraversal, Privacy, DataLogic, Governance,
    Controller, Ui, Api, BlueprintComposer,
];

/// The order in which engines step on one event and components are named to observers.
#[must_use]
pub const fn dispatch_order() -> [Component; COMPONENT_COUNT] {
    INIT_ORDER
}
