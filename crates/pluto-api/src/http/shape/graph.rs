//! The graph of components, and what a node knows of its peers.

use rmcp::schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FinalCheckpoint;

/// How the 40 components bear on each other.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct GraphShown {
    /// The components.
    pub components: Vec<ComponentShown>,
    /// What bears on what.
    pub edges: Vec<EdgeShown>,
    /// The order in which they begin.
    pub init_order: Vec<String>,
}

/// A component.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ComponentShown {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: String,
    /// What it belongs to.
    pub group: String,
    /// How much hangs on it.
    pub criticality: u32,
}

/// One component bears on another.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct EdgeShown {
    /// The one.
    pub from: String,
    /// How.
    pub relation: String,
    /// The other.
    pub to: String,
}

/// What a change in one component bears on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct ImpactShown {
    /// The component.
    pub component: &'static str,
    /// How much hangs on it.
    pub criticality: u32,
    /// Components that depend on it.
    pub direct: Vec<&'static str>,
    /// Components that depend on those.
    pub indirect: Vec<&'static str>,
    /// Components that it sets off.
    pub triggered: Vec<&'static str>,
    /// Components that judge it.
    pub validators: Vec<&'static str>,
    /// Components that gather it.
    pub aggregates: Vec<&'static str>,
}

/// This node, and its peers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct PeersShown {
    /// The id of this node in the network.
    pub node: String,
    /// Who vouches for it.
    pub owner: Option<String>,
    /// Whether it is in the network.
    pub online: bool,
    /// Addresses it listens at.
    pub listening: Vec<String>,
    /// Its peers.
    pub peers: Vec<PeerShown>,
    /// Peers that are shut out.
    pub banned: Vec<String>,
    /// The only peers that may connect; everybody may if there are none.
    pub allowed: Vec<String>,
}

/// A peer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct PeerShown {
    /// Its id.
    pub peer: String,
    /// Whether there is a connection.
    pub connected: bool,
    /// What it has to its credit; unknown while the node is offline.
    pub points: Option<i32>,
    /// Whether it is shut out.
    pub banned: bool,
    /// Who vouches for it.
    pub owner: Option<String>,
    /// Where it is met.
    pub addresses: Vec<String>,
}

/// How the events here compare with those of peers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct SyncShown {
    /// Whether the node is in the network.
    pub online: bool,
    /// The realms that are here.
    pub realms: Vec<SyncRealm>,
    /// What went wrong.
    pub faults: Vec<String>,
}

/// A realm, and how it stands with peers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct SyncRealm {
    /// Its name.
    pub name: String,
    /// Its id.
    pub realm: String,
    /// Its events.
    pub events: u64,
    /// The root over its heads.
    pub heads_root: String,
    /// The state root.
    pub state_root: String,
    /// The last final checkpoint.
    pub checkpoint: Option<FinalCheckpoint>,
    /// The peers that share it.
    pub peers: Vec<SyncPeer>,
}

/// A peer that shares a realm.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct SyncPeer {
    /// Its id.
    pub peer: String,
    /// Who vouches for it.
    pub owner: Option<String>,
    /// Whether it has the same events, as far as it has said.
    pub equal: Option<bool>,
    /// The root over its heads.
    pub heads_root: Option<String>,
    /// How the last comparison ended.
    pub last: Option<String>,
    /// Events that came from it.
    pub events: u64,
}

/// Whether realms are being compared.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub struct SyncStarted {
    /// Whether the node is in the network.
    pub online: bool,
    /// How many realms.
    pub realms: usize,
    /// The record of the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}
