//! `pluto realm`.

mod join;
mod members;
pub(super) mod witness;

use pluto_core::payload::{Admission, RealmGenesis};
use pluto_error::Result;
use serde_json::json;

use super::Context;
use crate::cli::RealmCommand;
use crate::node::Author;
use crate::output::table;

pub(super) fn run(context: &Context, command: RealmCommand) -> Result<()> {
    match command {
        RealmCommand::Create { name, identity, invite, mut roots } => {
            let keys = context.keys.open()?;
            let node = context.node()?;
            node.check_new_name(&name)?;
            let author = Author::new(keys.get(&identity)?);
            roots.sort_unstable();
            roots.dedup();
            let genesis = RealmGenesis {
                name: name.clone(),
                admission: if invite { Admission::Invite } else { Admission::Open },
                trust_roots: roots,
                creator: author.secret().inception().clone(),
            };
            let realm = author.open_realm(&node, &genesis)?;
            node.stop()?;
            context.out.show(
                &json!({ "name": name, "realm": realm.to_string() }),
                &format!(
                    "realm  {realm}\nname   {name}\n\
                     Next: pluto event append <collection> <key> <value> --realm {name}"
                ),
            );
        }
        RealmCommand::List => list(context)?,
        RealmCommand::Invite { who, at, acting } => join::invite(context, who, at, &acting)?,
        RealmCommand::Join { invite, identity, wait } => {
            join::join(context, &invite, &identity, std::time::Duration::from_secs(wait))?;
        }
        RealmCommand::Witness(command) => witness::run(context, &command)?,
        RealmCommand::Members { reading } => members::run(context, reading.realm.as_deref())?,
    }
    Ok(())
}

fn list(context: &Context) -> Result<()> {
    let node = context.node()?;
    let heading = ["NAME", "EVENTS", "STATE ROOT", "REALM"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let mut realms = Vec::new();
    for (realm, outline) in node.system().outlines() {
        let (name, root) = (&outline.name, outline.root.to_string());
        let short: String = root.chars().take(16).collect();
        rows.push(vec![name.clone(), outline.events.to_string(), short, realm.to_string()]);
        realms.push(json!({
            "name": name,
            "realm": realm.to_string(),
            "events": outline.events,
            "state_root": root,
        }));
    }
    node.stop()?;
    let none = "There is no realm yet; create one with `pluto realm create <name>`.";
    let text = if realms.is_empty() { none.to_owned() } else { table(&rows) };
    context.out.show(&json!(realms), &text);
    Ok(())
}
