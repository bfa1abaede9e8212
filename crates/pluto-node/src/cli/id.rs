//! `pluto id`: identities of this node, their keys, and those of others.

use clap::{Args, Subcommand, ValueEnum};
use pluto_core::{Did, Digest, Namespace};
use pluto_identity::{DidKey, Purpose};

use super::{Acting, Reading};

/// `pluto id`.
#[derive(Debug, Subcommand)]
pub enum IdCommand {
    /// Create an identity in the keystore.
    Create {
        /// Its name in the keystore.
        name: String,
        /// What it is: self, guild, spirit (an AI agent), thing, vessel, source, craft, vault, pact,
        /// circle.
        #[arg(long, default_value = "self")]
        namespace: Namespace,
        /// Who may give it another key when its own is lost; fixed for ever.
        #[command(flatten)]
        guardians: GuardianArgs,
    },
    /// Derive a sub-identity from the seed of another: whoever has the one can have the other.
    Derive {
        /// The owner's name in the keystore.
        owner: String,
        /// The name of the new one.
        name: String,
        /// What it is for.
        #[arg(long)]
        purpose: PurposeArg,
    },
    /// Show one identity.
    Show {
        /// Its name in the keystore.
        name: String,
    },
    /// List all identities and contacts; needs no passphrase.
    List,
    /// Change to the next key, in every realm that knows the identity.
    Rotate {
        /// Its name in the keystore.
        name: String,
        /// Only in this realm, by name or by the beginning of its id.
        #[arg(long)]
        realm: Option<String>,
    },
    /// Give an identity whose key is lost another one, with its guardians.
    #[command(subcommand)]
    Recover(RecoverCommand),
    /// Print the W3C DID document of an identity: as it began, or as a realm knows it.
    Document {
        /// A name in the keystore, a DID, or (with `--realm`) a label.
        who: String,
        /// The realm whose state tells the active key, by name or by the beginning of its id.
        #[arg(long)]
        realm: Option<String>,
    },
    /// Name the identity of somebody else that is a single key and never rotates.
    Import {
        /// Its `did:key`.
        key: DidKey,
        /// Your name for it.
        #[arg(long)]
        name: String,
        /// What it is.
        #[arg(long, default_value = "self")]
        namespace: Namespace,
    },
}

/// Guardians of a new identity.
#[derive(Args, Debug)]
pub struct GuardianArgs {
    /// The DID of a guardian; repeat for more, up to 16.
    #[arg(long = "guardian", requires = "threshold")]
    pub guardians: Vec<Did>,
    /// How many of them must agree.
    #[arg(long, requires = "guardians")]
    pub threshold: Option<u8>,
    /// Hours of realm time between their word and its effect, in which the owner can cancel.
    #[arg(long, default_value_t = 72)]
    pub delay_hours: u32,
}

/// `pluto id recover`.
#[derive(Debug, Subcommand)]
pub enum RecoverCommand {
    /// As the owner: make new keys and print what the guardians need.
    Begin {
        /// The DID of the identity.
        did: Did,
        /// Its name in this keystore.
        #[arg(long)]
        name: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// As a guardian: agree to the new key. Make sure by other means that the owner asks for it.
    Approve {
        /// The DID of the identity.
        did: Did,
        /// The new key.
        #[arg(long)]
        key: DidKey,
        /// The digest of the key after it.
        #[arg(long, value_parser = super::digest)]
        next: Digest,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// As the owner: take the identity over, when enough guardians agreed and the delay has passed.
    Finish {
        /// Its name in this keystore.
        name: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
}

/// What a sub-identity is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PurposeArg {
    /// An AI agent of the owner.
    Agent,
    /// A device of the owner.
    Device,
    /// The owner in one realm, not linkable to the owner elsewhere.
    Realm,
}

impl From<PurposeArg> for Purpose {
    fn from(purpose: PurposeArg) -> Self {
        match purpose {
            PurposeArg::Agent => Self::Agent,
            PurposeArg::Device => Self::Device,
            PurposeArg::Realm => Self::Realm,
        }
    }
}
