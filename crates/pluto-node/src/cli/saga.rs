//! `pluto saga`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use pluto_core::Digest;

use super::when::span;
use super::{Acting, Reading};

/// `pluto saga`.
#[derive(Debug, Subcommand)]
pub enum SagaCommand {
    /// Begin several actions that are all done, or all taken back.
    Start {
        /// A step: `<action> <resource> [amount] [undo <action>] [by <credential>|by anybody]`; in
        /// order. Only the last may be without `undo`. Who reports on it is the owner, unless it says.
        #[arg(long = "step", required = true)]
        steps: Vec<String>,
        /// Realm time it has: `12h`, `7d`; a day unless it is said.
        #[arg(long = "within", value_parser = span)]
        timeout_ms: Option<u64>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Begin to hand an amount of something over: it is locked, then handed over.
    Transfer {
        /// What.
        asset: String,
        /// How much.
        amount: u64,
        /// To whom: a DID, a label, or a name in the keystore.
        to: String,
        /// Realm time it has: `12h`, `7d`; a day unless it is said.
        #[arg(long = "within", value_parser = span)]
        timeout_ms: Option<u64>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Begin an open saga, a case: its steps are named as they come, and its owner closes it.
    Open {
        /// What it is about, such as `permits/17`.
        about: String,
        /// Who names its steps and reports on them: a credential, `anybody`, or `owner`.
        #[arg(long, default_value = "owner")]
        by: String,
        /// Realm time it has: `12h`, `90d`; a day unless it is said, ten years at most.
        #[arg(long = "within", value_parser = span)]
        timeout_ms: Option<u64>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Name the next step of an open saga: it begins, or with `--taken` it is done already.
    Name(NameArgs),
    /// Close an open saga whose steps are all done.
    Close {
        /// Its id or the beginning of it, or what an open saga is about.
        id: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Say what became of the step in question: `running` before it is taken, then `done` or `failed`.
    Report(ReportArgs),
    /// Show a saga, and what is to be done next.
    Show {
        /// Its id or the beginning of it, or what an open saga is about.
        id: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// List the sagas of a realm.
    List {
        /// Only those that are not at an end.
        #[arg(long)]
        open: bool,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Try again to take a stuck saga back, as an administrator.
    Retry {
        /// Its id or the beginning of it, or what an open saga is about.
        id: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Give a saga up: what was begun is taken back. After its deadline anybody may.
    Abort {
        /// Its id or the beginning of it, or what an open saga is about.
        id: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
}

/// `pluto saga report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Its id or the beginning of it, or what an open saga is about.
    pub id: String,
    /// What became of the step that is to be taken, or taken back.
    #[arg(value_enum)]
    pub what: Became,
    /// A file that holds what came of the step: its hash is recorded.
    #[arg(long, conflicts_with = "digest")]
    pub result: Option<PathBuf>,
    /// BLAKE3 of what came of it, where there is no file.
    #[arg(long, value_parser = super::digest)]
    pub digest: Option<Digest>,
    /// Who and where.
    #[command(flatten)]
    pub acting: Acting,
}

/// `pluto saga name`.
#[derive(Args, Debug)]
pub struct NameArgs {
    /// Its id or the beginning of it, or what it is about.
    pub id: String,
    /// What is done.
    pub action: String,
    /// What takes it back.
    #[arg(long)]
    pub undo: Option<String>,
    /// It was taken before.
    #[arg(long)]
    pub taken: bool,
    /// A file that holds what came of it: its hash is recorded.
    #[arg(long, conflicts_with = "digest", requires = "taken")]
    pub result: Option<PathBuf>,
    /// BLAKE3 of what came of it, or the id of the decision about it.
    #[arg(long, value_parser = super::digest, requires = "taken")]
    pub digest: Option<Digest>,
    /// Who and where.
    #[command(flatten)]
    pub acting: Acting,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Became {
    /// It is about to be taken.
    Running,
    /// It was taken.
    Done,
    /// It ended without any effect.
    Failed,
    /// It was taken back.
    Compensated,
    /// Taking it back failed.
    CompensationFailed,
}
