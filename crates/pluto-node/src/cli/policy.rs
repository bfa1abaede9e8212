//! `pluto policy`: what can be asked about the policies of a realm.

use std::path::PathBuf;

use clap::Subcommand;

use super::when::past;
use super::{Acting, Reading};

/// `pluto policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Install a policy in a slot of a realm; what was there is replaced.
    Install {
        /// A source, or an artifact (`.eclc`).
        file: PathBuf,
        /// The slot; the policies in `admission` judge every event.
        #[arg(long, default_value = "admission")]
        slot: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Empty a slot.
    Remove {
        /// The slot.
        #[arg(long, default_value = "admission")]
        slot: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// List the policies of a realm.
    List(Reading),
    /// Say which events of the past a policy would have judged otherwise; writes nothing.
    Simulate {
        /// A source, or an artifact (`.eclc`).
        file: PathBuf,
        /// Only events from then on: a span back from now (`90m`, `24h`, `7d`), or Unix milliseconds.
        #[arg(long = "since", default_value = "0", value_parser = past)]
        from: u64,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
}
