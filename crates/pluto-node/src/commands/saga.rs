//! `pluto saga`: several actions that are all done, or all taken back. A saga says what to do next; who
//! carries steps out needs no memory.

mod view;

use std::path::Path;

use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Digest, Kind, VoidReason};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::saga::{
    Intent, Next, Report, Reporter, SagaId, SagaProgress, SagaRecord, Step, TIMEOUT_MS_DEFAULT,
    TIMEOUT_MS_MAX, idempotency_key, saga, saga_id,
};
use serde_json::Value;

use super::Context;
use super::names::{Names, party};
use super::writing::{Writing, by_prefix, nonce, shown};
use crate::cli::{Acting, Became, NameArgs, Reading, ReportArgs, SagaCommand};
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
        SagaCommand::Open { about, by, timeout_ms, acting } => {
            let writing = Writing::open(context, &acting)?;
            let intent = Intent::Open { about, reporter: reporter(&by) };
            begin(context, &writing, intent, timeout_ms)
        }
        SagaCommand::Name(args) => name(context, &args),
        SagaCommand::Close { id, acting } => say(context, &id, &acting, Report::Close),
        SagaCommand::Report(args) => report(context, &args),
        SagaCommand::Show { id, reading } => show(context, &id, &reading),
        SagaCommand::List { open, reading } => list(context, open, &reading),
        SagaCommand::Retry { id, acting } => say(context, &id, &acting, Report::Retry),
        SagaCommand::Abort { id, acting } => say(context, &id, &acting, Report::Abort),
    }
}

/// Who reports: `owner`, `anybody`, or whoever holds that credential.
fn reporter(word: &str) -> Reporter {
    match word {
        "owner" => Reporter::Owner,
        "anybody" => Reporter::Anybody,
        schema => Reporter::Holder(schema.to_owned()),
    }
}

/// `<action> <resource> [amount] [undo <action>] [by <reporter>]`; names of credentials have blanks.
fn step(text: &str) -> Result<Step> {
    let (text, by) = text.split_once(" by ").unwrap_or((text, "owner"));
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
        reporter: reporter(by.trim()),
    })
}

fn bad_step(text: &str) -> NodeError {
    let expected = "<action> <resource> [amount] [undo <action>] [by <credential>|by anybody]";
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
            "its owner gives up and closes, its reporters report, an administrator retries what is \
             stuck, anybody gives up after the deadline: see `pluto saga show`",
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
    let result = result(context, args.result.as_deref(), args.digest)?;
    let report = meant(id, record.next(snapshot.time_ms()), args.what, result)?;
    writing.say(Kind::SagaProgress, &SagaProgress::Report { saga: id, report }, hint)?;
    ended(context, &writing, id)
}

/// The digest of what came of a step.
fn result(context: &Context, file: Option<&Path>, digest: Option<Digest>) -> Result<Digest> {
    let hash = |bytes: &[u8]| Digest(*blake3::hash(bytes).as_bytes());
    let Some(path) = file else { return Ok(digest.unwrap_or_else(|| hash(&[]))) };
    let path = context.file(path);
    let bytes = std::fs::read(&path).map_err(|why| NodeError::file("read", &path, why))?;
    Ok(hash(&bytes))
}

fn name(context: &Context, args: &NameArgs) -> Result<()> {
    let writing = Writing::open(context, &args.acting)?;
    let (id, record) = find(&*writing.snapshot()?, &args.id)?;
    let came = || result(context, args.result.as_deref(), args.digest);
    let said = SagaProgress::Name {
        saga: id,
        step: u8::try_from(record.steps.len()).unwrap_or(u8::MAX),
        action: args.action.clone(),
        compensation: args.undo.clone(),
        result: if args.taken { Some(came()?) } else { None },
    };
    SagaProgress::decode(&said.encode())
        .map_err(|error| NodeError::BadArgument(error.to_string()))?;
    writing.say(Kind::SagaProgress, &said, hint)?;
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
    let rows = view::rows(snapshot, &Names::of(context), id, &record);
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
    let is_about = |record: &SagaRecord| match &record.intent {
        Intent::Open { about, .. } => about == text,
        _ => false,
    };
    let ids: Vec<_> = all(snapshot).collect();
    let mut about = ids.iter().filter(|(_, record)| is_about(record));
    if let (Some(found), None) = (about.next(), about.next()) {
        return Ok(found.clone());
    }
    let ids = ids.iter().map(|(id, _)| id.0);
    let id = SagaId(by_prefix("saga", text, "see `pluto saga list`", ids)?);
    Ok((id, saga(snapshot, id).ok_or_else(|| missing(text))?))
}

fn list(context: &Context, open: bool, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    node.stop()?;
    let names = Names::of(context);
    let heading =
        ["SAGA", "ABOUT", "STATUS", "STEPS DONE", "OWNER", "NEXT"].map(str::to_owned).to_vec();
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
            view::about(&record),
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
