//! How the network stands, for whoever asks.

use pluto_core::{Did, RealmId};

use super::peer::Standing;
use crate::peer::PeerId;

/// The network of a node.
#[derive(Clone, Debug)]
pub struct NetworkStatus {
    /// This node.
    pub node: PeerId,
    /// The addresses it can be reached at, with its id at their end.
    pub listening: Vec<String>,
    /// Peers that are connected, wanted or remembered, ascending.
    pub peers: Vec<PeerStatus>,
}

/// A peer.
#[derive(Clone, Debug)]
pub struct PeerStatus {
    /// The peer.
    pub peer: PeerId,
    /// Whose node it is, if it has shown that.
    pub owner: Option<Did>,
    /// Where it is, or may be.
    pub addresses: Vec<String>,
    /// Whether there is a connection.
    pub connected: bool,
    /// Its points, see `docs/sync.md`.
    pub points: i32,
    /// Whether it is shut out.
    pub banned: bool,
    /// The realms that are shared with it.
    pub realms: Vec<(RealmId, Standing)>,
}
