//! `pluto realm witness`: whose signatures make a checkpoint final.

use std::collections::BTreeMap;

use pluto_api::http::shape::{
    BorderShown, CheckpointsShown, FinalCheckpoint, OpenCheckpoint, WitnessesShown,
};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::{Clock, StateView};
use pluto_core::{Component, Did, Digest, EventId};
use pluto_engines::finality::{WitnessSet, is_chained, next_witnesses, witnesses};
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::{Border, Candidate, RealmView};
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
    let open = node.system().ask(realm, |view| Ok(open(view)))?;
    let unlike = node.signed_otherwise(realm)?;
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
    let mut rows = rows(&set, next.as_ref(), &said);
    let by_itself = node.witness().filter(|did| set.witnesses().contains(did));
    rows.push(row(
        "this node",
        match by_itself {
            Some(did) => format!("signs by itself, as {did}"),
            None => "signs when told to".to_owned(),
        },
    ));
    rows.extend(snapshot.border().map(|border| row("border", border_text(border))));
    rows.extend(open.iter().map(|(one, count)| {
        let (said, of) = (&one.signed.checkpoint, set.threshold());
        row("open", format!("{} over {} events, {count} of {of}", said.number, said.size))
    }));
    rows.extend(snapshot.rival().map(|rival| row("stopped", rival_text(rival))));
    rows.extend(unlike.as_ref().map(|border| row("differs", unlike_text(border))));
    let shown = CheckpointsShown {
        set: set_shown(&set),
        next: next.as_ref().map(set_shown),
        checkpoint: last.map(|last| final_shown(&last)),
        signs_by_itself: by_itself.map(|did| did.to_string()),
        border: snapshot.border().map(border_shown),
        rival: snapshot.rival().map(|rival| rival.to_string()),
        signed_otherwise: unlike.as_ref().map(border_shown),
        open: open.iter().map(|(one, count)| open_shown(one, *count)).collect(),
    };
    context.out.show_as(&shown, &table(&rows));
    Ok(())
}

fn set_shown(set: &WitnessSet) -> WitnessesShown {
    WitnessesShown { witnesses: names(set), threshold: set.threshold() }
}

fn open_shown(one: &Candidate, signatures: usize) -> OpenCheckpoint {
    let said = &one.signed.checkpoint;
    OpenCheckpoint {
        number: said.number,
        events: said.size,
        checkpoint: one.checkpoint.to_string(),
        signatures,
    }
}

/// The last final checkpoint for programs.
pub(in crate::commands) fn final_shown(last: &FinalityRecord) -> FinalCheckpoint {
    FinalCheckpoint { number: last.number, time_ms: last.time_ms, event: last.event.to_string() }
}

/// What witnesses signed beyond the last border, and how many did.
fn open(view: &RealmView<'_>) -> Vec<(Candidate, usize)> {
    let Some(border) = view.borders().last() else { return Vec::new() };
    let witnesses = &border.quorum.witnesses;
    let in_round = |committed: &BTreeMap<Did, EventId>| {
        witnesses.iter().filter(|witness| committed.contains_key(witness)).count()
    };
    let count = |one: &Candidate| {
        one.rounds.values().map(|round| in_round(&round.committed)).max().unwrap_or(0)
    };
    let newer = |one: &&Candidate| one.signed.checkpoint.number > border.number;
    let counted = view.candidates().iter().filter(newer).map(|one| (one.clone(), count(one)));
    let said = |one: &Candidate| {
        let mut who = one.rounds.values().flat_map(|round| round.prepared.keys());
        who.any(|who| witnesses.contains(who))
    };
    counted.filter(|(one, count)| *count > 0 || said(one)).collect()
}

/// The last border for programs.
pub(in crate::commands) fn border_shown(border: &Border) -> BorderShown {
    BorderShown {
        number: border.number,
        time_ms: border.time_ms,
        position: border.position,
        checkpoint: border.checkpoint.to_string(),
    }
}

/// The last border for people.
pub(in crate::commands) fn border_text(border: &Border) -> String {
    format!("checkpoint {}: no place before {} moves any more", border.number, border.position)
}

/// Why a realm takes no writes.
pub(in crate::commands) fn rival_text(rival: Digest) -> String {
    format!("checkpoint {rival} is final beside the border: no writes (NRV-0012)")
}

/// What stands here is not what was signed.
pub(in crate::commands) fn unlike_text(border: &Border) -> String {
    format!(
        "what stands before {} is not what was signed with checkpoint {}: where payloads were erased \
         before they came here, see `pluto archive footing import`",
        border.position, border.number
    )
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
