//! `cargo xtask sim`: simulated networks from seeds, in the release profile.
//!
//! The simulation lives in `tests/` (`pluto_tests::sim`); this only builds and starts it. A seed that
//! fails prints the one line that shows it again.

use std::process::{Command, ExitCode};

/// The command line of `sim`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The first seed
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// How many seeds
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// Go on with further seeds for so many minutes
    #[arg(long)]
    minutes: Option<u64>,
    /// Build without optimisation: a short run starts sooner
    #[arg(long)]
    debug: bool,
}

/// Runs the simulation.
pub(crate) fn run(args: &Args) -> ExitCode {
    let Some(root) = crate::workspace_root() else {
        crate::write_out("sim: error: run inside the workspace\n");
        return ExitCode::FAILURE;
    };
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root).args(["run", "--quiet", "-p", "pluto-tests", "--bin", "sim"]);
    if !args.debug {
        command.arg("--release");
    }
    command.args(["--", "--first", &args.first.to_string(), "--seeds", &args.seeds.to_string()]);
    if let Some(minutes) = args.minutes {
        command.args(["--minutes", &minutes.to_string()]);
    }
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            crate::write_out(&format!("sim: error: cargo cannot be started: {error}\n"));
            ExitCode::FAILURE
        }
    }
}
