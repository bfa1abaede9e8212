//! The graph as Graphviz DOT and as JSON, for people and for the dashboard.
//!
//! Names are ASCII letters only, so neither format needs escaping; a test holds that.

use std::fmt::Write as _;

use pluto_core::Component;

use super::{INIT_ORDER, Relation, criticality, edges};

/// The graph in the DOT language of Graphviz, one node per component, clustered by group.
#[must_use]
pub fn to_dot() -> String {
    let mut dot = String::from("digraph state {\n  rankdir=LR;\n  node [shape=box];\n");
    let mut components = Component::ALL.into_iter().peekable();
    while let Some(first) = components.next() {
        let group = first.group();
        let _ =
            write!(dot, "  subgraph cluster_{group:?} {{\n    label=\"{group:?}\";\n    {first};");
        while let Some(next) = components.next_if(|next| next.group() == group) {
            let _ = write!(dot, " {next};");
        }
        dot.push_str("\n  }\n");
    }
    for edge in edges() {
        let style = style(edge.relation);
        let _ = writeln!(dot, "  {} -> {} [{style}];", edge.from, edge.to);
    }
    dot.push_str("}\n");
    dot
}

/// The graph as one JSON object: `components` (number, name, group, criticality), `edges` (from,
/// relation, to) and `init_order` (names).
#[must_use]
pub fn to_json() -> String {
    let components = Component::ALL.into_iter().map(|component| {
        format!(
            r#"{{"number":{},"name":"{component}","group":"{:?}","criticality":{}}}"#,
            component.number(),
            component.group(),
            criticality(component),
        )
    });
    let edges = edges().map(|edge| {
        let relation = edge.relation.as_str();
        format!(r#"{{"from":"{}","relation":"{relation}","to":"{}"}}"#, edge.from, edge.to)
    });
    let order = INIT_ORDER.into_iter().map(|component| format!(r#""{component}""#));
    format!(
        r#"{{"components":[{}],"edges":[{}],"init_order":[{}]}}"#,
        list(components),
        list(edges),
        list(order),
    )
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

const fn style(relation: Relation) -> &'static str {
    match relation {
        Relation::DependsOn => "color=gray40",
        Relation::Triggers => "color=red3",
        Relation::Bidirectional => "color=black, dir=both",
        Relation::Aggregates => "color=blue3, arrowhead=diamond",
        Relation::Validates => "color=green4, style=dashed",
    }
}
