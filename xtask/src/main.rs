//! The workspace's own tools, started as `cargo xtask <command>`.
//!
//! Nothing here links a product crate: the gates read sources and manifests, so they also run while
//! the product does not compile. A new command is one variant of `Command` and one module.

mod digest;
mod finding;
mod refactor;
mod sim;
mod verify;
mod wasm;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The workspace's own tools", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check layers, tidiness, error codes, manifests and formats
    Verify(verify::Args),
    /// Take a monolith apart by a plan
    Refactor(refactor::Args),
    /// Simulate networks of nodes from seeds
    Sim(sim::Args),
    /// Build the verifier for browsers and Node into docs/verify
    Wasm(wasm::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Verify(args) => verify::run(&args),
        Command::Refactor(args) => refactor::run(&args),
        Command::Sim(args) => sim::run(&args),
        Command::Wasm(args) => wasm::run(&args),
    }
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no failure.
fn write_out(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// The workspace that holds the current folder.
fn workspace_root() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let is_root = |folder: &&Path| {
        std::fs::read_to_string(folder.join("Cargo.toml"))
            .is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
    };
    here.ancestors().find(is_root).map(Path::to_path_buf)
}
