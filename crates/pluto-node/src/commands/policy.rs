//! `pluto policy`: the policies of a realm.

pub(super) mod simulate;

use pluto_api::http::shape::{InstalledShown, SlotShown};
use pluto_core::state::read;
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, EventId, Kind, RealmId};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::store::Schema;
use pluto_eclvm::PolicyInstalled;
use pluto_eclvm::state::{SlotRecord, artifact_key, slot_key};
use pluto_eclvm::stores::{Evolution, evolution};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use serde_json::json;

use super::{Context, ecl};
use crate::cli::{Acting, PolicyCommand, Reading};
use crate::error::NodeError;
use crate::node::{Author, Node, Written};
use crate::output::table;

pub(super) fn run(context: &Context, command: PolicyCommand) -> Result<()> {
    match command {
        PolicyCommand::Install { file, slot, acting } => {
            let artifact = ecl::artifact(context, &file)?;
            write(context, slot, artifact, &acting)
        }
        PolicyCommand::Remove { slot, acting } => write(context, slot, Vec::new(), &acting),
        PolicyCommand::List(reading) => list(context, &reading),
        PolicyCommand::Simulate { file, from, reading } => {
            simulate::run(context, &file, from, &reading)
        }
    }
}

fn write(context: &Context, slot: String, artifact: Vec<u8>, acting: &Acting) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let removed = artifact.is_empty();
    let (written, stores) = install(&node, realm, &author, slot.clone(), artifact)?;
    let snapshot = node.snapshot(realm)?;
    let found = snapshot.get(Component::EclPolicy, &slot_key(&slot));
    let artifact = found.and_then(|bytes| SlotRecord::decode(&bytes).ok());
    node.stop()?;
    let artifact = artifact.map(|record| record.artifact.to_string());
    let event = written.event.id.to_string();
    let text = match &artifact {
        Some(artifact) if !removed => {
            let stores: String =
                stores.iter().map(|step| format!("\nstore     {}", moved(step))).collect();
            format!("slot      {slot}\nartifact  {artifact}\nevent     {event}{stores}")
        }
        _ => format!("slot      {slot} is empty now\nevent     {event}"),
    };
    context.out.show(&json!({ "slot": slot, "artifact": artifact, "event": event }), &text);
    Ok(())
}

/// Puts an artifact into a slot, or with an empty one takes out what is there; what became of the stores
/// of the slot comes with it.
pub(super) fn install(
    node: &Node,
    realm: RealmId,
    author: &Author<'_>,
    slot: String,
    artifact: Vec<u8>,
) -> Result<(Written, Vec<Evolution>)> {
    let stores = match artifact.is_empty() {
        true => Vec::new(),
        false => stores_after(&*node.snapshot(realm)?, &slot, &artifact)?,
    };
    let payload = PolicyInstalled { slot, artifact };
    Ok((author.write(node, realm, Kind::PolicyInstalled, &payload.encode())?, stores))
}

/// What installing would do to the stores of the slot. The realm would refuse what is refused here,
/// and say less about it.
fn stores_after(view: &dyn StateView, slot: &str, artifact: &[u8]) -> Result<Vec<Evolution>> {
    let module = Artifact::from_bytes(artifact)?.module;
    let steps = evolution(view, slot, &module);
    Ok(steps.map_err(|refused| NodeError::BadArgument(refused.to_string()))?)
}

/// `people: version 1 to 2`.
fn moved(step: &Evolution) -> String {
    let shown = |schema: &Schema| match schema.minor {
        0 => format!("version {}", schema.version),
        minor => format!("version {} with {minor} compatible changes", schema.version),
    };
    let after = shown(&step.after);
    match step.before.as_ref().filter(|before| **before != step.after) {
        Some(before) => format!("{}: {} to {after}", step.store, shown(before)),
        None => format!("{}: {after}", step.store),
    }
}

fn list(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let heading = ["SLOT", "POLICIES", "GAS AT MOST", "ARTIFACT", "EVENT"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let mut values = Vec::new();
    for (key, value) in snapshot.entries(Component::EclPolicy).iter() {
        let Some((shown, event)) = installed(&snapshot, key, value) else { continue };
        rows.push(vec![
            shown.slot.clone(),
            shown.policies.join(", "),
            shown.gas_max.to_string(),
            shown.artifact.clone(),
            event.short(),
        ]);
        values.push(shown);
    }
    let none = "No policy is installed; see `pluto policy install --help`.";
    let text = if values.is_empty() { none.to_owned() } else { table(&rows) };
    context.out.show_as(&values, &text);
    Ok(())
}

/// The slot that an entry of `EclPolicy` is, if it is one, and the event that filled it.
pub(super) fn installed(
    snapshot: &Snapshot,
    key: &[u8],
    value: &[u8],
) -> Option<(InstalledShown, EventId)> {
    let slot = String::from_utf8_lossy(key.strip_prefix(b"p")?).into_owned();
    let record = SlotRecord::decode(value).ok()?;
    let bytes = snapshot.get(Component::EclPolicy, &artifact_key(&record.artifact));
    let artifact = bytes.and_then(|bytes| Artifact::from_bytes(&bytes).ok());
    let policies = artifact.map(|artifact| artifact.module.policies).unwrap_or_default();
    let named = policies.iter().filter(|policy| !policy.is_migration());
    let shown = InstalledShown {
        slot,
        policies: named.map(|policy| policy.name.clone()).collect(),
        gas_max: policies.iter().map(|policy| policy.bound.total()).max().unwrap_or_default(),
        artifact: record.artifact.to_string(),
        event: record.event.to_string(),
    };
    Some((shown, record.event))
}

/// One slot with the source of what is in it.
pub(super) fn slot_shown(snapshot: &Snapshot, slot: &str) -> Result<SlotShown> {
    let missing = || NodeError::NotFound {
        what: "policy slot",
        name: slot.to_owned(),
        hint: "see `pluto policy list`".to_owned(),
    };
    let record: Option<SlotRecord> = read(snapshot, Component::EclPolicy, &slot_key(slot));
    let record = record.ok_or_else(missing)?;
    let bytes = snapshot.get(Component::EclPolicy, &artifact_key(&record.artifact));
    let bytes = bytes.ok_or_else(missing)?;
    let Artifact { source, module, .. } = Artifact::from_bytes(&bytes)?;
    Ok(SlotShown {
        slot: slot.to_owned(),
        artifact: record.artifact.to_string(),
        event: record.event.to_string(),
        bytes: bytes.len(),
        policies: ecl::policies_data(slot, &source, &module),
        source,
    })
}
