//! Sagas in words: payloads, and entries of component `SagaComposer`.

use pluto_core::{Canonical, Digest};
use pluto_realm::saga::{Intent, Report, Reporter, SagaProgress, SagaRecord, Step};
use serde_json::{Value, json};

use super::Description;

pub(super) fn progress(payload: &[u8]) -> Option<Description> {
    Some(match SagaProgress::decode(payload).ok()? {
        SagaProgress::Begin { intent: wanted, timeout_ms, .. } => {
            let about = intent(Description::new("beginning of a saga"), &wanted);
            about.with("within_ms", format!("{timeout_ms} ms"), json!(timeout_ms))
        }
        SagaProgress::Report { saga, report: said } => report(Digest(saga.0), said),
        SagaProgress::Name { saga, step, action, compensation, result } => {
            let about = Description::new("a step of a saga is named").text("saga", Digest(saga.0));
            let about = about.number("step", u64::from(step) + 1).text("action", action);
            let about =
                compensation.into_iter().fold(about, |about, undo| about.text("undo", undo));
            result.into_iter().fold(about, |about, result| about.text("result", result))
        }
    })
}

fn intent(about: Description, intent: &Intent) -> Description {
    let about = match intent {
        Intent::Transfer { asset, amount, to } => {
            about.text("asset", asset).number("amount", *amount).text("to", to)
        }
        Intent::Steps(_) => about,
        Intent::Open { about: what, reporter } => {
            return about.text("about", what).text("reporter", reporter.as_str());
        }
    };
    let plan = intent.plan();
    let lines: Vec<String> = plan.iter().map(words).collect();
    about.with("steps", lines.join("; "), plan.iter().map(step_json).collect())
}

fn words(step: &Step) -> String {
    let amount = if step.amount > 0 { format!(" {}", step.amount) } else { String::new() };
    let undo = step.compensation.as_ref().map(|undo| format!(" undo {undo}")).unwrap_or_default();
    let by = match &step.reporter {
        Reporter::Owner => String::new(),
        other => format!(" by {}", other.as_str()),
    };
    format!("{} {}{amount}{undo}{by}", step.action, step.resource)
}

fn step_json(step: &Step) -> Value {
    json!({
        "action": step.action,
        "resource": step.resource,
        "amount": step.amount,
        "compensation": step.compensation,
        "reporter": step.reporter.as_str(),
    })
}

fn report(saga: Digest, report: Report) -> Description {
    let about = |what| Description::new(what).text("saga", saga);
    // People count from one.
    let step = |about: Description, step: u8| about.number("step", u64::from(step) + 1);
    match report {
        Report::Running { step: at } => step(about("a step of a saga begins"), at),
        Report::Done { step: at, result, .. } => {
            step(about("a step of a saga is done"), at).text("result", result)
        }
        Report::Failed { step: at } => step(about("a step of a saga failed"), at),
        Report::Abort => about("a saga is given up"),
        Report::Compensated { step: at, .. } => step(about("a step of a saga is taken back"), at),
        Report::CompensationFailed { step: at } => {
            step(about("a step of a saga could not be taken back"), at)
        }
        Report::Retry => about("a stuck saga is tried again"),
        Report::Close => about("an open saga is closed"),
    }
}

pub(super) fn entry(key: &[u8], value: Option<&[u8]>) -> Option<Description> {
    let id = Digest(key.strip_prefix(b"s")?.try_into().ok()?);
    let about = Description::new("saga").text("saga", id);
    let Some(value) = value else { return Some(about) };
    let record = SagaRecord::decode(value).ok()?;
    let about = intent(about.text("owner", record.owner), &record.intent);
    let named = || record.named.iter().map(|step| step.action.as_str()).collect::<Vec<_>>();
    let about = if record.is_open() {
        about.with("steps", named().join("; "), json!(named()))
    } else {
        about
    };
    let statuses: Vec<&str> = record.steps.iter().map(|step| step.as_str()).collect();
    let about = about.text("status", record.status.as_str());
    let about = about.with("step_statuses", statuses.join(", "), json!(statuses));
    Some(about.time("deadline_ms", record.deadline_ms).text("event", record.event))
}
