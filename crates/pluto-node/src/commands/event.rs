//! `pluto event`.

use std::io::Read;

use pluto_core::limits::PAYLOAD_BYTES_MAX;
use pluto_core::payload::RecordPut;
use pluto_core::{Canonical, Event, EventId, Kind};
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::Place;
use serde_json::{Value, json};

use super::Context;
use crate::cli::{Acting, EventCommand};
use crate::error::NodeError;
use crate::node::{Author, load};
use crate::output::{table, time};

pub(super) fn run(context: &Context, command: EventCommand) -> Result<()> {
    match command {
        EventCommand::Append { collection, key, value, acting } => {
            append(context, collection, &key, value, &acting)
        }
        EventCommand::Log { from, limit, reading } => {
            log(context, from, limit, reading.realm.as_deref())
        }
        EventCommand::Show { id } => show(context, id),
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

fn read_input() -> Result<Vec<u8>> {
    let mut value = Vec::new();
    let limit = PAYLOAD_BYTES_MAX as u64 + 1;
    std::io::stdin()
        .take(limit)
        .read_to_end(&mut value)
        .map_err(|error| NodeError::file("standard input", error))?;
    Ok(value)
}

fn log(context: &Context, from: i64, limit: u64, realm: Option<&str>) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(realm)?;
    let length = node.snapshot(realm)?.roots().position;
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
            event.header.author.to_string(),
            time(event.header.wall_ms),
            place.verdict.to_string(),
        ]);
        list.push(describe(&event, Some((position, place))));
    }
    node.stop()?;
    context.out.show(&json!(list), &table(&rows));
    Ok(())
}

fn show(context: &Context, id: EventId) -> Result<()> {
    let node = context.node()?;
    let event = load(node.system(), id)?;
    let realm = event.header.realm_of(id);
    let lamport = event.header.lamport;
    let found = node.system().ask(realm, move |view| {
        let Some(position) = view.position(lamport, id)? else { return Ok(None) };
        Ok(view.place(position)?.map(|place| (position, place)))
    })?;
    node.stop()?;
    let value = describe(&event, found.as_ref().map(|(position, place)| (*position, place)));
    let header = &event.header;
    let mut text = format!(
        "event      {id}\nrealm      {realm}\nkind       {}\nauthor     {}\nsequence   {}\n\
         lamport    {}\nwall time  {}\npayload    {} bytes\n",
        header.kind,
        header.author,
        header.author_seq,
        header.lamport,
        time(header.wall_ms),
        header.payload_len
    );
    for parent in &header.parents {
        text.push_str(&format!("parent     {parent}\n"));
    }
    if let Some((position, place)) = found {
        text.push_str(&format!("position   {position}\nverdict    {}\n", place.verdict));
    }
    context.out.show(&value, &text);
    Ok(())
}

fn describe(event: &Event, place: Option<(u64, &Place)>) -> Value {
    let header = &event.header;
    json!({
        "event": event.id.to_string(),
        "realm": header.realm_of(event.id).to_string(),
        "kind": header.kind.to_string(),
        "author": header.author.to_string(),
        "author_seq": header.author_seq,
        "lamport": header.lamport,
        "wall_ms": header.wall_ms,
        "parents": header.parents.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "payload_bytes": header.payload_len,
        "position": place.map(|(position, _)| position),
        "verdict": place.map(|(_, place)| place.verdict.to_string()),
    })
}
