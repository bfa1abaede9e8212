//! `pluto archive`: sealed epochs, legal holds, erasure.

mod footing;

use pluto_core::{BlobId, Canonical, Component, EventId, Kind, RealmId};
use pluto_error::Result;
use pluto_realm::archive::{
    ArchiveChange, EpochRecord, HoldScope, Seal, epoch, epochs, holds, may_erase, may_erase_payload,
};
use pluto_realm::hierarchy::lineage;
use pluto_realm::lattice::AtLeast;
use serde_json::{Value, json};

use super::Context;
use super::declare::declare;
use crate::cli::{Acting, ArchiveCommand, Reading};
use crate::error::NodeError;
use crate::node::{Author, BlobFate, CheckedEpoch, Node};
use crate::output::{row, table, time};

const DAY_MS: u64 = 86_400_000;

pub(super) fn run(context: &Context, command: ArchiveCommand) -> Result<()> {
    match command {
        ArchiveCommand::Seal { blobs, acting } => seal(context, blobs, &acting),
        ArchiveCommand::List(reading) => list(context, &reading),
        ArchiveCommand::Show { number, reading } => show(context, number, &reading),
        ArchiveCommand::Verify(reading) => verify(context, &reading),
        ArchiveCommand::Hold { scope, name, reason, acting } => {
            let scope = scope.scope();
            let said = format!("hold      {name}\non        {}", what(scope));
            let hold = ArchiveChange::Hold { scope, name, reason };
            change(context, &acting, &said, |_, _| Ok(hold))
        }
        ArchiveCommand::Lift { scope, name, acting } => {
            let scope = scope.scope();
            let said = format!("lifted    {name}\non        {}", what(scope));
            let lift = ArchiveChange::Lift { scope, name };
            change(context, &acting, &said, |_, _| Ok(lift))
        }
        ArchiveCommand::Erase { blob, event, reason, acting } => {
            erase(context, (blob, event), reason, &acting)
        }
        ArchiveCommand::Retain { days, acting } => retain(context, days, &acting),
        ArchiveCommand::Footing(command) => footing::run(context, &command),
    }
}

/// `epoch 1`, `the realm`.
fn what(scope: HoldScope) -> String {
    match scope {
        HoldScope::Realm => "the whole archive".to_owned(),
        HoldScope::Epoch(number) => format!("epoch {number}"),
        HoldScope::Blob(blob) => format!("blob {blob}"),
        HoldScope::Payload(event) => format!("the payload of {event}"),
    }
}

fn erase(
    context: &Context,
    (blob, event): (Option<BlobId>, Option<EventId>),
    reason: String,
    acting: &Acting,
) -> Result<()> {
    let what = match (blob, event) {
        (Some(blob), _) => blob.to_string(),
        (None, Some(event)) => format!("the payload of {event}"),
        (None, None) => String::new(),
    };
    let said = format!("erased    {what}\nwhen      once the next checkpoint is final");
    change(context, acting, &said, |node, realm| match (blob, event) {
        (Some(blob), _) => {
            may_erase(&*node.snapshot(realm)?, &blob)?;
            Ok(ArchiveChange::Erase { blob, reason })
        }
        (None, Some(event)) => {
            let epoch = node.epoch_with(realm, event)?;
            may_erase_payload(&*node.snapshot(realm)?, epoch, &event)?;
            Ok(ArchiveChange::ErasePayload { epoch, event, reason })
        }
        (None, None) => Err(NodeError::BadArgument("expected a blob or an event".into()).into()),
    })
}

fn seal(context: &Context, blobs: Vec<BlobId>, acting: &Acting) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let (seal, written) = node.seal_epoch(realm, &author, blobs)?;
    node.stop()?;
    let Seal { number, end, checkpoint, log_root, manifest, blobs } = seal;
    let event = written.event.id.to_string();
    context.out.show(
        &json!({
            "epoch": number,
            "end": end,
            "checkpoint": checkpoint,
            "log_root": log_root.to_string(),
            "manifest": manifest.to_string(),
            "blobs": blobs.len(),
            "event": event,
        }),
        &format!(
            "epoch     {number}, up to position {end} and checkpoint {checkpoint}\nmanifest  {manifest}\nblobs     {}\nevent     {event}",
            blobs.len()
        ),
    );
    Ok(())
}

fn change(
    context: &Context,
    acting: &Acting,
    said: &str,
    change: impl FnOnce(&Node, RealmId) -> Result<ArchiveChange>,
) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let change = change(&node, realm)?;
    // What does not decode again, such as an empty reason, would be malformed.
    ArchiveChange::decode(&change.encode())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let written = author.write(&node, realm, Kind::ArchiveChange, &change.encode())?;
    node.stop()?;
    let event = written.event.id.to_string();
    context.out.show(&json!({ "event": event }), &format!("{said}\nevent     {event}"));
    Ok(())
}

fn retain(context: &Context, days: u32, acting: &Acting) -> Result<()> {
    let keep_ms = u64::from(days).saturating_mul(DAY_MS);
    let (rules, event) = declare(context, acting, |rules| {
        rules.min_retention_ms = AtLeast(keep_ms);
    })?;
    let kept_ms = rules.min_retention_ms.0;
    context.out.show(
        &json!({ "min_retention_ms": kept_ms, "event": event }),
        &format!("kept      {} days at least\nevent     {event}", kept_ms / DAY_MS),
    );
    Ok(())
}

fn list(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let epochs: Vec<EpochRecord> = epochs(&*snapshot).collect();
    let holds = holds(&*snapshot, HoldScope::Realm).0;
    let kept_ms = lineage(&*snapshot).rules.min_retention_ms.0;
    let heading = ["EPOCH", "POSITIONS", "CHECKPOINT", "SEALED", "BLOBS", "MANIFEST"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(epochs.iter().map(|one| {
        vec![
            one.number.to_string(),
            format!("{} to {}", one.from, one.end - 1),
            one.checkpoint.to_string(),
            time(one.sealed_ms),
            one.blobs.to_string(),
            one.manifest.to_string(),
        ]
    }));
    let mut text = match epochs.is_empty() {
        true => "No epoch is sealed.".to_owned(),
        false => table(&rows),
    };
    text.push_str(&format!("\nkept at least {} days", kept_ms / DAY_MS));
    for hold in &holds {
        text.push_str(&format!("\non legal hold: {} ({})", hold.name, hold.reason));
    }
    let values: Vec<Value> = epochs.iter().map(record_json).collect();
    let held: Vec<Value> = holds.iter().map(hold_json).collect();
    let value = json!({ "epochs": values, "holds": held, "min_retention_ms": kept_ms });
    context.out.show(&value, &text);
    Ok(())
}

fn record_json(record: &EpochRecord) -> Value {
    json!({
        "epoch": record.number,
        "from": record.from,
        "end": record.end,
        "checkpoint": record.checkpoint,
        "log_root": record.log_root.to_string(),
        "manifest": record.manifest.to_string(),
        "sealed_ms": record.sealed_ms,
        "keep_ms": record.keep_ms,
        "blobs": record.blobs,
        "event": record.event.to_string(),
    })
}

fn hold_json(hold: &pluto_realm::archive::Hold) -> Value {
    json!({ "name": hold.name, "reason": hold.reason, "event": hold.event.to_string() })
}

fn show(context: &Context, number: u32, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let record = epoch(&*snapshot, number).ok_or_else(|| NodeError::NotFound {
        what: "epoch",
        name: number.to_string(),
        hint: "see `pluto archive list`".to_owned(),
    })?;
    let checked = node.check_epoch(realm, &record)?;
    node.stop()?;
    let held = holds(&*snapshot, HoldScope::Epoch(number)).0;
    let mut rows = vec![
        row("epoch", number),
        row("positions", format!("{} to {}", record.from, record.end - 1)),
        row("checkpoint", record.checkpoint),
        row("signed by", &checked.sealed.attested),
        row("log root", record.log_root),
        row("manifest", record.manifest),
        row("sealed", time(record.sealed_ms)),
        row("kept until", time(record.sealed_ms.saturating_add(record.keep_ms))),
    ];
    rows.extend(held.iter().map(|hold| row("on hold", format!("{} ({})", hold.name, hold.reason))));
    rows.extend(checked.blobs.iter().map(|(blob, fate)| {
        let holds = holds(&*snapshot, HoldScope::Blob(*blob)).0;
        let held = holds.first().map(|hold| format!(", on hold: {}", hold.name));
        row("blob", format!("{blob} {}{}", words(fate), held.unwrap_or_default()))
    }));
    let mut value = record_json(&record);
    if let Some(object) = value.as_object_mut() {
        let held: Vec<Value> = held.iter().map(hold_json).collect();
        object.insert("holds".to_owned(), json!(held));
        object.insert("blobs".to_owned(), blobs_json(&checked));
        object.insert("in_log".to_owned(), json!(checked.in_log));
    }
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn words(fate: &BlobFate) -> String {
    match fate {
        BlobFate::Here => "is here".to_owned(),
        BlobFate::Erased(erasure) => format!("is erased: {}", erasure.reason),
        BlobFate::Missing => "is missing".to_owned(),
    }
}

fn blobs_json(checked: &CheckedEpoch) -> Value {
    let blobs = checked.blobs.iter().map(|(blob, fate)| match fate {
        BlobFate::Here => json!({ "blob": blob.to_string(), "state": "here" }),
        BlobFate::Missing => json!({ "blob": blob.to_string(), "state": "missing" }),
        BlobFate::Erased(erasure) => json!({
            "blob": blob.to_string(),
            "state": "erased",
            "reason": erasure.reason,
            "event": erasure.event.to_string(),
        }),
    });
    blobs.collect()
}

fn verify(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let (mut lines, mut values, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    let mut before: Option<EpochRecord> = None;
    for record in epochs(&*snapshot) {
        let number = record.number;
        let checked = node.check_epoch(realm, &record)?;
        if checked.sealed.previous != before.as_ref().map(|before| before.manifest)
            || checked.sealed.first != before.as_ref().map_or(0, |before| before.end)
        {
            faults.push(format!("epoch {number} does not follow the one before it"));
        }
        if !checked.in_log {
            faults.push(format!("the log is another one than was sealed with epoch {number}"));
        }
        let missing = checked.blobs.iter().filter(|(_, fate)| *fate == BlobFate::Missing);
        faults.extend(missing.map(|(blob, _)| format!("blob `{blob}` is missing")));
        let erased = checked.blobs.iter().filter(|(_, fate)| matches!(fate, BlobFate::Erased(_)));
        let (events, erased) = (record.end - record.from, erased.count());
        lines.push(format!(
            "epoch {number}  {events} events proven, signed by {}; {} blobs, {erased} of them erased",
            checked.sealed.attested,
            checked.blobs.len()
        ));
        values.push(json!({
            "epoch": number,
            "events": events,
            "signed_by": checked.sealed.attested.to_string(),
            "in_log": checked.in_log,
            "blobs": blobs_json(&checked),
        }));
        before = Some(record);
    }
    node.stop()?;
    if let Some(fault) = faults.first() {
        return Err(NodeError::BadProof(fault.clone()).into());
    }
    let rest = snapshot.roots().position - before.map_or(0, |last| last.end);
    lines.push(format!("{rest} events behind the last epoch are not sealed"));
    let entries = snapshot.entries(Component::Archive).len();
    let value = json!({ "epochs": values, "not_sealed": rest, "entries": entries });
    context.out.show(&value, &lines.join("\n"));
    Ok(())
}
