//! `pluto crossing`.

use std::path::PathBuf;

use clap::Subcommand;

use super::when::span;
use super::{Acting, Reading};

/// `pluto crossing`.
#[derive(Debug, Subcommand)]
pub enum CrossingCommand {
    /// Leave a realm for another one, in the realm that is left: it writes down who, whereto, role, trust.
    Open {
        /// The realm to be entered: its name, or its id where it is on another node.
        #[arg(long)]
        to: String,
        /// Realm time it has: `12h`, `7d`, at most `30d`.
        #[arg(long = "within", value_parser = span, default_value = "7d")]
        span_ms: u64,
        /// Also write the proof, as `crossing prove` does.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Who, and which realm is left.
        #[command(flatten)]
        acting: Acting,
    },
    /// Enter: show the other realm, in that realm, what the one that was left wrote down.
    Enter {
        /// The file that proves it; or the id of the crossing, where the key of the creator of the realm
        /// that was left is here.
        crossing: String,
        /// Also write the proof for the way back, as `crossing prove` does.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Who, and which realm is entered.
        #[command(flatten)]
        acting: Acting,
    },
    /// Show the realm that was left, in that realm, that the other one let the party in.
    Confirm {
        /// The file that proves it; or the id of the crossing, where the key of the creator of the realm
        /// that was entered is here.
        crossing: String,
        /// Who, and which realm was left.
        #[command(flatten)]
        acting: Acting,
    },
    /// Write what a realm says about a crossing as a file for the other realm; signs a checkpoint as the
    /// creator of the realm.
    Prove {
        /// Its id, or the beginning of it.
        id: String,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Show the receipts of a crossing in every realm that is here.
    Show {
        /// Its id, or the beginning of it.
        id: String,
    },
    /// List the crossings from and to a realm.
    List(Reading),
}
