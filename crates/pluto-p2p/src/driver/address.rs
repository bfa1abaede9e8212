//! Names of nodes: 32 bytes for the machines, a multihash of a protobuf message for libp2p.

use libp2p::identity::{PublicKey, ed25519};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId as NodeId};

use crate::error::P2pError;
use crate::peer::PeerId;

/// What stands before an Ed25519 key in the id that libp2p makes of it: an identity multihash of 36
/// bytes, and in it a key of type 1 with 32 bytes.
const FRONT: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// The key in an id; none for ids of other keys, which no node here has.
pub(super) fn peer_of(id: &NodeId) -> Option<PeerId> {
    let bytes = id.to_bytes();
    let key = bytes.strip_prefix(&FRONT)?;
    Some(PeerId(key.try_into().ok()?))
}

/// The id of a key.
pub(super) fn id_of(peer: PeerId) -> Option<NodeId> {
    let key = ed25519::PublicKey::try_from_bytes(&peer.0).ok()?;
    Some(PublicKey::from(key).to_peer_id())
}

/// The id of a node as people read it.
#[must_use]
pub fn text_of(peer: PeerId) -> String {
    id_of(peer).map_or_else(|| peer.to_string(), |id| id.to_base58())
}

/// The node that a text names: an id, or an address that ends with one.
///
/// # Errors
/// `P2P-0008` for anything else.
pub fn parse_peer(text: &str) -> Result<PeerId, P2pError> {
    let bad = || P2pError::BadAddress(text.to_owned());
    match text.parse::<NodeId>() {
        Ok(id) => peer_of(&id).ok_or_else(bad),
        Err(_) => Ok(parse_address(text)?.1),
    }
}

/// An address with the node behind it, such as `/ip4/192.0.2.1/tcp/4100/p2p/12D3KooW…`.
///
/// # Errors
/// `P2P-0008` for what is no address, or names no node at its end.
pub(super) fn parse_address(text: &str) -> Result<(Multiaddr, PeerId), P2pError> {
    let bad = || P2pError::BadAddress(text.to_owned());
    let address: Multiaddr = text.parse().map_err(|_| bad())?;
    let Some(Protocol::P2p(id)) = address.iter().last() else { return Err(bad()) };
    let peer = peer_of(&id).ok_or_else(bad)?;
    Ok((address, peer))
}

#[cfg(test)]
mod tests;
