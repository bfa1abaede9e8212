//! `pluto realm witness`: today a realm has one witness, its creator.

use pluto_core::Component;
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::Clock;
use pluto_error::Result;
use serde_json::json;

use super::super::Context;
use crate::cli::{Acting, Reading, WitnessCommand};
use crate::error::NodeError;
use crate::node::{Author, SystemClock};
use crate::output::{row, table, time};

pub(super) fn run(context: &Context, command: &WitnessCommand) -> Result<()> {
    match command {
        WitnessCommand::Show { reading } => show(context, reading),
        WitnessCommand::Sign { acting } => sign(context, acting),
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
    let witness = snapshot.rules().ok_or_else(no_rules)?.creator.to_string();
    let last: Option<FinalityRecord> = read(&*snapshot, Component::Consensus, FINALITY_KEY);
    let said = last.map_or_else(
        || "none".to_owned(),
        |last| format!("{} ({}), event {}", last.number, time(last.time_ms), last.event),
    );
    context.out.show(
        &json!({
            "witnesses": [witness],
            "threshold": 1,
            "checkpoint": last.map(|last| json!({
                "number": last.number,
                "time_ms": last.time_ms,
                "event": last.event.to_string(),
            })),
        }),
        &table(&[row("witness", &witness), row("threshold", "1 of 1"), row("checkpoint", said)]),
    );
    Ok(())
}

fn sign(context: &Context, acting: &Acting) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let (checkpoint, written) = author.sign_checkpoint(&node, realm, SystemClock.now_ms())?;
    node.stop()?;
    let event = written.event.id.to_string();
    context.out.show(
        &json!({
            "number": checkpoint.number,
            "events": checkpoint.size,
            "state_root": checkpoint.state_root.to_string(),
            "event": event,
        }),
        &format!(
            "Checkpoint {} signed over {} events: {}",
            checkpoint.number, checkpoint.size, checkpoint.state_root
        ),
    );
    Ok(())
}
