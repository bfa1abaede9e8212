//! `pluto crossing`: from one realm to another, with a receipt on both sides. The file that goes from one
//! to the other is the payload that the other one records.

mod view;

use std::collections::BTreeSet;
use std::path::Path;

use pluto_core::limits::PAYLOAD_BYTES_MAX;
use pluto_core::traits::{Clock, StateView};
use pluto_core::{Canonical, Component, EventId, Kind, RealmId, VoidReason};
use pluto_error::Result;
use pluto_identity::Keystore;
use pluto_realm::gateway::{
    CROSSING_MS_MAX, CrossingEvaluated, CrossingOpened, entry, entry_key, exit, exit_key,
};
use serde_json::{Value, json};

use super::writing::{Writing, by_prefix, named, realm_or_id, shown_at_once, signer};
use super::{Context, verify};
use crate::cli::{Acting, CrossingCommand, Reading};
use crate::error::NodeError;
use crate::node::{Node, ProvenRealm, SystemClock};
use crate::output::{row, table, time};

/// What to do where the creator's key is elsewhere.
const ELSEWHERE: &str = "on the creator's node type `pluto crossing prove <id> --out crossing.proof`, and \
     name that file here";

/// What to do where witnesses sign first.
const LATER: &str = "leave out `--out`; when they have signed, type `pluto crossing prove <id> --out crossing.proof`";

/// What to do with a proof of witnesses that were replaced.
const REPLACED: &str =
    "who signed it was replaced since, as is known here: prove it anew with `pluto crossing prove`";

pub(super) fn run(context: &Context, command: CrossingCommand) -> Result<()> {
    match command {
        CrossingCommand::Open { to, span_ms, out, acting } => {
            open(context, &to, span_ms, out.as_deref(), &acting)
        }
        CrossingCommand::Enter { crossing, out, acting } => {
            enter(context, &crossing, out.as_deref(), &acting)
        }
        CrossingCommand::Confirm { crossing, acting } => confirm(context, &crossing, &acting),
        CrossingCommand::Prove { id, out, reading } => prove(context, &id, &out, &reading),
        CrossingCommand::Show { id } => view::show(context, &id),
        CrossingCommand::List(reading) => view::list(context, &reading),
    }
}

fn open(
    context: &Context,
    to: &str,
    span_ms: u64,
    out: Option<&Path>,
    acting: &Acting,
) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let snapshot = writing.timed()?;
    // Whoever asks for the proof wants all or nothing.
    if out.is_some() {
        shown_at_once(&writing.node, &writing.keys, writing.realm, [ELSEWHERE, LATER])?;
    }
    let to = realm_or_id(&writing.node, to)?;
    if span_ms == 0 || span_ms > CROSSING_MS_MAX {
        let why = "expected up to 30 days of realm time for `--within`".to_owned();
        return Err(NodeError::BadArgument(why).into());
    }
    // The realm to be entered may be ahead of this one, and it is its clock that counts.
    let base_ms = snapshot.time_ms();
    let latest_ms = base_ms.saturating_add(CROSSING_MS_MAX);
    let expires_ms = base_ms.max(SystemClock.now_ms()).saturating_add(span_ms).min(latest_ms);
    let said = CrossingOpened { to, expires_ms };
    let crossing = writing.say(Kind::CrossingOpened, &said, |reason| match reason {
        VoidReason::NotAllowed => Some(
            "it leads to another realm, which the rules do not deny: see `pluto realm rules show`",
        ),
        _ => None,
    })?;
    let file = out.map(|out| write_proof(context, &writing, crossing, out)).transpose()?;
    let there = named(&writing.node, to);
    writing.node.stop()?;
    let proof = file.clone().unwrap_or_else(|| crossing.short());
    let mut rows = vec![
        row("crossing", crossing),
        row("to", &there),
        row("until", format!("{} (realm time there)", time(expires_ms))),
    ];
    rows.extend(file.as_ref().map(|file| row("proof", file)));
    rows.push(row("next", format!("pluto crossing enter {proof} --realm {there}")));
    let value = json!({
        "crossing": crossing.to_string(),
        "to": to.to_string(),
        "expires_ms": expires_ms,
        "proof": file,
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn enter(context: &Context, crossing: &str, out: Option<&Path>, acting: &Acting) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    writing.timed()?;
    if out.is_some() {
        shown_at_once(&writing.node, &writing.keys, writing.realm, [ELSEWHERE, LATER])?;
    }
    let said = said(context, &writing, crossing)?;
    let CrossingEvaluated::Enter { from, crossing, .. } = &said else {
        let why = "the file shows an entry and no exit: it is for `pluto crossing confirm`";
        return Err(NodeError::BadProof(why.to_owned()).into());
    };
    let (from, crossing) = (*from, *crossing);
    // Who enters may be unknown here: then it is introduced first, and the fold says the rest.
    let event = writing.say(Kind::CrossingEvaluated, &said, |reason| match reason {
        VoidReason::InvalidProof => Some(
            "the proof is another party's, for another realm, or not signed by whom that realm declared",
        ),
        VoidReason::NotMonotone => Some(REPLACED),
        VoidReason::AlreadyExists => Some("a crossing is entered once: see `pluto crossing show`"),
        VoidReason::Expired => Some("its time is over: open another one"),
        VoidReason::NotAllowed => Some(
            "the realm lets in whom its rules name: see `allowed_realms`, `denied_realms` and \
             `denied_parties` in `pluto realm rules show`",
        ),
        VoidReason::PolicyDenied => Some(
            "the realm asks for more trust or credentials: see `min_trust` and \
             `required_credentials` in `pluto realm rules show`",
        ),
        _ => None,
    })?;
    let file = out.map(|out| write_proof(context, &writing, crossing, out)).transpose()?;
    let left = named(&writing.node, from);
    writing.node.stop()?;
    let proof = file.clone().unwrap_or_else(|| crossing.short());
    let mut rows = vec![row("crossing", crossing), row("from", &left), row("event", event)];
    rows.extend(file.as_ref().map(|file| row("proof", file)));
    rows.push(row("next", format!("pluto crossing confirm {proof} --realm {left}")));
    let value = json!({
        "crossing": crossing.to_string(),
        "from": from.to_string(),
        "event": event.to_string(),
        "proof": file,
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn confirm(context: &Context, crossing: &str, acting: &Acting) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let said = said(context, &writing, crossing)?;
    let CrossingEvaluated::Confirm { crossing, entry, .. } = &said else {
        let why = "the file shows an exit and no entry: it is for `pluto crossing enter`";
        return Err(NodeError::BadProof(why.to_owned()).into());
    };
    let (crossing, entered) = (*crossing, entry.event);
    let event = writing.say(Kind::CrossingEvaluated, &said, |reason| match reason {
        VoidReason::NotFound => Some("it was opened in another realm: name that with `--realm`"),
        VoidReason::AlreadyExists => Some("it is confirmed already: see `pluto crossing show`"),
        VoidReason::NotAllowed => Some("who crossed confirms it"),
        VoidReason::InvalidProof => {
            Some("the proof is of another crossing, or not signed by whom that realm declared")
        }
        VoidReason::NotMonotone => Some(REPLACED),
        _ => None,
    })?;
    writing.node.stop()?;
    let rows = [row("crossing", crossing), row("entered by", entered), row("event", event)];
    let value = json!({
        "crossing": crossing.to_string(),
        "entered": entered.to_string(),
        "event": event.to_string(),
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn prove(context: &Context, id: &str, out: &Path, reading: &Reading) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let ids = view::receipts(&*node.snapshot(realm)?).into_iter().map(|receipt| receipt.id.0);
    let id = EventId(by_prefix("crossing", id, "see `pluto crossing list`", ids)?);
    let said = shown(&node, &keys, realm, id)?;
    node.stop()?;
    let file = write(context, out, &said)?;
    let next = match said {
        CrossingEvaluated::Enter { exit, .. } => {
            format!("enter {file} --realm {}", named(&node, exit.to))
        }
        CrossingEvaluated::Confirm { entry, .. } => {
            format!("confirm {file} --realm {}", named(&node, entry.from))
        }
    };
    let rows =
        [row("crossing", id), row("proof", &file), row("next", format!("pluto crossing {next}"))];
    let value: Value = json!({ "crossing": id.to_string(), "proof": file });
    context.out.show(&value, &table(&rows));
    Ok(())
}

/// What the realm that is written to is told: from a file, or from a realm that is here.
fn said(context: &Context, writing: &Writing, crossing: &str) -> Result<CrossingEvaluated> {
    let path = context.file(Path::new(crossing));
    if path.is_file() {
        let bytes = verify::read(&path, PAYLOAD_BYTES_MAX)?;
        return Ok(CrossingEvaluated::decode(&bytes)?);
    }
    let found = view::everywhere(&writing.node)?;
    let ids = found.iter().map(|(_, receipt)| receipt.id.0);
    let hint = "give a file of `pluto crossing prove`, or an id: see `pluto crossing list`";
    let id = EventId(by_prefix("crossing", crossing, hint, ids)?);
    let elsewhere = found
        .iter()
        .find(|(realm, receipt)| receipt.id == id && *realm != writing.realm && !receipt.confirms);
    let missing = || NodeError::NotFound {
        what: "receipt of the other realm",
        name: crossing.to_owned(),
        hint: "see `pluto crossing show`".to_owned(),
    };
    let (realm, _) = elsewhere.ok_or_else(missing)?;
    shown(&writing.node, &writing.keys, *realm, id)
}

/// What a realm shows another one of a crossing: under a checkpoint that its creator signs now, or the
/// last one of its witnesses.
fn shown(
    node: &Node,
    keys: &Keystore,
    realm: RealmId,
    crossing: EventId,
) -> Result<CrossingEvaluated> {
    let signer = signer(node, keys, realm, ELSEWHERE)?;
    let snapshot = node.snapshot(realm)?;
    let prove = |key: Vec<u8>| {
        node.realm_proof(realm, signer.as_ref(), &BTreeSet::from([(Component::Gateway, key)]))
    };
    let missing = || NodeError::NotFound {
        what: "receipt",
        name: crossing.to_string(),
        hint: "see `pluto crossing list`".to_owned(),
    };
    if exit(&*snapshot, &crossing).is_some() {
        let ProvenRealm { proof, state } = prove(exit_key(&crossing))?;
        let exit = exit(&*state, &crossing).ok_or_else(missing)?;
        return Ok(CrossingEvaluated::Enter { from: realm, crossing, exit, proof });
    }
    entry(&*snapshot, &crossing).ok_or_else(missing)?;
    let ProvenRealm { proof, state } = prove(entry_key(&crossing))?;
    let entry = entry(&*state, &crossing).ok_or_else(missing)?;
    Ok(CrossingEvaluated::Confirm { crossing, entry, proof })
}

/// Writes the proof of a crossing that the realm knows; gives the file.
fn write_proof(
    context: &Context,
    writing: &Writing,
    crossing: EventId,
    out: &Path,
) -> Result<String> {
    write(context, out, &shown(&writing.node, &writing.keys, writing.realm, crossing)?)
}

fn write(context: &Context, out: &Path, said: &CrossingEvaluated) -> Result<String> {
    let path = context.file(out);
    std::fs::write(&path, said.encode()).map_err(|error| NodeError::file("write", &path, error))?;
    Ok(out.display().to_string())
}
