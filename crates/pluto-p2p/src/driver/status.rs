//! How the network stands, for whoever asks.

use libp2p::multiaddr::Protocol;
use pluto_core::{Did, RealmId};

use super::host::Host;
use super::peer::Standing;
use super::run::Driver;
use crate::peer::{Millis, PeerId};

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

impl<H: Host> Driver<H> {
    pub(super) fn status(&self) -> NetworkStatus {
        let now = self.now();
        let near = self.peers.keys().chain(self.dialer.peers()).chain(&self.banned);
        let mut peers: Vec<PeerId> = near.copied().collect();
        peers.sort_unstable();
        peers.dedup();
        let id = self.swarm.local_peer_id();
        let own = self.swarm.listeners().chain(self.swarm.external_addresses());
        let mut listening: Vec<String> = own
            .map(|at| match at.iter().last() {
                // One through a relay names it already.
                Some(Protocol::P2p(end)) if end == *id => at.to_string(),
                _ => format!("{at}/p2p/{id}"),
            })
            .collect();
        listening.sort_unstable();
        listening.dedup();
        let peers = peers.into_iter().map(|peer| self.peer_status(peer, now)).collect();
        NetworkStatus { node: self.node, listening, peers }
    }

    fn peer_status(&self, peer: PeerId, now: Millis) -> PeerStatus {
        let known = self.peers.get(&peer);
        let at = known.map(|known| known.address.to_string());
        let mut addresses: Vec<String> = at.into_iter().collect();
        if addresses.is_empty() {
            addresses.extend(self.dialer.addresses(&peer).iter().map(ToString::to_string));
        }
        let standing = |realm: &RealmId| {
            let standing = known.and_then(|known| known.standing.get(realm)).cloned();
            (*realm, standing.unwrap_or_default())
        };
        PeerStatus {
            peer,
            owner: known.and_then(|known| known.owner),
            addresses,
            connected: known.is_some(),
            points: self.scores.points(&peer, now),
            banned: self.scores.is_banned(&peer, now),
            realms: known.into_iter().flat_map(|known| &known.realms).map(standing).collect(),
        }
    }
}
