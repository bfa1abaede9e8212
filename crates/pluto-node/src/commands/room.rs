//! `pluto room`: places inside a realm with stricter rules.

use pluto_core::{Canonical, Component, Did, Kind, VoidReason};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::hierarchy::lineage;
use pluto_realm::room::{COLLECTION_PREFIX, Place, RoomChange, RoomRecord, room, rules_of};
use serde_json::{Value, json};

use super::Context;
use super::names::{Names, party};
use super::realm::rules;
use super::writing::Writing;
use crate::cli::{Acting, Reading, RoomCommand};
use crate::error::NodeError;
use crate::output::{row, table};
use crate::rule_words;

pub(super) fn run(context: &Context, command: RoomCommand) -> Result<()> {
    match command {
        RoomCommand::Open { place, rules, acting } => open(context, place, &rules, &acting),
        RoomCommand::Close { place, acting } => {
            let writing = Writing::open(context, &acting)?;
            let shown = row("closed", &place);
            told(context, &writing, shown, &RoomChange::Close { place })
        }
        RoomCommand::Admit { place, who, acting } => admit(context, place, &who, true, &acting),
        RoomCommand::Expel { place, who, acting } => admit(context, place, &who, false, &acting),
        RoomCommand::Show { place, reading } => show(context, &place, &reading),
        RoomCommand::List(reading) => list(context, &reading),
    }
}

fn open(context: &Context, place: Place, words: &[String], acting: &Acting) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let before = writing.snapshot()?;
    let above = match place.room() {
        Some(room) => rules_of(&*before, &room).ok_or_else(|| missing(&room))?,
        None => lineage(&*before).rules,
    };
    // What is not said is as above.
    let rules = rules::changed(context, &writing.node, &before, above.clone(), words)?;
    rules::may_stand(&rules, &above)?;
    let said = RoomChange::Open { place: place.clone(), rules };
    let event = say(&writing, &said)?;
    let holds = rules_of(&*writing.snapshot()?, &place).unwrap_or_default();
    writing.node.stop()?;
    let collection = format!("{COLLECTION_PREFIX}{place}:<collection>");
    let mut rows = vec![row("place", &place), row("collections", &collection)];
    rows.extend(rules::rows(&holds));
    rows.push(row("event", event));
    let value = json!({
        "place": place.as_str(),
        "holds": rule_words::json(&holds),
        "event": event.to_string(),
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn missing(place: &Place) -> NodeError {
    let hint = "see `pluto room list`".to_owned();
    NodeError::NotFound { what: "open place", name: place.to_string(), hint }
}

fn say(writing: &Writing, said: &RoomChange) -> Result<pluto_core::EventId> {
    writing.say(Kind::RoomChange, said, |reason| match reason {
        VoidReason::NotAllowed => Some("an administrator does that: see `pluto realm members`"),
        VoidReason::NotFound => Some("see `pluto room list` and `pluto room show`"),
        VoidReason::AlreadyExists => Some("the party is admitted already: see `pluto room show`"),
        _ => None,
    })
}

fn told(context: &Context, writing: &Writing, shown: Vec<String>, said: &RoomChange) -> Result<()> {
    let event = say(writing, said)?;
    writing.node.stop()?;
    let place = match said {
        RoomChange::Open { place, .. }
        | RoomChange::Close { place }
        | RoomChange::Admit { place, .. } => place.as_str(),
    };
    let value = json!({ "place": place, "event": event.to_string() });
    context.out.show(&value, &table(&[shown, row("event", event)]));
    Ok(())
}

fn admit(
    context: &Context,
    place: Place,
    who: &str,
    admitted: bool,
    acting: &Acting,
) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let party = party(context, &*writing.snapshot()?, who)?;
    let what = if admitted { "admitted" } else { "expelled" };
    let shown = row(what, format!("{who}, {place}"));
    told(context, &writing, shown, &RoomChange::Admit { place, party, admitted })
}

fn show(context: &Context, place: &Place, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let holds = rules_of(&*snapshot, place).ok_or_else(|| missing(place))?;
    let names = Names::of(context);
    let parties = admitted(&snapshot, place);
    let mut rows = vec![
        row("place", place),
        row("collections", format!("{COLLECTION_PREFIX}{place}:<collection>")),
    ];
    rows.extend(rules::rows(&holds));
    rows.extend(parties.iter().map(|party| row("admits", names.short(&snapshot, *party))));
    let value = json!({
        "place": place.as_str(),
        "declared": room(&*snapshot, place).map(|record| rule_words::json(&record.rules)),
        "holds": rule_words::json(&holds),
        "admits": parties.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

/// Those whom a place admits: entries `m` ‖ DID ‖ name of the place.
fn admitted(snapshot: &Snapshot, place: &Place) -> Vec<Did> {
    let entries = snapshot.entries(place.component()).iter();
    let party = |key: &[u8]| {
        let did = key.strip_prefix(b"m")?.strip_suffix(place.as_str().as_bytes())?;
        Did::decode(did).ok()
    };
    entries.filter_map(|(key, _)| party(key)).collect()
}

fn list(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let mut places: Vec<Place> = [Component::Room, Component::Partition]
        .into_iter()
        .flat_map(|component| snapshot.entries(component).iter())
        .filter_map(|(key, value)| {
            RoomRecord::decode(value).ok()?;
            std::str::from_utf8(key.strip_prefix(b"r")?).ok()?.parse().ok()
        })
        .collect();
    places.sort_unstable();
    let mut rows = vec![["PLACE", "RULES"].map(str::to_owned).to_vec()];
    let mut values: Vec<Value> = Vec::new();
    for place in &places {
        let holds = rules_of(&*snapshot, place);
        let words = holds.as_ref().map(|rules| {
            let words = rules::rows(rules).into_iter().map(|row| row.join("="));
            words.collect::<Vec<_>>().join(" ")
        });
        rows.push(row(place.as_str(), words.unwrap_or_else(|| "its room is closed".to_owned())));
        let holds = holds.as_ref().map(rule_words::json);
        values.push(json!({ "place": place.as_str(), "holds": holds }));
    }
    let none = "No place is open; see `pluto room open --help`.";
    let text = if places.is_empty() { none.to_owned() } else { table(&rows) };
    context.out.show(&json!(values), &text);
    Ok(())
}
