//! The binary `pluto`.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use pluto_error::Error;
use pluto_node::cli::Cli;
use pluto_node::control::{Reply, ReplyError};
use pluto_node::exit::{self, WRONG_USAGE};
use pluto_node::{NodeError, commands, observe};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    // In JSON mode standard error holds the error and nothing else, unless the log is asked for.
    let default = if cli.json { "off" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let json = cli.json;
    // Bound to a name: what waits to be told is delivered when the command has ended.
    let (telemetry, _deliveries) = match observe::begin(&cli) {
        Ok(begun) => begun,
        Err(error) => return failed(&error, json),
    };
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    tracing_subscriber::registry().with(telemetry).with(log).init();
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    match commands::run_or_forward(cli, &words) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(reply)) => repeat(reply, json),
        Err(error) => failed(&error, json),
    }
}

fn failed(error: &Error, json: bool) -> ExitCode {
    report(&ReplyError::of(error), json);
    ExitCode::from(exit::code(error))
}

/// Says here what a running node answered.
fn repeat(reply: Reply, json: bool) -> ExitCode {
    // A closed pipe is nobody's error.
    let _ = std::io::stdout().lock().write_all(reply.out.as_bytes());
    match reply.error {
        None => ExitCode::SUCCESS,
        Some(error) => {
            report(&error, json);
            ExitCode::from(error.exit)
        }
    }
}

/// Help and version are no errors; everything else clap says is, and stays JSON where JSON was asked.
fn usage(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if json && error.use_stderr() {
        let text = error.to_string();
        let said: Vec<&str> = text.lines().take_while(|line| !line.starts_with("Usage:")).collect();
        let message = said.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        let message = message.trim_start_matches("error: ");
        let error: Error = NodeError::Usage(message.to_owned()).into();
        report(&ReplyError::of(&error), json);
    } else {
        let _ = error.print();
    }
    if error.use_stderr() { ExitCode::from(WRONG_USAGE) } else { ExitCode::SUCCESS }
}

fn report(error: &ReplyError, json: bool) {
    let ReplyError { code, kind, message, .. } = error;
    if json {
        let report =
            serde_json::json!({ "error": { "code": code, "kind": kind, "message": message } });
        eprintln!("{report:#}");
    } else {
        eprintln!("pluto: {message} ({code}, {kind})");
    }
}
