//! `pluto event`.

pub(super) mod judgement;
pub(super) mod shown;

use std::io::Read;

use pluto_api::http::shape::EventDetail;
use pluto_core::limits::PAYLOAD_BYTES_MAX;
use pluto_core::payload::RecordPut;
use pluto_core::{Canonical, Event, EventId, Kind};
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::Place;
use serde_json::json;

use super::Context;
use super::names::Names;
use crate::cli::{Acting, EventCommand};
use crate::describe::{self, Description};
use crate::error::NodeError;
use crate::node::{Author, Node, load};
use crate::output::{row, table, time};
use judgement::Judged;

pub(super) fn run(context: &Context, command: EventCommand) -> Result<()> {
    match command {
        EventCommand::Append { collection, key, value, acting } => {
            append(context, collection, &key, value, &acting)
        }
        EventCommand::Log { from, limit, reading } => {
            log(context, from, limit, reading.realm.as_deref())
        }
        EventCommand::Show { id, reading } => show(context, &id, reading.realm.as_deref()),
    }
}

fn append(
    context: &Context,
    collection: String,
    key: &str,
    value: String,
    acting: &Acting,
) -> Result<()> {
    let value = if value == "-" { read_input()? } else { value.into_bytes() };
    let put = RecordPut { collection, key: key.as_bytes().to_vec(), value };
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let written = author.write(&node, realm, Kind::RecordPut, &put.encode())?;
    node.stop()?;
    let (event, root) = (written.event, written.receipt.root);
    context.out.show(
        &json!({
            "event": event.id.to_string(),
            "position": event.position.0,
            "state_root": root.to_string(),
        }),
        &format!("event     {}\nposition  {}\nroot      {root}", event.id, event.position.0),
    );
    Ok(())
}

pub(super) fn read_input() -> Result<Vec<u8>> {
    let mut value = Vec::new();
    let limit = PAYLOAD_BYTES_MAX as u64 + 1;
    std::io::stdin()
        .take(limit)
        .read_to_end(&mut value)
        .map_err(|error| NodeError::file("read", "standard input", error))?;
    Ok(value)
}

fn log(context: &Context, from: i64, limit: u64, realm: Option<&str>) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(realm)?;
    let snapshot = node.snapshot(realm)?;
    let names = Names::of(context);
    let length = snapshot.roots().position;
    let first = match u64::try_from(from) {
        Ok(from) => from,
        Err(_) => length.saturating_sub(from.unsigned_abs()),
    };
    let places: Vec<Place> = node.system().ask(realm, move |view| {
        let end = first.saturating_add(limit).min(length);
        (first..end).filter_map(|at| view.place(at).transpose()).collect()
    })?;
    let heading = ["POSITION", "EVENT", "KIND", "AUTHOR", "WALL TIME", "VERDICT"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let mut list = Vec::new();
    for (place, position) in places.iter().zip(first..) {
        let event = load(node.system(), place.id)?;
        rows.push(vec![
            position.to_string(),
            place.id.short(),
            event.header.kind.to_string(),
            names.short(&snapshot, event.header.author),
            time(event.header.wall_ms),
            place.verdict.to_string(),
        ]);
        list.push(shown::of(&snapshot, &event, Some((position, place.verdict))));
    }
    node.stop()?;
    context.out.show(&json!(list), &table(&rows));
    Ok(())
}

/// The event that `text` means: an id, or a position in a realm.
fn find(node: &Node, text: &str, realm: Option<&str>) -> Result<EventId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let missing = || NodeError::NotFound {
        what: "event",
        name: text.to_owned(),
        hint: "give an id of 64 hexadecimal digits, or a position; see `pluto event log`".into(),
    };
    let position: u64 = text.parse().map_err(|_| missing())?;
    let realm = node.realm(realm)?;
    let place = node.system().ask(realm, move |view| view.place(position))?;
    Ok(place.ok_or_else(missing)?.id)
}

fn show(context: &Context, text: &str, realm: Option<&str>) -> Result<()> {
    let node = context.node()?;
    let id = find(&node, text, realm)?;
    let event = load(node.system(), id)?;
    let realm = event.header.realm_of(id);
    let found = shown::place(node.system(), &event)?.wait()?;
    let snapshot = node.snapshot(realm)?;
    let judged = judgement::of(&*snapshot, &event);
    let detail = shown::in_full(&snapshot, &event, found, &judged);
    node.stop()?;
    let header = &event.header;
    let mut rows = vec![
        row("event", id),
        row("realm", realm),
        row("kind", header.kind),
        row("author", header.author),
        row("sequence", header.author_seq),
        row("lamport", header.lamport),
        row("wall time", time(header.wall_ms)),
        row("payload", format!("{} bytes, {}", header.payload_len, payload_state(&detail))),
    ];
    rows.extend(header.parents.iter().map(|parent| row("parent", parent)));
    if let Some((position, verdict)) = found {
        rows.push(row("position", position));
        rows.push(row("verdict", verdict));
    }
    rows.extend(judged.iter().flat_map(Judged::rows));
    rows.extend(words(&event).iter().flat_map(Description::rows));
    context.out.show(&json!(detail), &table(&rows));
    Ok(())
}

fn payload_state(detail: &EventDetail) -> String {
    match (&detail.payload, &detail.erased) {
        (Some(_), _) => "here".to_owned(),
        (None, Some(reason)) => format!("erased: {reason}"),
        (None, None) => "not here".to_owned(),
    }
}

fn words(event: &Event) -> Option<Description> {
    describe::payload(event.header.kind, event.payload.as_deref()?)
}
