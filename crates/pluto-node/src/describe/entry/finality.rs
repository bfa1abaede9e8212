//! State entries about checkpoints and their witnesses.

use pluto_core::state::{FINALITY_KEY, FinalityRecord};
use pluto_core::{Canonical, Did};
use pluto_engines::finality::{
    ContradictionRecord, NEXT_WITNESSES_KEY, VotesRecord, WITNESSES_KEY, WitnessSet,
};
use serde_json::json;

use super::super::Description;
use crate::output::time;

pub(super) fn entry(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    match key {
        FINALITY_KEY => checkpoint(value),
        WITNESSES_KEY => set("witnesses", value),
        NEXT_WITNESSES_KEY => set("witnesses from the next final checkpoint on", value),
        [b'v', witness @ ..] => votes(Did::decode(witness).ok()?, value),
        [b'x', witness @ ..] => contradiction(Did::decode(witness).ok()?, value),
        _ => None,
    }
}

fn checkpoint(value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("last checkpoint");
    let Some(value) = value else { return Some(about) };
    let record = FinalityRecord::decode(value).ok()?;
    let about = about.number("number", record.number);
    let about = about.with("time_ms", time(record.time_ms), json!(record.time_ms));
    Some(about.text("event", record.event))
}

fn set(what: &'static str, value: Option<&[u8]>) -> Option<Description> {
    match value {
        None => Some(Description::new(what)),
        Some(value) => Some(witnesses(what, &WitnessSet::decode(value).ok()?)),
    }
}

/// A set of witnesses in words.
pub(in crate::describe) fn witnesses(what: &'static str, set: &WitnessSet) -> Description {
    let names: Vec<String> = set.witnesses().iter().map(ToString::to_string).collect();
    let about = Description::new(what).number("threshold", set.threshold() as u64);
    about.with("witnesses", names.join(" "), json!(names))
}

fn votes(witness: Did, value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("checkpoints signed").text("witness", witness);
    let Some(value) = value else { return Some(about) };
    let signed = VotesRecord::decode(value).ok()?;
    let about = about.number("kept", signed.0.len() as u64);
    Some(about.number("last_number", signed.last_number()))
}

fn contradiction(witness: Did, value: Option<&[u8]>) -> Option<Description> {
    let about = Description::new("two checkpoints of one number").text("witness", witness);
    let Some(value) = value else { return Some(about) };
    let record = ContradictionRecord::decode(value).ok()?;
    let [first, second] = record.events;
    let about = about.number("number", record.number).text("first", first);
    Some(about.text("second", second))
}
