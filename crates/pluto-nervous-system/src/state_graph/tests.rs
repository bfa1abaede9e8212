//! The graph has the shape it is said to have.

use std::collections::BTreeSet;

use pluto_core::Component::{self, *};
use pluto_core::ComponentSet;

use super::*;

fn count(relation: Relation) -> usize {
    edges().filter(|edge| edge.relation == relation).count()
}

/// Plain search over the edge list: the oracle for the compiled closures.
fn reach(from: Component, step: impl Fn(&Edge, Component) -> Option<Component>) -> ComponentSet {
    let mut found = ComponentSet::EMPTY;
    let mut open = vec![from];
    while let Some(here) = open.pop() {
        for next in edges().filter_map(|edge| step(&edge, here)) {
            if !found.contains(next) {
                found = found.union(next.bit());
                open.push(next);
            }
        }
    }
    found
}

fn cycles(relation: Relation) -> Vec<ComponentSet> {
    let mut found = Vec::new();
    for component in Component::ALL {
        let cycle =
            outgoing_all(relation, component).intersection(incoming_all(relation, component));
        if cycle.contains(component) && !found.contains(&cycle) {
            found.push(cycle);
        }
    }
    found
}

#[test]
fn there_are_159_edges_and_none_twice() {
    let counts = Relation::ALL.map(count);
    assert_eq!(counts, [80, 32, 0, 20, 27]);
    assert_eq!(edges().count(), 159);
    let unique: BTreeSet<_> =
        edges().map(|edge| (edge.from, edge.relation.as_str(), edge.to)).collect();
    assert_eq!(unique.len(), 159);
    assert!(edges().all(|edge| edge.from != edge.to));
    assert_eq!(edges().filter(|edge| edge.from == Identity || edge.to == Identity).count(), 37);
    assert!(table::ROWS.iter().map(|row| row.from).eq(Component::ALL));
}

#[test]
fn the_world_formula_depends_on_trust_and_events_and_not_the_other_way_round() {
    assert_eq!(dependencies(WorldFormula), ComponentSet::of(&[Trust, Event]));
    assert!(!dependencies(Trust).contains(WorldFormula));
    assert!(!dependencies(Event).contains(WorldFormula));
    assert!(dependents(Trust).contains(WorldFormula));
}

#[test]
fn every_table_agrees_with_the_edge_list() {
    for relation in Relation::ALL {
        for component in Component::ALL {
            let forth = |edge: &Edge, here| {
                (edge.relation == relation && edge.from == here).then_some(edge.to)
            };
            let back = |edge: &Edge, here| {
                (edge.relation == relation && edge.to == here).then_some(edge.from)
            };
            let direct: Vec<_> = edges().filter_map(|edge| forth(&edge, component)).collect();
            assert_eq!(outgoing(relation, component), ComponentSet::of(&direct));
            let direct: Vec<_> = edges().filter_map(|edge| back(&edge, component)).collect();
            assert_eq!(incoming(relation, component), ComponentSet::of(&direct));
            assert_eq!(outgoing_all(relation, component), reach(component, forth));
            assert_eq!(incoming_all(relation, component), reach(component, back));
        }
    }
}

#[test]
fn dependents_follow_depends_on_and_aggregates() {
    for component in Component::ALL {
        let back = |edge: &Edge, here| {
            let counts = matches!(edge.relation, Relation::DependsOn | Relation::Aggregates);
            (counts && edge.to == here).then_some(edge.from)
        };
        assert_eq!(dependents_all(component), reach(component, back));
    }
}

#[test]
fn cycles_are_exactly_the_known_ones() {
    assert_eq!(cycles(Relation::Triggers), [ComponentSet::of(&[Trust, Event])]);
    assert_eq!(
        cycles(Relation::Validates),
        [ComponentSet::of(&[Identity, Gateway, Api, Controller])]
    );
    assert_eq!(cycles(Relation::Aggregates), []);
    assert_eq!(
        cycles(Relation::DependsOn),
        [
            ComponentSet::of(&[Identity, Trust, Gas, Mana, Execution, KvStore]),
            ComponentSet::of(&[Realm, Gateway]),
        ]
    );
}

#[test]
fn criticality_is_as_recorded() {
    // The earlier implementation had Trust 22, Event 5 and WorldFormula 3; the rest is unchanged.
    let expected = [
        (Identity, 29),
        (Trust, 23),
        (Eclvm, 12),
        (Realm, 11),
        (Gas, 7),
        (Controller, 7),
        (Event, 6),
        (Execution, 6),
        (EclPolicy, 6),
        (Room, 6),
        (Gateway, 4),
        (WorldFormula, 1),
        (Privacy, 0),
    ];
    for (component, score) in expected {
        assert_eq!(criticality(component), score, "{component}");
    }
}

#[test]
fn the_init_order_holds_every_component_after_what_it_needs() {
    let place = |component| INIT_ORDER.iter().position(|other| *other == component).unwrap();
    assert_eq!(ComponentSet::of(&INIT_ORDER), ComponentSet::ALL);
    let mut left_out = Vec::new();
    for edge in edges().filter(|edge| edge.relation == Relation::DependsOn) {
        if BACK_EDGES.contains(&(edge.from, edge.to)) {
            left_out.push((edge.from, edge.to));
        } else {
            assert!(place(edge.to) < place(edge.from), "{} before {}", edge.to, edge.from);
        }
    }
    assert_eq!(left_out.len(), BACK_EDGES.len(), "every back edge is an edge of the graph");
    for (from, to) in BACK_EDGES {
        assert!(dependencies_all(to).contains(from), "{from} and {to} need each other");
    }
}

#[test]
fn the_impact_of_trust_names_what_hangs_on_it() {
    let impact = impact(Trust);
    assert_eq!(impact.direct.len(), 21);
    assert!(impact.direct.contains(Governance) && !impact.direct.contains(Consensus));
    assert!(impact.indirect.contains(Identity) && impact.indirect.contains(Consensus));
    assert!(!impact.indirect.contains(Trust));
    assert!(impact.direct.intersection(impact.indirect).is_empty());
    assert_eq!(impact.triggered, ComponentSet::of(&[Trust, Event]));
    assert_eq!(
        impact.validators,
        ComponentSet::of(&[Anomaly, Diversity, AntiCalcification, Gateway])
    );
    assert!(impact.aggregates.is_empty());
    assert_eq!(impact.criticality, 23);
}

#[test]
fn exports_hold_every_component_and_edge() {
    let json: serde_json::Value = serde_json::from_str(&to_json()).unwrap();
    assert_eq!(json["components"].as_array().unwrap().len(), 40);
    assert_eq!(json["components"][3]["name"], "Trust");
    assert_eq!(json["components"][3]["criticality"], 23);
    let listed: Vec<_> = json["edges"].as_array().unwrap().iter().collect();
    assert_eq!(listed.len(), 159);
    for (edge, listed) in edges().zip(listed) {
        assert_eq!(listed["from"], edge.from.as_str());
        assert_eq!(listed["relation"], edge.relation.as_str());
        assert_eq!(listed["to"], edge.to.as_str());
    }
    assert_eq!(json["init_order"].as_array().unwrap().len(), 40);

    let dot = to_dot();
    assert_eq!(dot.matches(" -> ").count(), 159);
    assert_eq!(dot.matches("subgraph").count(), 8);
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
    for component in Component::ALL {
        assert!(component.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(dot.contains(&format!(" {component};")));
    }
}
