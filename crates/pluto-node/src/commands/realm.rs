//! `pluto realm`.

mod child;
mod join;
mod members;
mod quota;
pub(super) mod rules;
pub(super) mod witness;

use pluto_core::payload::{Admission, RealmGenesis};
use pluto_core::{Did, RealmId};
use pluto_error::Result;
use serde_json::json;

use super::Context;
use crate::cli::RealmCommand;
use crate::node::{Author, Node};
use crate::output::table;

pub(super) fn run(context: &Context, command: RealmCommand) -> Result<()> {
    match command {
        RealmCommand::Create { name, identity, invite, roots } => {
            create(context, &name, &identity, invite, roots)?;
        }
        RealmCommand::Rules(command) => rules::run(context, command)?,
        RealmCommand::Child(command) => child::run(context, command)?,
        RealmCommand::Inherit { parent, proof, acting } => {
            child::inherit(context, parent.as_deref(), proof.as_deref(), &acting)?;
        }
        RealmCommand::Quota(command) => quota::run(context, command)?,
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

fn create(
    context: &Context,
    name: &str,
    identity: &str,
    invite: bool,
    mut roots: Vec<Did>,
) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    roots.sort_unstable();
    roots.dedup();
    let realm = found(&node, &Author::new(keys.get(identity)?), name, invite, roots)?;
    node.stop()?;
    context.out.show(
        &json!({ "name": name, "realm": realm.to_string() }),
        &format!(
            "realm  {realm}\nname   {name}\n\
             Next: pluto event append <collection> <key> <value> --realm {name}"
        ),
    );
    Ok(())
}

/// Opens a realm under a name that is new here.
fn found(
    node: &Node,
    author: &Author<'_>,
    name: &str,
    invite: bool,
    trust_roots: Vec<Did>,
) -> Result<RealmId> {
    node.check_new_name(name)?;
    let admission = if invite { Admission::Invite } else { Admission::Open };
    let creator = author.secret().inception().clone();
    author
        .open_realm(node, &RealmGenesis { name: name.to_owned(), admission, trust_roots, creator })
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
