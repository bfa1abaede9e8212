//! The workspace's own tools, started as `cargo xtask <command>`.
//!
//! Nothing here knows a product crate: the gates read sources and manifests, so they also run while
//! the product does not compile. A new command is one variant of `Command` and one module.

mod finding;
mod verify;

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
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Verify(args) => verify::run(&args),
    }
}
