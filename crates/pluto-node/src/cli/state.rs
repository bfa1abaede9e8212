//! `pluto state`: what can be asked about state entries.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use pluto_core::Component;

use super::Reading;

/// A state entry.
#[derive(Args, Clone, Debug)]
pub struct EntryArgs {
    /// The component, such as `Trust` or `KvStore`.
    pub component: Component,
    /// The key: `hex:…`, `did:…`, `record:<collection>/<key>`, `trust:<subject>[/<dimension>]`,
    /// `edge:<subject>/<attester>[/<dimension>]`, `member:<subject>`, or plain text.
    pub key: String,
    /// Where.
    #[command(flatten)]
    pub reading: Reading,
}

/// `pluto state`.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// The value of an entry.
    Get(EntryArgs),
    /// The roots of a realm.
    Root(Reading),
    /// Write a proof of an entry, or of its absence, to a file.
    Prove {
        /// The entry.
        #[command(flatten)]
        entry: EntryArgs,
        /// The file.
        #[arg(long, short, default_value = "state.proof")]
        out: PathBuf,
        /// Also sign the root in a checkpoint, as this identity (the creator of the realm).
        #[arg(long)]
        sign_as: Option<String>,
        /// Prove it as the last final checkpoint has it, with the signatures of the realm's witnesses.
        #[arg(long, conflicts_with = "sign_as")]
        witnessed: bool,
    },
}
