//! `pluto import`: data from outside that becomes a realm.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `pluto import`.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Signed ratings: `source,target,rating −10..10,time`, header optional (SNAP form).
    Ratings {
        /// The file.
        csv: PathBuf,
        /// Name of the realm to create.
        #[arg(long, default_value = "ratings")]
        name: String,
        /// How many of the first raters are roots of trust.
        #[arg(long, default_value_t = 5)]
        roots: usize,
        /// The identity that owns the realm; the raters' keys derive from its secret.
        #[arg(long = "as", default_value = "me")]
        identity: String,
    },
    /// A process log, CSV with the columns of XES: who did which step of which case when.
    Process(ProcessArgs),
}

/// `pluto import process`.
#[derive(Args, Debug)]
pub struct ProcessArgs {
    /// The file.
    pub csv: PathBuf,
    /// Name of the realm to create.
    #[arg(long, default_value = "permits")]
    pub name: String,
    /// The policy that judges every step; without it that of a permit process.
    #[arg(long)]
    pub policy: Option<PathBuf>,
    /// Only so many cases, those that begin first.
    #[arg(long)]
    pub cases: Option<usize>,
    /// Of the steps allowed, the first whose name begins so is proven.
    #[arg(long, default_value = "T04 ")]
    pub prove: String,
    /// Where the proof goes.
    #[arg(long, default_value = "approval.pluto")]
    pub out: PathBuf,
    /// The identity that owns the realm; the people's keys derive from its secret.
    #[arg(long = "as", default_value = "me")]
    pub identity: String,
}
