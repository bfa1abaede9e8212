//! What nodes say of themselves: what they hold, how they are, whom they know.

use rmcp::schemars::JsonSchema;
use serde::Serialize;

use super::{BorderShown, Health};

/// What a node holds, and how it is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct StatusShown {
    /// The version of the build.
    pub version: &'static str,
    /// The data directory.
    pub data: String,
    /// `normal`, `degraded` or `emergency`.
    pub mode: &'static str,
    /// Why nothing is ever written: the log is damaged.
    pub read_only: Option<Fault>,
    /// Realms that are here.
    pub realms: u64,
    /// Events of all of them.
    pub events: u64,
    /// State entries of all of them.
    pub state_entries: u64,
    /// Length of the log.
    pub log_bytes: u64,
    /// Length of all files of the store.
    pub disk_bytes: u64,
    /// What of it is in memory.
    pub shards: ShardsShown,
    /// The last border of each realm that has one.
    #[serde(rename = "final")]
    pub finals: Vec<FinalShown>,
    /// Realms that take no writes, and why.
    pub stopped: Vec<RivalShown>,
    /// Borders of realms whose state here is not what was signed there.
    pub signed_otherwise: Vec<FinalShown>,
    /// How the node came by its state.
    pub opened: OpenedShown,
    /// How well it does.
    pub health: HealthShown,
    /// Whether it takes writes.
    pub ready: Health,
    /// Whether it lives.
    pub live: Health,
}

/// A fault with its code.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct Fault {
    /// The code, see `/v1/errors`.
    pub code: &'static str,
    /// The fault.
    pub message: String,
}

/// Realms in memory and on the disk.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ShardsShown {
    /// On the disk.
    pub stored: u64,
    /// In memory for writing.
    pub writer: ResidentShown,
    /// In memory for reading.
    pub readers: ResidentShown,
}

/// Realms in memory, and what came and went.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ResidentShown {
    /// Realms.
    pub resident: u64,
    /// Bytes they take.
    pub bytes: u64,
    /// Bytes they may take.
    pub bytes_max: u64,
    /// Realms that were in memory when they were wanted.
    pub hits: u64,
    /// Those that were read from the disk.
    pub loads: u64,
    /// Those that were folded out of the log.
    pub folded: u64,
    /// Those that were let go.
    pub evictions: u64,
    /// How long reading one takes.
    pub load_us: LoadShown,
}

/// Microseconds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct LoadShown {
    /// What 99 of 100 take at most.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

/// The last border of a realm.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct FinalShown {
    /// The realm's id.
    pub realm: String,
    /// The border.
    pub border: BorderShown,
}

/// A realm that is stopped.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct RivalShown {
    /// The realm's id.
    pub realm: String,
    /// The checkpoint that is final beside the border.
    pub rival: String,
}

/// How a node came by its state.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct OpenedShown {
    /// Events that a checkpoint on the disk covered.
    pub from_checkpoint: u64,
    /// Events that were folded again.
    pub replayed: u64,
}

/// How well a node does.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct HealthShown {
    /// `healthy`, `strained` or `sick`.
    pub level: &'static str,
    /// Why, the worst first.
    pub reasons: Vec<String>,
    /// What is past for longer counts no more.
    pub window_s: u64,
    /// What was looked at.
    pub indicators: IndicatorsShown,
}

/// What health is judged by.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct IndicatorsShown {
    /// Why the log takes no writes now.
    pub append_failure: Option<String>,
    /// Faults of the node.
    pub node_anomalies: u64,
    /// Authors that misbehaved.
    pub author_anomalies: u64,
    /// Faults found with peers.
    pub peer_faults: u64,
    /// How full the fullest lane is.
    pub queue_ppm: u64,
    /// How long events wait for a checkpoint; none wait when it is null.
    pub unsaved_ms: Option<u64>,
    /// Peers, if the node is online.
    pub peers: Option<PeerCount>,
    /// Observers that are no longer called.
    pub observers_quarantined: Vec<String>,
}

/// How many peers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct PeerCount {
    /// Connected ones.
    pub connected: u64,
    /// All.
    pub known: u64,
}

/// The mode, and what was commanded.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ModeShown {
    /// `normal`, `degraded` or `emergency`.
    pub mode: &'static str,
    /// The operator's last command.
    pub commanded: Option<CommandShown>,
}

/// A mode that was commanded.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct CommandShown {
    /// The mode.
    pub mode: &'static str,
    /// The event that commanded it.
    pub event: String,
}

/// A mode that is commanded.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ModeSet {
    /// The mode before.
    pub from: &'static str,
    /// The mode now.
    pub mode: &'static str,
    /// The event that commanded it.
    pub event: String,
}

/// A checkpoint of the state on the disk.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct SavedShown {
    /// Whether it is there.
    pub written: bool,
    /// The record of the command.
    pub event: String,
}

/// An identity of the node's owner.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct NameShown {
    /// Its DID.
    pub did: String,
    /// What the owner calls it; no event says so.
    pub name: String,
}
