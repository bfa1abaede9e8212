//! `pluto credential`.

use clap::Subcommand;
use pluto_core::{Digest, EventId};

use super::{Acting, Reading};

/// `pluto credential`.
#[derive(Debug, Subcommand)]
pub enum CredentialCommand {
    /// Issue a credential, as an administrator of the realm.
    Issue {
        /// Whom it is about: a DID, a label, or a name in the keystore.
        subject: String,
        /// What is said, such as `iso9001/auditor`.
        schema: String,
        /// Digest of the claims, which stay with the parties: 64 hexadecimal digits.
        #[arg(long, value_parser = super::digest)]
        claims: Option<Digest>,
        /// Days from now until it ends.
        #[arg(long, default_value_t = 365)]
        days: u32,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Take a credential back, as its issuer.
    Revoke {
        /// The event that issued it.
        credential: EventId,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// List the credentials of a realm.
    List(Reading),
}
