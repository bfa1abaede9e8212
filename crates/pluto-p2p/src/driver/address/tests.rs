//! Ids of libp2p and keys of ours are the same nodes.

use super::*;

#[test]
fn ids_and_keys_are_the_same() {
    let keys = libp2p::identity::Keypair::ed25519_from_bytes([7; 32]).expect("32 bytes");
    let id = keys.public().to_peer_id();
    let peer = peer_of(&id).expect("an Ed25519 key");
    assert_eq!(id_of(peer), Some(id));
    assert_eq!(parse_peer(&text_of(peer)), Ok(peer));
    let address = format!("/ip4/127.0.0.1/tcp/1/p2p/{id}");
    assert_eq!(parse_peer(&address), Ok(peer));
    assert!(parse_peer("/ip4/127.0.0.1/tcp/1").is_err());
}
