//! `pluto realm child` and `pluto realm inherit`: realms below a realm. The file between two nodes is the
//! payload that the child records.

use std::collections::BTreeSet;
use std::path::Path;

use pluto_core::limits::PAYLOAD_BYTES_MAX;
use pluto_core::{Canonical, Component, EventId, Kind, RealmId, VoidReason};
use pluto_error::Result;
use pluto_identity::Keystore;
use pluto_realm::hierarchy::{self, LINEAGE_KEY, RealmLifecycle, child_key, has_adopted, lineage};
use serde_json::json;

use super::{found, rules};
use crate::cli::{Acting, ChildCommand, Reading};
use crate::commands::writing::{Writing, named, realm_or_id, shown_at_once, signer};
use crate::commands::{Context, verify};
use crate::error::NodeError;
use crate::node::{Node, ProvenRealm};
use crate::output::{row, table};

/// What to do where the creator's key is elsewhere.
const ELSEWHERE: &str = "on the creator's node type `pluto realm child prove <child> --out child.proof`, and here \
     `pluto realm inherit --realm <child> --proof child.proof`";

/// What to do where witnesses of the parent sign first.
const LATER: &str = "create it with `pluto realm create`, adopt it with `pluto realm child adopt`, and when they \
     have signed, `pluto realm inherit`";

pub(super) fn run(context: &Context, command: ChildCommand) -> Result<()> {
    match command {
        ChildCommand::Create { name, invite, acting } => create(context, &name, invite, &acting),
        ChildCommand::Adopt { child, acting } => adopt(context, &child, &acting),
        ChildCommand::List(reading) => list(context, &reading),
        ChildCommand::Prove { child, out, reading } => prove(context, &child, &out, &reading),
    }
}

fn create(context: &Context, name: &str, invite: bool, acting: &Acting) -> Result<()> {
    let parent = Writing::open(context, acting)?;
    let above = parent.realm;
    // Whoever cannot go all the way does not begin.
    let hint = "create it with `pluto realm create`, then see `pluto realm child adopt --help`";
    shown_at_once(&parent.node, &parent.keys, above, [hint, LATER])?;
    let realm = found(&parent.node, &parent.author()?, name, invite, Vec::new())?;
    say_adopted(&parent, realm)?;
    let said = shown(&parent.node, &parent.keys, above, realm)?;
    let child = Writing { realm, ..parent };
    let event = say_inherited(&child, &said)?;
    let holds = lineage(&*child.snapshot()?);
    child.node.stop()?;
    let mut rows = vec![row("realm", realm), row("name", name), row("level", holds.level.as_str())];
    rows.extend(rules::rows(&holds.rules));
    let value = json!({
        "name": name,
        "realm": realm.to_string(),
        "parent": above.to_string(),
        "level": holds.level.as_str(),
        "holds": crate::rule_words::json(&holds.rules),
        "event": event.to_string(),
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn adopt(context: &Context, child: &str, acting: &Acting) -> Result<()> {
    let parent = Writing::open(context, acting)?;
    let realm = realm_or_id(&parent.node, child)?;
    let event = say_adopted(&parent, realm)?;
    parent.node.stop()?;
    let value = json!({ "child": realm.to_string(), "event": event.to_string() });
    let next = format!("pluto realm inherit --realm {child} --parent <this realm>");
    context
        .out
        .show(&value, &table(&[row("child", realm), row("event", event), row("next", next)]));
    Ok(())
}

fn say_adopted(parent: &Writing, child: RealmId) -> Result<EventId> {
    let said = RealmLifecycle::Adopt(child);
    parent.say(Kind::RealmLifecycle, &said, |reason| match reason {
        VoidReason::OutOfRange => {
            Some("nothing lies below a partition: see `pluto realm rules show`")
        }
        VoidReason::AlreadyExists => Some("it is a child already: see `pluto realm child list`"),
        VoidReason::NotAllowed => {
            Some("an administrator takes in another realm than its own or its parent")
        }
        _ => None,
    })
}

fn list(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    let entries = snapshot.entries(Component::Realm).iter();
    let children: Vec<RealmId> = entries
        .filter_map(|(key, _)| Some(RealmId(key.strip_prefix(b"c")?.try_into().ok()?)))
        .collect();
    let mut rows = vec![["NAME", "REALM"].map(str::to_owned).to_vec()];
    rows.extend(children.iter().map(|child| row(&named(&node, *child), child)));
    let value = children
        .iter()
        .map(|child| json!({ "name": node.realm_name(*child), "realm": child.to_string() }));
    let value = value.collect();
    node.stop()?;
    let none = "The realm has no children; see `pluto realm child create --help`.";
    let text = if children.is_empty() { none.to_owned() } else { table(&rows) };
    context.out.show(&value, &text);
    Ok(())
}

fn prove(context: &Context, child: &str, out: &Path, reading: &Reading) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let parent = node.realm(reading.realm.as_deref())?;
    let said = shown(&node, &keys, parent, realm_or_id(&node, child)?)?;
    node.stop()?;
    let bytes = said.encode();
    let path = context.file(out);
    std::fs::write(&path, &bytes).map_err(|error| NodeError::file("write", &path, error))?;
    let file = out.display().to_string();
    context.out.show(
        &json!({ "file": file, "bytes": bytes.len(), "parent": parent.to_string() }),
        &format!(
            "{file}: what `{}` lives by, for its child\n\
             There: pluto realm inherit --realm <child> --proof {file}",
            named(&node, parent)
        ),
    );
    Ok(())
}

/// What the child says: by which rules its parent lives, with the proof.
fn shown(node: &Node, keys: &Keystore, parent: RealmId, child: RealmId) -> Result<RealmLifecycle> {
    let snapshot = node.snapshot(parent)?;
    if !has_adopted(&*snapshot, &child) {
        let name = named(node, parent);
        let why = format!("`{name}` has not adopted it");
        let hint = format!("adopt it first: `pluto realm child adopt <child> --realm {name}`");
        return Err(NodeError::NotWritten { why, hint }.into());
    }
    let signer = signer(node, keys, parent, ELSEWHERE)?;
    let places = [child_key(&child).to_vec(), LINEAGE_KEY.to_vec()];
    let places = BTreeSet::from(places.map(|key| (Component::Realm, key)));
    let ProvenRealm { proof, state } = node.realm_proof(parent, signer.as_ref(), &places)?;
    Ok(RealmLifecycle::Inherit { parent, lineage: lineage(&*state), proof })
}

pub(super) fn inherit(
    context: &Context,
    parent: Option<&str>,
    proof: Option<&Path>,
    acting: &Acting,
) -> Result<()> {
    let child = Writing::open(context, acting)?;
    let said = match (parent, proof) {
        (_, Some(path)) => {
            let bytes = verify::read(&context.file(path), PAYLOAD_BYTES_MAX)?;
            RealmLifecycle::decode(&bytes)?
        }
        (Some(parent), None) => {
            let parent = child.node.realm(Some(parent))?;
            shown(&child.node, &child.keys, parent, child.realm)?
        }
        (None, None) => return Err(NodeError::Usage("name --parent or --proof".into()).into()),
    };
    if !matches!(said, RealmLifecycle::Inherit { .. }) {
        let why = "the file is none that `pluto realm child prove` writes".to_owned();
        return Err(NodeError::BadProof(why).into());
    }
    let event = say_inherited(&child, &said)?;
    let snapshot = child.snapshot()?;
    let (holds, parent) = (lineage(&*snapshot), hierarchy::parent(&*snapshot));
    child.node.stop()?;
    let mut rows = vec![row("level", holds.level.as_str())];
    if let Some(parent) = &parent {
        let name = named(&child.node, parent.parent);
        rows.push(row("parent", format!("{name}, as of its checkpoint {}", parent.number)));
    }
    rows.extend(rules::rows(&holds.rules));
    rows.push(row("event", event));
    let value = json!({
        "event": event.to_string(),
        "level": holds.level.as_str(),
        "parent": parent.as_ref().map(|parent| parent.parent.to_string()),
        "checkpoint": parent.as_ref().map(|parent| parent.number),
        "holds": crate::rule_words::json(&holds.rules),
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn say_inherited(child: &Writing, said: &RealmLifecycle) -> Result<EventId> {
    child.say(Kind::RealmLifecycle, said, |reason| match reason {
        VoidReason::InvalidProof => {
            Some("the proof is for another child, or not signed by whom the parent declared")
        }
        VoidReason::NotMonotone => Some("the realm knows newer rules of its parent already"),
        VoidReason::NotAllowed => {
            Some("an owner binds a realm to its parent, once: see `pluto realm rules show`")
        }
        VoidReason::OutOfRange => {
            Some("nothing lies below a partition, and a list has at most 96 entries")
        }
        _ => None,
    })
}
