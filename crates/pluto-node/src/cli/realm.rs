//! `pluto realm`.

use std::path::PathBuf;

use clap::Subcommand;
use pluto_core::Did;

use super::quota::QuotaCommand;
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
    /// The rules a realm declares, inherits and lives by (docs/realms.md).
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Realms below a realm.
    #[command(subcommand)]
    Child(ChildCommand),
    /// Show a child by which rules its parent lives now; the first time binds the child for ever.
    Inherit {
        /// The parent, if its creator's key is here: its checkpoint is signed along the way.
        #[arg(long, required_unless_present = "proof")]
        parent: Option<String>,
        /// What `realm child prove` wrote on another node.
        #[arg(long, conflicts_with = "parent")]
        proof: Option<PathBuf>,
        /// Who, and which realm is the child.
        #[command(flatten)]
        acting: Acting,
    },
    /// What parties may use, and who used too much.
    #[command(subcommand)]
    Quota(QuotaCommand),
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

/// `pluto realm rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Show every rule: what is declared, what is inherited, what holds.
    Show(Reading),
    /// Declare rules, beside those declared before: `max_events=100+10/day`; `none` takes one away.
    Set {
        /// The rules, as `realm rules show` names them.
        #[arg(required = true, value_name = "RULE=VALUE")]
        rules: Vec<String>,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
}

/// `pluto realm child`.
#[derive(Debug, Subcommand)]
pub enum ChildCommand {
    /// Create a realm below another one: it is adopted and inherits at once.
    Create {
        /// Its name.
        name: String,
        /// Members are added by administrators only.
        #[arg(long)]
        invite: bool,
        /// Who, and which realm is the parent.
        #[command(flatten)]
        acting: Acting,
    },
    /// Take a realm that is there already as a child, as an administrator of the parent.
    Adopt {
        /// The child: its name, or its id where it is on another node.
        child: String,
        /// Who, and which realm is the parent.
        #[command(flatten)]
        acting: Acting,
    },
    /// List the children of a realm.
    List(Reading),
    /// Write a file from which a child on another node inherits; signs a checkpoint of the parent.
    Prove {
        /// The child: its name, or its id where it is on another node.
        child: String,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
        /// The parent.
        #[command(flatten)]
        reading: Reading,
    },
}
