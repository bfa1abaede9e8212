//! `pluto graph`.

use pluto_core::{Component, ComponentSet};
use pluto_error::Result;
use pluto_nervous_system::state_graph::{self, dependencies, impact, to_dot, to_json, triggers};
use serde_json::{Value, json};

use super::Context;
use crate::cli::GraphCommand;
use crate::output::table;

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
            let value: Value = serde_json::from_str(&to_json()).unwrap_or_default();
            context.out.show(&value, &table(&rows));
        }
        GraphCommand::Impact { component } => {
            let found = impact(component);
            let sets = [
                ("direct", found.direct),
                ("indirect", found.indirect),
                ("triggered", found.triggered),
                ("validators", found.validators),
                ("aggregates", found.aggregates),
            ];
            let mut value = serde_json::Map::new();
            value.insert("component".to_owned(), json!(component.as_str()));
            value.insert("criticality".to_owned(), json!(found.criticality));
            let mut rows = vec![
                vec!["component".to_owned(), component.to_string()],
                vec!["criticality".to_owned(), found.criticality.to_string()],
            ];
            for (name, set) in sets {
                value.insert(name.to_owned(), json!(names(set)));
                rows.push(vec![name.to_owned(), names(set).join(", ")]);
            }
            context.out.show(&Value::Object(value), &table(&rows));
        }
        GraphCommand::Dot => context.out.show(&json!({ "dot": to_dot() }), &to_dot()),
    }
    Ok(())
}

fn names(set: ComponentSet) -> Vec<&'static str> {
    set.iter().map(Component::as_str).collect()
}
