//! `pluto blueprint`: bundles that are published, attested, deployed.

mod deploy;

use std::path::Path;
use std::time::Duration;

use pluto_core::{BlobId, Canonical, Component, Kind};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::blueprint::{
    AttestationRecord, BlueprintAction, BlueprintRecord, Publish, attestation_key, deployed,
    newest, published,
};
use pluto_realm::hierarchy::lineage;
use pluto_realm::lattice::All;
use serde_json::{Value, json};

use super::declare::declare;
use super::{Context, Session, ecl};
use crate::blueprint::{BLUEPRINT_BYTES_MAX, Blueprint, Part, described};
use crate::cli::{Acting, BlueprintCommand, Reading};
use crate::error::NodeError;
use crate::node::Author;
use crate::output::{row, table};

/// How long peers may take for a blueprint that is not here.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn run(context: &Context, command: BlueprintCommand) -> Result<()> {
    match command {
        BlueprintCommand::Publish { file, acting } => {
            let blueprint = read(context, &file, None)?;
            let keys = context.keys.open()?;
            let node = context.node()?;
            publish(context, &node, &Author::new(keys.get(&acting.identity)?), &acting, &blueprint)
        }
        BlueprintCommand::Fork { parent, file, name, acting } => {
            fork(context, &parent, file.as_deref(), name, &acting)
        }
        BlueprintCommand::List(reading) => list(context, &reading),
        BlueprintCommand::Show { blueprint, reading } => show(context, &blueprint, &reading),
        BlueprintCommand::Attest { blueprint, schema, withdraw, acting } => {
            attest(context, &blueprint, schema, withdraw, &acting)
        }
        BlueprintCommand::Require { schemas, acting } => require(context, schemas, &acting),
        BlueprintCommand::Deploy { blueprint, acting } => deploy::run(context, &blueprint, &acting),
    }
}

/// The blueprint that a description in a file describes.
fn read(context: &Context, file: &Path, parent: Option<BlobId>) -> Result<Blueprint> {
    let path = context.file(file);
    let text = super::verify::read(&path, BLUEPRINT_BYTES_MAX)?;
    let beside = file.parent().unwrap_or(Path::new(""));
    described(&text, parent, &|source| ecl::artifact(context, &beside.join(source)))
}

fn publish(
    context: &Context,
    node: &Session,
    author: &Author<'_>,
    acting: &Acting,
    blueprint: &Blueprint,
) -> Result<()> {
    let realm = node.realm(acting.realm.as_deref())?;
    let bytes = blueprint.encode();
    let id = node.put_blob(&bytes)?;
    let Blueprint { name, version, parent, parts } = blueprint.clone();
    let payload = Publish { blueprint: id, name: name.clone(), version, parent };
    let payload = BlueprintAction::Publish(payload).encode();
    let written = author.write(node, realm, Kind::BlueprintAction, &payload)?;
    node.stop()?;
    let event = written.event.id.to_string();
    let came = parent.map(|parent| format!("\nfrom       {parent}")).unwrap_or_default();
    context.out.show(
        &json!({
            "blueprint": id.to_string(),
            "name": name,
            "version": version,
            "parent": parent.map(|parent| parent.to_string()),
            "parts": parts.len(),
            "event": event,
        }),
        &format!(
            "blueprint  {id}\nname       {name}, version {version}, {} parts{came}\nevent      {event}",
            parts.len()
        ),
    );
    Ok(())
}

fn fork(
    context: &Context,
    parent: &str,
    file: Option<&Path>,
    name: Option<String>,
    acting: &Acting,
) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(acting.realm.as_deref())?)?;
    let (id, _) = find(&snapshot, parent)?;
    let mut blueprint = match file {
        Some(file) => read(context, file, Some(id))?,
        None => Blueprint { parent: Some(id), version: 1, ..load(&node, &id)? },
    };
    blueprint.name = name.unwrap_or(blueprint.name);
    let blueprint = Blueprint::decode(&blueprint.encode())?;
    publish(context, &node, &Author::new(keys.get(&acting.identity)?), acting, &blueprint)
}

/// The blueprint that somebody means: by id, the beginning of an id, or the newest version of a name.
fn find(snapshot: &Snapshot, word: &str) -> Result<(BlobId, BlueprintRecord)> {
    let named = newest(snapshot, word).map(|last| last.blueprint);
    let mut fits = all(snapshot)
        .into_iter()
        .filter(|(id, _)| named.map_or(id.to_string().starts_with(word), |named| *id == named));
    match (fits.next(), fits.next()) {
        (Some(one), None) if word.len() >= 4 || named.is_some() => Ok(one),
        _ => Err(NodeError::NotFound {
            what: "blueprint",
            name: word.to_owned(),
            hint: "see `pluto blueprint list`".to_owned(),
        }
        .into()),
    }
}

fn all(snapshot: &Snapshot) -> Vec<(BlobId, BlueprintRecord)> {
    let entries = snapshot.entries(Component::Blueprint).iter();
    let known = entries.filter_map(|(key, value)| {
        let id = BlobId(key.strip_prefix(b"b")?.try_into().ok()?);
        Some((id, BlueprintRecord::decode(value).ok()?))
    });
    let mut all: Vec<_> = known.collect();
    all.sort_by(|(_, a), (_, b)| (&a.name, a.version).cmp(&(&b.name, b.version)));
    all
}

/// The bytes of a blueprint, here or from peers, checked against what was published.
fn load(node: &Session, id: &BlobId) -> Result<Blueprint> {
    let missing = || NodeError::NotFound {
        what: "blob",
        name: id.to_string(),
        hint: "peers are asked while `pluto serve` runs online".to_owned(),
    };
    let bytes = node.blob(id, BLUEPRINT_BYTES_MAX as u64, PATIENCE)?.ok_or_else(missing)?;
    Ok(Blueprint::decode(&bytes)?)
}

fn attestations(snapshot: &Snapshot, id: &BlobId) -> Vec<(String, AttestationRecord)> {
    let prefix = attestation_key(id, "");
    let entries = snapshot.entries(Component::Blueprint).iter();
    let said = entries.filter_map(|(key, value)| {
        let schema = String::from_utf8(key.strip_prefix(prefix.as_slice())?.to_vec()).ok()?;
        Some((schema, AttestationRecord::decode(value).ok()?))
    });
    said.collect()
}

fn list(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let heading = ["NAME", "VERSION", "DEPLOYED", "ATTESTED", "FROM", "BLUEPRINT"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let mut values = Vec::new();
    for (id, BlueprintRecord { publisher, name, version, parent, .. }) in all(&snapshot) {
        let runs = deployed(&*snapshot, &name).is_some_and(|now| now.blueprint == id);
        let schemas: Vec<String> =
            attestations(&snapshot, &id).into_iter().map(|(schema, _)| schema).collect();
        rows.push(vec![
            name.clone(),
            version.to_string(),
            if runs { "yes" } else { "" }.to_owned(),
            schemas.join(", "),
            parent.map(|parent| parent.short()).unwrap_or_default(),
            id.to_string(),
        ]);
        values.push(json!({
            "blueprint": id.to_string(),
            "name": name,
            "version": version,
            "parent": parent.map(|parent| parent.to_string()),
            "publisher": publisher.to_string(),
            "deployed": runs,
            "attested": schemas,
        }));
    }
    let none = "No blueprint is published; see `pluto blueprint publish --help`.";
    let text = if values.is_empty() { none.to_owned() } else { table(&rows) };
    context.out.show(&json!(values), &text);
    Ok(())
}

fn show(context: &Context, word: &str, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    let (id, record) = find(&snapshot, word)?;
    let blueprint = load(&node, &id)?;
    node.stop()?;
    let attested = attestations(&snapshot, &id);
    let required = lineage(&*snapshot).rules.required_attestations.0;
    let mut rows = vec![
        row("blueprint", id),
        row("name", format!("{}, version {}", record.name, record.version)),
        row("publisher", record.publisher),
    ];
    rows.extend(record.parent.map(|parent| row("from", parent)));
    rows.extend(blueprint.parts.iter().map(|part| row("part", part.words())));
    rows.extend(
        attested.iter().map(|(schema, one)| row("attested", format!("{schema}: {}", one.attester))),
    );
    rows.extend(required.iter().map(|schema| row("required", schema)));
    let parts: Vec<Value> = blueprint
        .parts
        .iter()
        .map(|part| json!({ "kind": part.kind().as_str(), "what": part.words() }))
        .collect();
    let said: Vec<Value> = attested
        .iter()
        .map(|(schema, one)| json!({ "schema": schema, "attester": one.attester.to_string(), "event": one.event.to_string() }))
        .collect();
    let value = json!({
        "blueprint": id.to_string(),
        "name": record.name,
        "version": record.version,
        "parent": record.parent.map(|parent| parent.to_string()),
        "publisher": record.publisher.to_string(),
        "parts": parts,
        "attested": said,
        "required": required,
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn attest(
    context: &Context,
    word: &str,
    schema: String,
    withdraw: bool,
    acting: &Acting,
) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let (blueprint, _) = find(&*node.snapshot(realm)?, word)?;
    let (said, action) = match withdraw {
        true => ("withdrawn", BlueprintAction::Withdraw { blueprint, schema: schema.clone() }),
        false => ("attested", BlueprintAction::Attest { blueprint, schema: schema.clone() }),
    };
    let author = Author::new(keys.get(&acting.identity)?);
    let written = author.write(&node, realm, Kind::BlueprintAction, &action.encode())?;
    node.stop()?;
    let event = written.event.id.to_string();
    context.out.show(
        &json!({ "blueprint": blueprint.to_string(), "schema": schema, "said": said, "event": event }),
        &format!("blueprint  {blueprint}\n{said:<9}  {schema}\nevent      {event}"),
    );
    Ok(())
}

fn require(context: &Context, schemas: Vec<String>, acting: &Acting) -> Result<()> {
    let schemas = All(schemas.into_iter().collect());
    let (rules, event) = declare(context, acting, |rules| {
        rules.required_attestations = schemas;
    })?;
    let required: Vec<String> = rules.required_attestations.0.into_iter().collect();
    let shown = if required.is_empty() { "nothing".to_owned() } else { required.join(", ") };
    context.out.show(
        &json!({ "required_attestations": required, "event": event }),
        &format!("required  {shown}\nevent     {event}"),
    );
    Ok(())
}

/// Whether the bytes are what was published under that name and version.
fn is_published(snapshot: &Snapshot, id: &BlobId, blueprint: &Blueprint) -> bool {
    published(snapshot, id).is_some_and(|record| {
        (&record.name, record.version, record.parent)
            == (&blueprint.name, blueprint.version, blueprint.parent)
    })
}

/// The number and words of parts, for messages.
fn numbered(parts: &[Part]) -> impl Iterator<Item = (usize, &Part)> {
    (1..).zip(parts)
}
