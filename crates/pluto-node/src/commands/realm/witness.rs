//! `pluto realm witness`: whose signatures make a checkpoint final.

use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::{Clock, StateView};
use pluto_core::{Component, Did};
use pluto_engines::finality::{WitnessSet, is_chained, next_witnesses, witnesses};
use pluto_error::Result;
use serde_json::json;

use super::super::Context;
use super::super::checkpoint::signed_text;
use super::super::names::party;
use crate::cli::{Acting, Reading, WitnessCommand};
use crate::error::NodeError;
use crate::node::{Author, SystemClock};
use crate::output::{row, table, time};

pub(super) fn run(context: &Context, command: &WitnessCommand) -> Result<()> {
    match command {
        WitnessCommand::Show { reading } => show(context, reading),
        WitnessCommand::Set { witnesses, threshold, acting } => {
            set(context, witnesses, *threshold, acting)
        }
        WitnessCommand::Sign { propose, acting } => sign(context, *propose, acting),
    }
}

fn show(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    node.stop()?;
    let no_rules = || NodeError::NotFound {
        what: "witness",
        name: realm.to_string(),
        hint: "the genesis of the realm has no effect".to_owned(),
    };
    let view: &dyn StateView = &*snapshot;
    let (set, next) = (witnesses(view).ok_or_else(no_rules)?, next_witnesses(view));
    let last: Option<FinalityRecord> = read(&*snapshot, Component::Consensus, FINALITY_KEY);
    let said = last.map_or_else(
        || "none".to_owned(),
        |last| format!("{} ({}), event {}", last.number, time(last.time_ms), last.event),
    );
    context.out.show(
        &json!({
            "witnesses": names(&set),
            "threshold": set.threshold(),
            "next": next.as_ref().map(|next| json!({
                "witnesses": names(next),
                "threshold": next.threshold(),
            })),
            "checkpoint": last.map(|last| json!({
                "number": last.number,
                "time_ms": last.time_ms,
                "event": last.event.to_string(),
            })),
        }),
        &table(&rows(&set, next.as_ref(), &said)),
    );
    Ok(())
}

fn rows(set: &WitnessSet, next: Option<&WitnessSet>, checkpoint: &str) -> Vec<Vec<String>> {
    let witnesses = |what, set: &WitnessSet| -> Vec<_> {
        names(set).iter().map(|name| row(what, name)).collect()
    };
    let of = |set: &WitnessSet| format!("{} of {}", set.threshold(), set.witnesses().len());
    let mut rows = witnesses("witness", set);
    rows.push(row("threshold", of(set)));
    rows.push(row("checkpoint", checkpoint));
    if let Some(next) = next {
        rows.extend(witnesses("next", next));
        rows.push(row("then", of(next)));
    }
    rows
}

fn names(set: &WitnessSet) -> Vec<String> {
    set.witnesses().iter().map(ToString::to_string).collect()
}

fn set(
    context: &Context,
    names: &[String],
    threshold: Option<usize>,
    acting: &Acting,
) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let snapshot = node.snapshot(realm)?;
    let witnesses = names.iter().map(|name| party(context, &snapshot, name));
    let witnesses: Vec<Did> = witnesses.collect::<Result<_>>()?;
    let (set, written) = author.declare_witnesses(&node, realm, &witnesses, threshold)?;
    node.stop()?;
    let (event, count) = (written.event.id.to_string(), set.witnesses().len());
    context.out.show(
        &json!({ "witnesses": self::names(&set), "threshold": set.threshold(), "event": event }),
        &format!("{} of {count} sign from the next final checkpoint on.", set.threshold()),
    );
    Ok(())
}

fn sign(context: &Context, propose: bool, acting: &Acting) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let now_ms = SystemClock.now_ms();
    let (checkpoint, written) = match propose && is_chained(&*node.snapshot(realm)?) {
        true => author.propose(&node, realm, now_ms)?,
        false => author.sign_checkpoint(&node, realm, now_ms)?,
    };
    node.stop()?;
    let event = written.event.id.to_string();
    context.out.show(
        &json!({
            "number": checkpoint.number,
            "events": checkpoint.size,
            "state_root": checkpoint.state_root.to_string(),
            "event": event,
        }),
        &signed_text(&checkpoint),
    );
    Ok(())
}
