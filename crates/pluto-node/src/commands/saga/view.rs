//! A saga for people and for programs.

use pluto_realm::saga::{Next, SagaId, SagaRecord, SagaStatus, Step, StepStatus, idempotency_key};
use serde_json::{Value, json};

use crate::commands::writing::shown;
use crate::output::{row, time};

/// `2 of 3`.
pub(super) fn progress(record: &SagaRecord) -> String {
    let done = record.steps.iter().filter(|step| **step == StepStatus::Done).count();
    format!("{done} of {}", record.steps.len())
}

/// What is to be done next, with the command that says so.
pub(super) fn next_words(id: SagaId, next: Next) -> String {
    let short: String = shown(&id.0).chars().take(8).collect();
    let (what, word) = match next {
        Next::Begin(step) => (format!("step {} begins", step + 1), "report running"),
        Next::Take(step) => (format!("take step {}", step + 1), "report done"),
        Next::TakeBack(step) => (format!("take step {} back", step + 1), "report compensated"),
        Next::GiveUp => ("its time is over".to_owned(), "abort"),
        Next::Nothing => return "nothing".to_owned(),
    };
    let (command, word) = word.split_once(' ').unwrap_or((word, ""));
    format!("{what}: pluto saga {command} {short} {word}").trim_end().to_owned()
}

fn step_words(step: &Step) -> String {
    let amount = if step.amount > 0 { format!(" {}", step.amount) } else { String::new() };
    let undo = step.compensation.as_ref().map(|undo| format!(", undo {undo}")).unwrap_or_default();
    format!("{} {}{amount}{undo}", step.action, step.resource)
}

/// The key under which the step in question is carried out.
fn key(id: SagaId, next: Next) -> Option<String> {
    let key = match next {
        Next::Begin(step) | Next::Take(step) => idempotency_key(id, step, false),
        Next::TakeBack(step) => idempotency_key(id, step, true),
        Next::GiveUp | Next::Nothing => return None,
    };
    Some(key.to_string())
}

pub(super) fn rows(id: SagaId, record: &SagaRecord, owner: &str, now_ms: u64) -> Vec<Vec<String>> {
    let next = record.next(now_ms);
    let mut rows = vec![
        row("saga", shown(&id.0)),
        row("owner", owner),
        row("status", record.status.as_str()),
        row("deadline", format!("{} (realm time)", time(record.deadline_ms))),
    ];
    let plan = record.intent.plan();
    for (number, (step, status)) in plan.iter().zip(&record.steps).enumerate() {
        let text = format!("{:<11}  {}", status.as_str(), step_words(step));
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
        Next::GiveUp => ("abort", None),
        Next::Nothing => ("nothing", None),
    };
    let plan = record.intent.plan();
    let steps = plan.iter().zip(&record.steps).map(|(step, status)| {
        json!({
            "action": step.action,
            "resource": step.resource,
            "amount": step.amount,
            "compensation": step.compensation,
            "status": status.as_str(),
        })
    });
    json!({
        "saga": shown(&id.0),
        "owner": record.owner.to_string(),
        "event": record.event.to_string(),
        "status": record.status.as_str(),
        "deadline_ms": record.deadline_ms,
        "attempts": record.attempts,
        "steps": steps.collect::<Vec<_>>(),
        "next": { "what": what, "step": step.map(|step| step + 1), "key": key(id, next) },
    })
}
