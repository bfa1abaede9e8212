//! `pluto graph`.

use pluto_api::http::shape::{GraphShown, ImpactShown};
use pluto_core::{Component, ComponentSet};
use pluto_error::Result;
use pluto_nervous_system::state_graph::{self, dependencies, impact, to_dot, to_json, triggers};
use serde_json::json;

use super::Context;
use crate::cli::GraphCommand;
use crate::error::NodeError;
use crate::output::{row, table};

pub(super) fn run(context: &Context, command: GraphCommand) -> Result<()> {
    match command {
        GraphCommand::Show => {
            let heading = ["COMPONENT", "CRITICALITY", "DEPENDS ON", "TRIGGERS"];
            let mut rows = vec![heading.map(str::to_owned).to_vec()];
            for component in Component::ALL {
                rows.push(vec![
                    component.to_string(),
                    state_graph::criticality(component).to_string(),
                    names(dependencies(component)).join(", "),
                    names(triggers(component)).join(", "),
                ]);
            }
            let shown: GraphShown = serde_json::from_str(&to_json())
                .map_err(|error| NodeError::Unanswered(error.to_string()))?;
            context.out.show_as(&shown, &table(&rows));
        }
        GraphCommand::Impact { component } => {
            let found = impact(component);
            let shown = ImpactShown {
                component: component.as_str(),
                criticality: found.criticality,
                direct: names(found.direct),
                indirect: names(found.indirect),
                triggered: names(found.triggered),
                validators: names(found.validators),
                aggregates: names(found.aggregates),
            };
            let sets = [
                ("direct", &shown.direct),
                ("indirect", &shown.indirect),
                ("triggered", &shown.triggered),
                ("validators", &shown.validators),
                ("aggregates", &shown.aggregates),
            ];
            let mut rows = vec![
                vec!["component".to_owned(), component.to_string()],
                vec!["criticality".to_owned(), found.criticality.to_string()],
            ];
            rows.extend(sets.map(|(name, set)| row(name, set.join(", "))));
            context.out.show_as(&shown, &table(&rows));
        }
        GraphCommand::Dot => context.out.show(&json!({ "dot": to_dot() }), &to_dot()),
    }
    Ok(())
}

fn names(set: ComponentSet) -> Vec<&'static str> {
    set.iter().map(Component::as_str).collect()
}
