//! `pluto store`: typed records of the stores that policies declare.

mod json;

use std::sync::Arc;

use pluto_core::payload::{RecordDeleted, RecordPut};
use pluto_core::policy::Value;
use pluto_core::state::read;
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Kind, RealmId};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::interpreter::Program;
use pluto_ecl::store::{Schema, TypedRecord};
use pluto_eclvm::state::{SlotRecord, artifact_key, slot_key};
use pluto_eclvm::stores::{self, Found, Place, collection};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use serde_json::{Value as Json, json};

use super::{Context, ecl, event};
use crate::cli::{Acting, StoreCommand};
use crate::error::NodeError;
use crate::node::Author;
use crate::output::table;

pub(super) fn run(context: &Context, command: StoreCommand) -> Result<()> {
    match command {
        StoreCommand::Put { store, key, record, slot, acting } => {
            let place = Place { slot: &slot, store: &store };
            put(context, place, &key, record, &acting)
        }
        StoreCommand::Delete { store, key, slot, acting } => {
            let collection = collection(Place { slot: &slot, store: &store });
            let payload = RecordDeleted { collection, key: key.into_bytes() };
            write(context, Kind::RecordDeleted, &acting, |_, _| Ok(payload.encode()))
        }
        StoreCommand::Get { store, key, slot, reading } => {
            let place = Place { slot: &slot, store: &store };
            let opened = Opened::new(context, place, reading.realm.as_deref())?;
            let found = opened.list(place).into_iter().find(|found| found.key == key);
            let found = found.ok_or_else(|| missing("record", &key, "see `pluto store list`"))?;
            let value = opened.json(&found);
            context.out.show(&value, &format!("{value:#}"));
            Ok(())
        }
        StoreCommand::List { store, slot, reading } => {
            let place = Place { slot: &slot, store: &store };
            let opened = Opened::new(context, place, reading.realm.as_deref())?;
            let found = opened.list(place);
            opened.show(context, &found);
            Ok(())
        }
        StoreCommand::Find { store, field, value, slot, reading } => {
            let place = Place { slot: &slot, store: &store };
            let opened = Opened::new(context, place, reading.realm.as_deref())?;
            let found = opened.find(place, &field, &value)?;
            opened.show(context, &found);
            Ok(())
        }
    }
}

fn missing(what: &'static str, name: &str, hint: &str) -> NodeError {
    NodeError::NotFound { what, name: name.to_owned(), hint: hint.to_owned() }
}

fn put(
    context: &Context,
    place: Place<'_>,
    key: &str,
    record: String,
    acting: &Acting,
) -> Result<()> {
    let record = if record == "-" { event::read_input()? } else { record.into_bytes() };
    let bad = |found: String| NodeError::BadArgument(found);
    let record: Json = serde_json::from_slice(&record)
        .map_err(|error| bad(format!("expected a JSON object: {error}")))?;
    write(context, Kind::RecordPut, acting, |snapshot, _| {
        let schema = schema(snapshot, place)?;
        let fields = json::record(&schema, &record).map_err(bad)?;
        let record = TypedRecord { version: schema.version, fields };
        let too_large = || bad("the record is larger than a record may be".to_owned());
        let value = record.to_bytes(&schema).ok_or_else(too_large)?;
        let key = key.as_bytes().to_vec();
        Ok(RecordPut { collection: collection(place), key, value }.encode())
    })
}

fn write(
    context: &Context,
    kind: Kind,
    acting: &Acting,
    payload: impl FnOnce(&Snapshot, RealmId) -> Result<Vec<u8>>,
) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let payload = payload(&*node.snapshot(realm)?, realm)?;
    let author = Author::new(keys.get(&acting.identity)?);
    let written = author.write(&node, realm, kind, &payload)?;
    node.stop()?;
    let (event, root) = (written.event, written.receipt.root);
    context.out.show(
        &json!({ "event": event.id.to_string(), "state_root": root.to_string() }),
        &format!("event     {}\nroot      {root}", event.id),
    );
    Ok(())
}

fn schema(view: &dyn StateView, place: Place<'_>) -> Result<Schema> {
    let hint = "install a bundle that declares it: `pluto policy install`";
    Ok(place.declared(view).map_err(|_| missing("store", place.store, hint))?)
}

/// A store of a realm, to be read.
struct Opened {
    snapshot: Arc<Snapshot>,
    schema: Schema,
    code: Program,
}

impl Opened {
    fn new(context: &Context, place: Place<'_>, realm: Option<&str>) -> Result<Self> {
        let node = context.node()?;
        let snapshot = node.snapshot(node.realm(realm)?)?;
        node.stop()?;
        let schema = schema(&*snapshot, place)?;
        let slot: Option<SlotRecord> =
            read(&*snapshot, Component::EclPolicy, &slot_key(place.slot));
        let bytes = slot
            .and_then(|slot| snapshot.get(Component::EclPolicy, &artifact_key(&slot.artifact)))
            .ok_or_else(|| missing("bundle", place.slot, "see `pluto policy list`"))?;
        let code = Program::load(&Artifact::from_bytes(&bytes)?.module)?;
        Ok(Self { snapshot, schema, code })
    }

    fn list(&self, place: Place<'_>) -> Vec<Found> {
        let entries = self.snapshot.entries(Component::KvStore).iter();
        stores::list(&*self.snapshot, place, &self.code, entries)
    }

    fn find(&self, place: Place<'_>, field: &str, value: &str) -> Result<Vec<Found>> {
        let indexed = |at: usize| {
            let mut indexes = self.schema.indexes.iter();
            indexes.any(|index| index.covers(self.schema.minor) && usize::from(index.field) == at)
        };
        let fields = self.schema.fields.iter().enumerate();
        let names: Vec<&str> =
            fields.filter(|(at, _)| indexed(*at)).map(|(_, field)| field.name.as_str()).collect();
        let known = self.schema.fields.iter().find(|known| known.name == field);
        let known = known.filter(|_| names.contains(&field)).ok_or_else(|| {
            missing("index", field, &format!("indexed are: {}", names.join(", ")))
        })?;
        let value = json::word(&known.shape, value).ok_or_else(|| {
            NodeError::BadArgument(format!("expected {}, found `{value}`", known.shape))
        })?;
        let entries = self.snapshot.entries(Component::KvStore).iter();
        let entries: Vec<(&[u8], &[u8])> = entries.collect();
        let entries = entries.iter().copied();
        let found = stores::find(&*self.snapshot, place, &self.code, (field, &value), entries);
        Ok(found.map_err(|reason| NodeError::BadArgument(reason.as_str().to_owned()))?)
    }

    fn json(&self, found: &Found) -> Json {
        let names = self.schema.fields.iter().map(|field| field.name.clone());
        let (fields, fault) = match &found.fields {
            Ok(values) => {
                let record = Value::Record(names.zip(values.iter().cloned()).collect());
                (ecl::data(&record), None)
            }
            Err(fault) => (Json::Null, Some(fault.as_str())),
        };
        json!({
            "key": found.key,
            "fields": fields,
            "fault": fault,
            "written_as": found.entry.version,
            "author": found.entry.author.to_string(),
            "event": found.entry.event.to_string(),
        })
    }

    fn show(&self, context: &Context, found: &[Found]) {
        let mut heading = vec!["KEY".to_owned()];
        heading.extend(self.schema.fields.iter().map(|field| field.name.to_uppercase()));
        heading.push("WRITTEN AS".to_owned());
        let mut rows = vec![heading];
        for record in found {
            let mut row = vec![record.key.clone()];
            match &record.fields {
                Ok(values) => row.extend(values.iter().map(pluto_ecl::show::value)),
                Err(fault) => {
                    row.extend(self.schema.fields.iter().map(|_| fault.as_str().to_owned()));
                }
            }
            row.push(format!("version {}", record.entry.version));
            rows.push(row);
        }
        let text = if found.is_empty() { "No record.".to_owned() } else { table(&rows) };
        let values: Vec<Json> = found.iter().map(|record| self.json(record)).collect();
        context.out.show(&json!(values), &text);
    }
}
