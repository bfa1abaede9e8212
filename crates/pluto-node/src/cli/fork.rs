//! `pluto fork`.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Acting, Reading};

/// `pluto fork`.
#[derive(Debug, Subcommand)]
pub enum ForkCommand {
    /// List proven forks and frozen authors of a realm.
    List(Reading),
    /// Show what is proven against somebody; with `--out`, write the newest proof as a file.
    Show {
        /// A DID, a label, or a name in the keystore.
        who: String,
        /// The file to write.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Report a fork from its proof, or all that this node met and nobody has reported: their
    /// authors are frozen in the realm.
    Report {
        /// The file; without one, what `fork list` shows as not reported, in all realms.
        proof: Option<PathBuf>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Lift a freeze, as an administrator of the realm.
    Lift {
        /// A DID, a label, or a name in the keystore.
        who: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
}
