//! `pluto saga`: several actions that are all done, or all taken back. A saga says what to do next; who
//! carries steps out needs no memory.

mod view;

use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Digest, Kind, VoidReason};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::saga::{
    Intent, Next, Report, SagaId, SagaProgress, SagaRecord, Step, TIMEOUT_MS_DEFAULT,
    TIMEOUT_MS_MAX, idempotency_key, saga, saga_id,
};
use serde_json::Value;

use super::Context;
use super::names::{Names, party};
use super::writing::{Writing, by_prefix, nonce, shown};
use crate::cli::{Acting, Became, Reading, ReportArgs, SagaCommand};
use crate::error::NodeError;
use crate::output::table;

pub(super) fn run(context: &Context, command: SagaCommand) -> Result<()> {
    match command {
        SagaCommand::Start { steps, timeout_ms, acting } => {
            let steps: Vec<Step> = steps.iter().map(|text| step(text)).collect::<Result<_>>()?;
            let writing = Writing::open(context, &acting)?;
            begin(context, &writing, Intent::Steps(steps), timeout_ms)
        }
        SagaCommand::Transfer { asset, amount, to, timeout_ms, acting } => {
            let writing = Writing::open(context, &acting)?;
            let to = party(context, &*writing.snapshot()?, &to)?;
            begin(context, &writing, Intent::Transfer { asset, amount, to }, timeout_ms)
        }
        SagaCommand::Report(args) => report(context, &args),
        SagaCommand::Show { id, reading } => show(context, &id, &reading),
        SagaCommand::List { open, reading } => list(context, open, &reading),
        SagaCommand::Retry { id, acting } => say(context, &id, &acting, Report::Retry),
        SagaCommand::Abort { id, acting } => say(context, &id, &acting, Report::Abort),
    }
}

/// `<action> <resource> [amount] [undo <action>]`.
fn step(text: &str) -> Result<Step> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let amount = |word: &str| word.parse::<u64>().ok();
    let (action, resource, amount, compensation) = match words.as_slice() {
        [action, resource] => (action, resource, Some(0), None),
        [action, resource, number] => (action, resource, amount(number), None),
        [action, resource, "undo", undo] => (action, resource, Some(0), Some(*undo)),
        [action, resource, number, "undo", undo] => (action, resource, amount(number), Some(*undo)),
        _ => return Err(bad_step(text).into()),
    };
    let amount = amount.ok_or_else(|| bad_step(text))?;
    let compensation = compensation.map(str::to_owned);
    Ok(Step {
        action: (*action).to_owned(),
        resource: (*resource).to_owned(),
        amount,
        compensation,
    })
}

fn bad_step(text: &str) -> NodeError {
    let expected = "<action> <resource> [amount] [undo <action>]";
    NodeError::BadArgument(format!("expected a step `{expected}`, found `{text}`"))
}

fn begin(
    context: &Context,
    writing: &Writing,
    intent: Intent,
    timeout_ms: Option<u64>,
) -> Result<()> {
    let snapshot = writing.timed()?;
    let timeout_ms = timeout_ms.unwrap_or(TIMEOUT_MS_DEFAULT);
    if timeout_ms == 0 || timeout_ms > TIMEOUT_MS_MAX {
        let days = TIMEOUT_MS_MAX / 86_400_000;
        let why = format!("expected a time of up to {days} days for `--within`");
        return Err(NodeError::BadArgument(why).into());
    }
    let said = SagaProgress::Begin { nonce: nonce(&snapshot), intent, timeout_ms };
    // What does not decode again would be void.
    SagaProgress::decode(&said.encode()).map_err(|error| {
        let why = format!("{error}; only the last step may be without `undo`, of at most 20");
        NodeError::BadArgument(why)
    })?;
    let id = saga_id(writing.realm, writing.author()?.did(), &said.encode());
    writing.say(Kind::SagaProgress, &said, |_| None)?;
    ended(context, writing, id)
}

/// What to do where a report would be void.
const fn hint(reason: VoidReason) -> Option<&'static str> {
    match reason {
        VoidReason::NotAllowed => Some(
            "its owner reports and gives up, an administrator retries what is stuck, anybody gives up \
             after the deadline: see `pluto saga show`",
        ),
        VoidReason::NotMonotone => Some("another step is next: see `pluto saga show`"),
        VoidReason::Expired => Some("its time is over: give it up with `pluto saga abort`"),
        _ => None,
    }
}

fn report(context: &Context, args: &ReportArgs) -> Result<()> {
    let writing = Writing::open(context, &args.acting)?;
    let snapshot = writing.snapshot()?;
    let (id, record) = find(&snapshot, &args.id)?;
    let result = match (&args.result, args.digest) {
        (Some(path), _) => {
            let path = context.file(path);
            let bytes = std::fs::read(&path).map_err(|why| NodeError::file("read", &path, why))?;
            Digest(*blake3::hash(&bytes).as_bytes())
        }
        (None, digest) => digest.unwrap_or_else(|| Digest(*blake3::hash(&[]).as_bytes())),
    };
    let report = meant(id, record.next(snapshot.time_ms()), args.what, result)?;
    writing.say(Kind::SagaProgress, &SagaProgress::Report { saga: id, report }, hint)?;
    ended(context, &writing, id)
}

/// The report that a word means for the step in question.
fn meant(saga: SagaId, next: Next, what: Became, result: Digest) -> Result<Report> {
    let found = match (what, next) {
        (Became::Running, Next::Begin(step)) => Report::Running { step },
        (Became::Done, Next::Take(step)) => {
            Report::Done { step, key: idempotency_key(saga, step, false), result }
        }
        (Became::Failed, Next::Take(step)) => Report::Failed { step },
        (Became::Compensated, Next::TakeBack(step)) => {
            Report::Compensated { step, key: idempotency_key(saga, step, true) }
        }
        (Became::CompensationFailed, Next::TakeBack(step)) => Report::CompensationFailed { step },
        _ => {
            let why = "no step waits for that word".to_owned();
            let hint = format!("what is next: {}", view::next_words(saga, next));
            return Err(NodeError::NotWritten { why, hint }.into());
        }
    };
    Ok(found)
}

fn say(context: &Context, id: &str, acting: &Acting, report: Report) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let (id, _) = find(&*writing.snapshot()?, id)?;
    writing.say(Kind::SagaProgress, &SagaProgress::Report { saga: id, report }, hint)?;
    ended(context, &writing, id)
}

/// Shows where the saga stands now.
fn ended(context: &Context, writing: &Writing, id: SagaId) -> Result<()> {
    let snapshot = writing.snapshot()?;
    writing.node.stop()?;
    present(context, &snapshot, id)
}

fn show(context: &Context, id: &str, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let (id, _) = find(&snapshot, id)?;
    present(context, &snapshot, id)
}

fn present(context: &Context, snapshot: &Snapshot, id: SagaId) -> Result<()> {
    let record = saga(snapshot, id).ok_or_else(|| missing(&shown(&id.0)))?;
    let owner = Names::of(context).short(snapshot, record.owner);
    let rows = view::rows(id, &record, &owner, snapshot.time_ms());
    context.out.show(&view::json(id, &record, snapshot.time_ms()), &table(&rows));
    Ok(())
}

fn missing(name: &str) -> NodeError {
    let hint = "see `pluto saga list`".to_owned();
    NodeError::NotFound { what: "saga", name: name.to_owned(), hint }
}

fn all(snapshot: &Snapshot) -> impl Iterator<Item = (SagaId, SagaRecord)> {
    snapshot.entries(Component::SagaComposer).iter().filter_map(|(key, value)| {
        let id = SagaId(key.strip_prefix(b"s")?.try_into().ok()?);
        Some((id, SagaRecord::decode(value).ok()?))
    })
}

fn find(snapshot: &Snapshot, text: &str) -> Result<(SagaId, SagaRecord)> {
    let ids = all(snapshot).map(|(id, _)| id.0);
    let id = SagaId(by_prefix("saga", text, "see `pluto saga list`", ids)?);
    Ok((id, saga(snapshot, id).ok_or_else(|| missing(text))?))
}

fn list(context: &Context, open: bool, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let names = Names::of(context);
    let heading = ["SAGA", "STATUS", "STEPS DONE", "OWNER", "NEXT"].map(str::to_owned).to_vec();
    let mut rows = vec![heading];
    let mut values: Vec<Value> = Vec::new();
    for (id, record) in all(&snapshot) {
        if open && record.status.is_terminal() {
            continue;
        }
        let next = record.next(snapshot.time_ms());
        let short: String = shown(&id.0).chars().take(8).collect();
        rows.push(vec![
            short,
            record.status.as_str().to_owned(),
            view::progress(&record),
            names.short(&snapshot, record.owner),
            view::next_words(id, next),
        ]);
        values.push(view::json(id, &record, snapshot.time_ms()));
    }
    let none = "There is no saga here; see `pluto saga start --help`.";
    let text = if values.is_empty() { none.to_owned() } else { table(&rows) };
    context.out.show(&values.into(), &text);
    Ok(())
}
