//! `pluto realm`.

use clap::Subcommand;
use pluto_core::Did;

use super::{Acting, Reading};

/// `pluto realm`.
#[derive(Debug, Subcommand)]
pub enum RealmCommand {
    /// Create a realm.
    Create {
        /// Its name.
        name: String,
        /// The identity that creates it.
        #[arg(long = "as", default_value = "me")]
        identity: String,
        /// Members are added by administrators only.
        #[arg(long)]
        invite: bool,
        /// DIDs trust flows from; the creator when none is given.
        #[arg(long = "root")]
        roots: Vec<Did>,
    },
    /// List all realms.
    List,
    /// Print an invitation to give to others; in a realm by invitation, make somebody a member first.
    Invite {
        /// Whom, by DID; anybody when not given.
        who: Option<Did>,
        /// An address of this node, if others reach it at one that it does not know itself.
        #[arg(long)]
        at: Vec<String>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Join a realm: get it from the nodes that an invitation names, and introduce an identity.
    Join {
        /// The invitation.
        invite: String,
        /// The identity that joins.
        #[arg(long = "as", default_value = "me")]
        identity: String,
        /// Seconds to wait for the realm.
        #[arg(long, default_value_t = 30)]
        wait: u64,
    },
    /// Who belongs to a realm.
    Members {
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Who signs checkpoints, and the last one.
    #[command(subcommand)]
    Witness(WitnessCommand),
}

/// `pluto realm witness`.
#[derive(Debug, Subcommand)]
pub enum WitnessCommand {
    /// The witnesses, and the last checkpoint that is final.
    Show {
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Declare who witnesses the realm, from its next final checkpoint on.
    Set {
        /// The witnesses: members by name, label or DID.
        #[arg(required = true)]
        witnesses: Vec<String>,
        /// How many of them must sign; two thirds, rounded up, unless it is said.
        #[arg(long)]
        threshold: Option<usize>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Sign a checkpoint: the newest that another witness proposed, if its roots come out here, else a new
    /// one over everything that is here. The same as `pluto checkpoint --sign-as`.
    Sign {
        /// Propose a new one all the same.
        #[arg(long)]
        propose: bool,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
}
