//! The binary `pluto`.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use pluto_error::{Error, Kind};
use pluto_node::cli::Cli;
use pluto_node::interrupt::INTERRUPTED;
use pluto_node::{NodeError, codes, commands};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const REFUSED: u8 = 1;
const WRONG_USAGE: u8 = 2;
const DAMAGED: u8 = 3;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    // In JSON mode standard error holds the error and nothing else, unless the log is asked for.
    let default = if cli.json { "off" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let json = cli.json;
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error, json);
            ExitCode::from(match error.kind() {
                Kind::Corrupt => DAMAGED,
                _ if error.code() == codes::INTERRUPTED => INTERRUPTED,
                _ => REFUSED,
            })
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
        report(&NodeError::Usage(message.to_owned()).into(), json);
    } else {
        let _ = error.print();
    }
    if error.use_stderr() { ExitCode::from(WRONG_USAGE) } else { ExitCode::SUCCESS }
}

fn report(error: &Error, json: bool) {
    let code = error.code();
    if json {
        let report = serde_json::json!({
            "error": { "code": code.id(), "kind": code.kind().as_str(), "message": error.chain() }
        });
        eprintln!("{report:#}");
    } else {
        eprintln!("pluto: {} ({}, {})", error.chain(), code, code.kind());
    }
}
