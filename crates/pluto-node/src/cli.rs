//! The command line: what can be asked for. `commands` does it.

mod access;
mod action;
mod agent;
mod archive;
mod bench;
mod blob;
mod blueprint;
mod credential;
mod crossing;
mod ecl;
mod fork;
mod grant;
mod id;
mod import;
mod peer;
mod policy;
mod proposal;
mod protection;
mod quota;
mod realm;
mod room;
mod saga;
mod state;
mod store;
mod when;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use pluto_core::trust::Dimension;
use pluto_core::{Component, Digest};
use pluto_eclvm::ExecutionMode;
use pluto_nervous_system::modes::SystemMode;

pub use access::{CertCommand, RoleWord, TokenCommand};
pub(crate) use action::setting;
pub use action::{ActionArgs, ApproveArgs, AuditCommand, CompleteArgs, ProveArgs, WishArgs};
pub use agent::{ExecArgs, McpCommand};
pub use archive::{ArchiveCommand, FootingCommand};
pub use bench::BenchCommand;
pub use blob::BlobCommand;
pub use blueprint::BlueprintCommand;
pub use credential::CredentialCommand;
pub use crossing::CrossingCommand;
pub use ecl::{EclCommand, QuestionArgs};
pub use fork::ForkCommand;
pub use grant::{GrantArgs, GrantCommand};
pub use id::{GuardianArgs, IdCommand, RecoverCommand};
pub use import::{ImportCommand, ProcessArgs};
pub use peer::{AllowCommand, PeerCommand, ServeArgs, Story, SyncCommand};
pub use policy::PolicyCommand;
pub use proposal::{ProposalArgs, ProposalCommand, Vote};
pub use protection::ProtectionCommand;
pub use quota::QuotaCommand;
pub use realm::{ChildCommand, RealmCommand, RulesCommand, WitnessCommand};
pub use room::RoomCommand;
pub use saga::{Became, NameArgs, ReportArgs, SagaCommand};
pub use state::{EntryArgs, StateCommand};
pub use store::StoreCommand;

/// A node for verifiable, policy-governed shared state.
///
/// Exit codes: 0 done; 1 refused (the error names its code); 2 wrong usage; 3 damaged data;
/// 4 not allowed; 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "pluto", version, about, propagate_version = true)]
pub struct Cli {
    /// The node's data directory.
    #[arg(
        long,
        global = true,
        env = "PLUTO_DATA",
        hide_env_values = true,
        default_value = "pluto-data"
    )]
    pub data: PathBuf,
    /// Print one JSON document instead of text; errors are one JSON document on standard error.
    #[arg(long, global = true)]
    pub json: bool,
    /// A file whose first line is the keystore's passphrase (else PLUTO_PASSPHRASE, else a prompt).
    #[arg(long, global = true)]
    pub passphrase_file: Option<PathBuf>,
    /// How policies are run: legacy (interpreted), wasm (native code), auto. All give the same answers.
    #[arg(
        long,
        global = true,
        env = "PLUTO_EXECUTION_MODE",
        hide_env_values = true,
        default_value = "auto"
    )]
    pub execution_mode: ExecutionMode,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Begin a node: a data directory, a keystore, and a first identity named `me`.
    Init,
    /// Run the node until Ctrl-C; online if it is told where to listen or whom to meet.
    Serve(ServeArgs),
    /// Play a story by commands you could type, in a directory of its own.
    Demo {
        /// Which.
        #[arg(value_enum, default_value = "agent")]
        story: Story,
        /// Serve what the story left behind until Ctrl-C, with a dashboard to look at it.
        #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true)]
        #[arg(default_missing_value = "127.0.0.1:4717")]
        serve: Option<std::net::SocketAddr>,
    },
    /// What the node holds.
    Status,
    /// Identities of this node.
    #[command(subcommand)]
    Id(IdCommand),
    /// Credentials: an administrator's word about somebody, until it expires or is revoked.
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// Realms.
    #[command(subcommand)]
    Realm(RealmCommand),
    /// Places inside a realm with stricter rules.
    #[command(subcommand)]
    Room(RoomCommand),
    /// Several actions that are all done, or all taken back.
    #[command(subcommand)]
    Saga(SagaCommand),
    /// What members vote on.
    #[command(subcommand)]
    Proposal(ProposalCommand),
    /// From one realm to another, with a receipt on both sides.
    #[command(subcommand)]
    Crossing(CrossingCommand),
    /// Other nodes.
    #[command(subcommand)]
    Peer(PeerCommand),
    /// Certificates of the HTTP face.
    #[command(subcommand)]
    Cert(CertCommand),
    /// Bearer tokens of the HTTP face.
    #[command(subcommand)]
    Token(TokenCommand),
    /// How this node's events compare with those of its peers.
    #[command(subcommand)]
    Sync(SyncCommand),
    /// Events.
    #[command(subcommand)]
    Event(EventCommand),
    /// Attest to somebody: −10 (worst) to 10 (best); 0 takes an earlier word back.
    Attest(AttestArgs),
    /// Trust, and why.
    #[command(subcommand)]
    Trust(TrustCommand),
    /// What advisors make of a realm: concentration, variety, anomalies.
    #[command(subcommand)]
    Protection(ProtectionCommand),
    /// Narrow, expiring rights, handed on and taken back (docs/grants.md).
    #[command(subcommand)]
    Grant(GrantCommand),
    /// Authors who signed two events for one place: proven, frozen, forgiven.
    #[command(subcommand)]
    Fork(ForkCommand),
    /// Files by the hash of what is in them, kept here or fetched from peers.
    #[command(subcommand)]
    Blob(BlobCommand),
    /// Sealed epochs, legal holds, erasure (docs/archive.md).
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// Bundles of policies, rules, rooms and records (docs/blueprints.md).
    #[command(subcommand)]
    Blueprint(BlueprintCommand),
    /// State entries, roots and proofs.
    #[command(subcommand)]
    State(StateCommand),
    /// Ask whether somebody may do something; writes nothing. Exit code 4 for anything but allow.
    Check(ActionArgs),
    /// Ask, and record the decision. Exit code 4 for anything but allow.
    Act(ActionArgs),
    /// Record how an allowed action ended.
    Complete(CompleteArgs),
    /// Answer a decision that asks people.
    Approve(ApproveArgs),
    /// Run a program if the rules allow it, and record both.
    Exec(ExecArgs),
    /// Serve an agent over MCP, or stand between it and another MCP server.
    #[command(subcommand)]
    Mcp(McpCommand),
    /// What agents were allowed, and what they did.
    Log {
        /// How many events, the newest.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Write a decision as a file from which anybody can run it again.
    Prove(ProveArgs),
    /// Everything that was decided, with proof that nothing is missing.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Verify a proof, a decision, an audit or a fork from its file alone; needs no node.
    Verify {
        /// The file.
        proof: PathBuf,
        /// Expect this state root.
        #[arg(long, value_parser = digest)]
        root: Option<Digest>,
        /// The key that the author of a fork signed with: `did:key:…`.
        #[arg(long)]
        key: Option<pluto_identity::DidKey>,
    },
    /// Bring data in; Ctrl-C stops between two days and keeps what is written.
    #[command(subcommand)]
    Import(ImportCommand),
    /// How the 40 components bear on each other.
    #[command(subcommand)]
    Graph(GraphCommand),
    /// Check every byte of the store; the node must not be running.
    Fsck {
        /// Recreate indexes and state from the log.
        #[arg(long)]
        rebuild: bool,
    },
    /// Write a checkpoint now; with `--sign-as`, also sign the roots of a realm.
    Checkpoint(CheckpointArgs),
    /// How much the node does, and the operator's command about it.
    #[command(subcommand)]
    Mode(ModeCommand),
    /// Policies of realms.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Records of the stores that policies declare.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Policies in ECL (docs/ecl.md): check, format, test, compile, ask; needs no node.
    #[command(subcommand)]
    Ecl(EclCommand),
    /// Measure this machine.
    #[command(subcommand)]
    Bench(BenchCommand),
}

/// Who acts, and where.
#[derive(Args, Clone, Debug)]
pub struct Acting {
    /// The identity that signs, by its name in the keystore.
    #[arg(long = "as", default_value = "me")]
    pub identity: String,
    /// The realm, by name or by the beginning of its id; not needed when there is only one.
    #[arg(long)]
    pub realm: Option<String>,
}

/// The realm to read.
#[derive(Args, Clone, Debug)]
pub struct Reading {
    /// The realm, by name or by the beginning of its id; not needed when there is only one.
    #[arg(long)]
    pub realm: Option<String>,
}

/// `pluto event`.
#[derive(Debug, Subcommand)]
pub enum EventCommand {
    /// Put a record: `event append <collection> <key> <value>`.
    Append {
        /// The collection.
        collection: String,
        /// The key in it.
        key: String,
        /// The value; `-` reads it from standard input.
        value: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// List events in canonical order.
    Log {
        /// The first position; negative counts from the end.
        #[arg(long, default_value_t = -20, allow_negative_numbers = true)]
        from: i64,
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: u64,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Show one event.
    Show {
        /// Its id, or its position in the realm.
        id: String,
        /// Where, for a position.
        #[command(flatten)]
        reading: Reading,
    },
}

/// `pluto attest`.
#[derive(Args, Debug)]
pub struct AttestArgs {
    /// Whom: a DID, a label, or a name in the keystore.
    pub subject: String,
    /// The value.
    #[arg(allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-10..=10))]
    pub value: i8,
    /// The dimension: reliability, integrity, competence, prestige, vigilance, omega.
    #[arg(long, default_value = "reliability")]
    pub dimension: Dimension,
    /// Who and where.
    #[command(flatten)]
    pub acting: Acting,
}

/// `pluto trust`.
#[derive(Debug, Subcommand)]
pub enum TrustCommand {
    /// The six values of somebody.
    Show {
        /// A DID, a label, or a name in the keystore.
        subject: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// The most trusted, and the least.
    Top {
        /// How many of each.
        #[arg(long, default_value_t = 10)]
        limit: usize,
        /// The dimension.
        #[arg(long, default_value = "reliability")]
        dimension: Dimension,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// Every attestation behind a value.
    Why {
        /// A DID, a label, or a name in the keystore.
        subject: String,
        /// The dimension.
        #[arg(long, default_value = "reliability")]
        dimension: Dimension,
        /// How many reasons.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
}

/// `pluto graph`.
#[derive(Debug, Subcommand)]
pub enum GraphCommand {
    /// All components with what they depend on and trigger.
    Show,
    /// What a change in one component bears on.
    Impact {
        /// The component.
        component: Component,
    },
    /// The graph in DOT.
    Dot,
}

/// `pluto checkpoint`.
#[derive(Args, Debug)]
pub struct CheckpointArgs {
    /// Also sign a checkpoint as this identity, the realm's creator or one of its witnesses: as
    /// `pluto realm witness sign`.
    #[arg(long)]
    pub sign_as: Option<String>,
    /// The realm to sign for.
    #[arg(long)]
    pub realm: Option<String>,
}

/// `pluto mode`.
#[derive(Debug, Subcommand)]
pub enum ModeCommand {
    /// The mode, and what the operator commanded last.
    Show,
    /// Command a mode as `me`; it lasts over restarts. The node must not be running.
    Set {
        /// normal, degraded (no new executions, no crossings) or emergency (reads only).
        mode: SystemMode,
    },
}

fn digest(text: &str) -> Result<Digest, &'static str> {
    pluto_core::hex::parse(text).map(Digest).ok_or("expected 64 hexadecimal digits")
}
