//! `pluto exec`: ask, run, record. The program runs only if the rules allow it.
//!
//! Asking and recording are commands of their own (`act`, `complete`), so that they work the same with
//! a node that runs and with none; between them nothing is held open.

use std::path::Path;
use std::time::Duration;

use pluto_error::Result;
use serde_json::{Value, json};

use super::Context;
use super::remote::inner;
use crate::cli::ExecArgs;
use crate::error::NodeError;
use crate::exec::{self, Job, Limits, Ran, Status};
use crate::interrupt::Interrupt;

pub(super) fn run(context: &Context, args: &ExecArgs) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let decision = ask(context, args)?;
    let job = Job {
        argv: args.argv.iter().map(Into::into).collect(),
        env: args.env.clone(),
        directory: args.dir.clone(),
        limits: Limits { wall: Duration::from_secs(args.timeout), ..Limits::default() },
    };
    let stop = || interrupt.wait(Duration::ZERO);
    let ran = match context.out.json {
        true => exec::run(&job, &mut std::io::sink(), &mut std::io::sink(), &stop),
        false => exec::run(&job, &mut std::io::stdout(), &mut std::io::stderr(), &stop),
    };
    let receipt = record(context, args, &decision, &ran)?;
    let value = json!({
        "decision": decision,
        "receipt": receipt,
        "ended": ended(&ran.status),
        "result": ran.stdout_digest.to_hex().as_str(),
        "bytes": ran.bytes,
    });
    if context.out.json {
        context.out.show(&value, "");
    } else {
        eprintln!("pluto: {} under decision {decision}", ended(&ran.status));
    }
    match ran.status {
        Status::Exited(0) => Ok(()),
        other => Err(NodeError::CommandFailed(ended(&other)).into()),
    }
}

/// The decision that allows it.
fn ask(context: &Context, args: &ExecArgs) -> Result<String> {
    let program = args.argv.first().map(Path::new).and_then(Path::file_name);
    let program = program.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let resource = args.resource.clone().unwrap_or_else(|| format!("command:{program}"));
    let mut words = vec!["act".to_owned(), args.action.clone(), resource];
    words.extend(["--as".to_owned(), args.acting.identity.clone()]);
    words.extend(args.acting.realm.iter().flat_map(|realm| ["--realm".into(), realm.clone()]));
    words.extend(["--amount".to_owned(), args.wish.amount.to_string()]);
    for setting in &args.wish.settings {
        words.extend(["--set".to_owned(), setting.clone()]);
    }
    words.extend(args.wish.grant.iter().flat_map(|grant| ["--grant".into(), grant.to_string()]));
    let approval = args.wish.approval.iter();
    words.extend(approval.flat_map(|asked| ["--approval".to_owned(), asked.to_string()]));
    let answer = inner(context, words)?;
    let told = |name: &str| answer.value.get(name).and_then(Value::as_str).unwrap_or_default();
    let (decision, outcome, reason) = (told("decision"), told("outcome"), told("reason"));
    if outcome == "allow" {
        return Ok(decision.to_owned());
    }
    let said = format!("{outcome}, {reason}; decision `{decision}`");
    Err(answer.error.map_or_else(
        || NodeError::Refused(said.clone()).into(),
        |error| {
            if decision.is_empty() { error } else { NodeError::Refused(said.clone()).into() }
        },
    ))
}

/// Records how it ended; gives the event.
fn record(context: &Context, args: &ExecArgs, decision: &str, ran: &Ran) -> Result<String> {
    let mut words = vec!["complete".to_owned(), decision.to_owned()];
    words.extend(["--as".to_owned(), args.acting.identity.clone()]);
    words.extend(["--ended".to_owned(), word(&ran.status)]);
    words.extend(["--digest".to_owned(), ran.stdout_digest.to_hex().to_string()]);
    words.extend(["--bytes".to_owned(), ran.bytes.to_string()]);
    words.extend(args.acting.realm.iter().flat_map(|realm| ["--realm".into(), realm.clone()]));
    let answer = inner(context, words)?;
    match answer.error {
        Some(error) => Err(error),
        None => Ok(answer.value.get("event").and_then(Value::as_str).unwrap_or_default().into()),
    }
}

fn word(status: &Status) -> String {
    match status {
        Status::Exited(code) => code.to_string(),
        Status::Signalled(signal) => format!("signal:{signal}"),
        Status::TimedOut => "timeout".to_owned(),
        Status::Failed(_) => "failed".to_owned(),
    }
}

fn ended(status: &Status) -> String {
    match status {
        Status::Exited(code) => format!("ended with code {code}"),
        Status::Signalled(signal) => format!("ended by signal {signal}"),
        Status::TimedOut => "ran out of time".to_owned(),
        Status::Failed(why) => format!("failed: {why}"),
    }
}
