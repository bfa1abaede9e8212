//! `pluto blueprint`.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Acting, Reading};

/// `pluto blueprint`.
#[derive(Debug, Subcommand)]
pub enum BlueprintCommand {
    /// Publish a blueprint from its description, a JSON file (docs/blueprints.md).
    Publish {
        /// The description; files that it names are beside it.
        file: PathBuf,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Publish another blueprint that names this one as what it came from.
    Fork {
        /// The one it comes from: its id, the beginning of its id, or its name.
        parent: String,
        /// The description of the new one; without it everything but the name stays.
        #[arg(long)]
        file: Option<PathBuf>,
        /// The name of the new one.
        #[arg(long, required_unless_present = "file")]
        name: Option<String>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// List the blueprints of a realm, and what is deployed.
    List(Reading),
    /// Show a blueprint with its parts and attestations.
    Show {
        /// Its id, the beginning of its id, or its name.
        blueprint: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Vouch for a blueprint, as a holder of a credential.
    Attest {
        /// Its id, the beginning of its id, or its name.
        blueprint: String,
        /// The schema of the credential.
        #[arg(long)]
        schema: String,
        /// Take the word back.
        #[arg(long)]
        withdraw: bool,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Rule which attestations a blueprint needs before it is deployed: schemas of credentials.
    Require {
        /// The schemas; none at all asks for nothing.
        schemas: Vec<String>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Put a blueprint to use: its parts become events of the realm.
    Deploy {
        /// Its id, the beginning of its id, or its name.
        blueprint: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
}
