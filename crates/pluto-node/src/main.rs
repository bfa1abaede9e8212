//! The binary `pluto`.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use pluto_error::Kind;
use pluto_node::cli::Cli;
use pluto_node::{codes, commands};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const REFUSED: u8 = 1;
const DAMAGED: u8 = 3;
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let json = cli.json;
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = error.code();
            if json {
                let report = serde_json::json!({
                    "error": { "code": code.id(), "kind": code.kind().as_str(), "message": error.chain() }
                });
                eprintln!("{report:#}");
            } else {
                eprintln!("pluto: {} ({}, {})", error.chain(), code, code.kind());
            }
            ExitCode::from(match error.kind() {
                Kind::Corrupt => DAMAGED,
                _ if code == codes::INTERRUPTED => INTERRUPTED,
                _ => REFUSED,
            })
        }
    }
}
