//! A saga for people and for programs.

use pluto_core::state::read;
use pluto_core::traits::StateView;
use pluto_core::{Component, Digest, EventId};
use pluto_decision::record::{DecisionRecord, decision_key};
use pluto_nervous_system::Snapshot;
use pluto_realm::saga::{
    Intent, NamedStep, Next, Reporter, SagaId, SagaRecord, SagaStatus, Step, StepStatus,
    idempotency_key,
};
use serde_json::{Value, json};

use crate::commands::names::Names;
use crate::commands::writing::shown;
use crate::output::{row, time};

/// What it is about: of an open saga what it says, of another the resource of its first step.
pub(super) fn about(record: &SagaRecord) -> String {
    match &record.intent {
        Intent::Open { about, .. } => about.clone(),
        intent => intent.plan().into_iter().next().map(|step| step.resource).unwrap_or_default(),
    }
}

/// `2 of 3`; of an open saga nobody knows how many there will be.
pub(super) fn progress(record: &SagaRecord) -> String {
    let done = record.steps.iter().filter(|step| **step == StepStatus::Done).count();
    if record.is_open() {
        return done.to_string();
    }
    format!("{done} of {}", record.steps.len())
}

/// What is to be done next, with the command that says so.
pub(super) fn next_words(id: SagaId, next: Next) -> String {
    let short: String = shown(&id.0).chars().take(8).collect();
    let (what, word) = match next {
        Next::Begin(step) => (format!("step {} begins", step + 1), "report running"),
        Next::Take(step) => (format!("take step {}", step + 1), "report done"),
        Next::TakeBack(step) => (format!("take step {} back", step + 1), "report compensated"),
        Next::Name(step) => {
            let named = format!("step {}: pluto saga name {short} <action>", step + 1);
            return format!("{named}, or the end: pluto saga close {short}");
        }
        Next::Close => ("it has all steps that it can have".to_owned(), "close"),
        Next::GiveUp => ("its time is over".to_owned(), "abort"),
        Next::Nothing => return "nothing".to_owned(),
    };
    let (command, word) = word.split_once(' ').unwrap_or((word, ""));
    format!("{what}: pluto saga {command} {short} {word}").trim_end().to_owned()
}

fn step_words(step: &Step) -> String {
    let amount = if step.amount > 0 { format!(" {}", step.amount) } else { String::new() };
    let undo = step.compensation.as_ref().map(|undo| format!(", undo {undo}")).unwrap_or_default();
    let by = match &step.reporter {
        Reporter::Owner => String::new(),
        other => format!(", by {}", other.as_str()),
    };
    format!("{} {}{amount}{undo}{by}", step.action, step.resource)
}

/// A step of an open saga, with the decision about it where its result names one.
fn named_words(snapshot: &Snapshot, names: &Names, step: &NamedStep) -> String {
    let undo = step.compensation.as_ref().map(|undo| format!(", undo {undo}")).unwrap_or_default();
    let judged = step.result.and_then(|result| judged(snapshot, result)).unwrap_or_default();
    format!("{}{undo}, {}{judged}", step.action, names.short(snapshot, step.by))
}

fn judged(snapshot: &Snapshot, result: Digest) -> Option<String> {
    let decision = EventId(result.0);
    let key = decision_key(&decision);
    let record: DecisionRecord = read(snapshot, Component::Execution, &key)?;
    Some(format!(": {} {}", record.answer.said.as_str(), decision.short()))
}

/// The key under which the step in question is carried out.
fn key(id: SagaId, next: Next) -> Option<String> {
    let key = match next {
        Next::Begin(step) | Next::Take(step) => idempotency_key(id, step, false),
        Next::TakeBack(step) => idempotency_key(id, step, true),
        Next::Name(_) | Next::Close | Next::GiveUp | Next::Nothing => return None,
    };
    Some(key.to_string())
}

pub(super) fn rows(
    snapshot: &Snapshot,
    names: &Names,
    id: SagaId,
    record: &SagaRecord,
) -> Vec<Vec<String>> {
    let next = record.next(snapshot.time_ms());
    let mut rows = vec![row("saga", shown(&id.0))];
    if let Intent::Open { about, reporter } = &record.intent {
        rows.push(row("about", about));
        rows.push(row("reporter", reporter.as_str()));
    }
    rows.extend([
        row("owner", names.short(snapshot, record.owner)),
        row("status", record.status.as_str()),
        row("deadline", format!("{} (realm time)", time(record.deadline_ms))),
    ]);
    let words: Vec<String> = if record.is_open() {
        record.named.iter().map(|step| named_words(snapshot, names, step)).collect()
    } else {
        record.plan().iter().map(step_words).collect()
    };
    for (number, (words, status)) in words.iter().zip(&record.steps).enumerate() {
        let text = format!("{:<11}  {words}", status.as_str());
        rows.push(row(&format!("step {}", number + 1), text));
    }
    match record.status {
        SagaStatus::Stuck => rows.push(row(
            "next",
            format!("an administrator looks into it, then: pluto saga retry {}", short(id)),
        )),
        _ => rows.push(row("next", next_words(id, next))),
    }
    rows.extend(key(id, next).map(|key| row("key", key)));
    rows
}

fn short(id: SagaId) -> String {
    shown(&id.0).chars().take(8).collect()
}

pub(super) fn json(id: SagaId, record: &SagaRecord, now_ms: u64) -> Value {
    let next = record.next(now_ms);
    let (what, step) = match next {
        Next::Begin(step) => ("begin", Some(step)),
        Next::Take(step) => ("take", Some(step)),
        Next::TakeBack(step) => ("take-back", Some(step)),
        Next::Name(step) => ("name", Some(step)),
        Next::Close => ("close", None),
        Next::GiveUp => ("abort", None),
        Next::Nothing => ("nothing", None),
    };
    let plan = record.plan();
    let steps = plan.iter().zip(&record.steps).enumerate().map(|(number, (step, status))| {
        let named = record.named.get(number);
        json!({
            "reporter": step.reporter.as_str(),
            "by": named.map(|named| named.by.to_string()),
            "result": named.and_then(|named| named.result).map(|result| result.to_string()),
            "action": step.action,
            "resource": step.resource,
            "amount": step.amount,
            "compensation": step.compensation,
            "status": status.as_str(),
        })
    });
    json!({
        "saga": shown(&id.0),
        "about": about(record),
        "open": record.is_open(),
        "owner": record.owner.to_string(),
        "event": record.event.to_string(),
        "status": record.status.as_str(),
        "deadline_ms": record.deadline_ms,
        "attempts": record.attempts,
        "steps": steps.collect::<Vec<_>>(),
        "next": { "what": what, "step": step.map(|step| step + 1), "key": key(id, next) },
    })
}
