//! An invitation: which realm, and where it is. It gives no right: the realm's own rules do.

use std::fmt;
use std::str::FromStr;

use pluto_core::RealmId;
use pluto_p2p::driver::parse_peer;

use crate::error::NodeError;

/// How the text begins.
const FRONT: &str = "pluto:realm/";
/// Most addresses in one invitation.
const ADDRESSES_MAX: usize = 16;

/// A realm and the addresses of nodes that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// The realm.
    pub realm: RealmId,
    /// Addresses with the ids of their nodes.
    pub peers: Vec<String>,
}

impl fmt::Display for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FRONT}{}@{}", self.realm, self.peers.join(","))
    }
}

impl FromStr for Invite {
    type Err = NodeError;

    fn from_str(text: &str) -> Result<Self, NodeError> {
        let bad = || {
            let form = format!("{FRONT}<realm>@<address>,…");
            NodeError::BadArgument(format!("expected an invitation `{form}`, found `{text}`"))
        };
        let (realm, peers) =
            text.strip_prefix(FRONT).and_then(|rest| rest.split_once('@')).ok_or_else(bad)?;
        let realm: RealmId = realm.parse().map_err(|_| bad())?;
        let peers: Vec<String> = peers.split(',').map(str::to_owned).collect();
        let is_address = |peer: &String| peer.starts_with('/') && parse_peer(peer).is_ok();
        let fits = peers.len() <= ADDRESSES_MAX && peers.iter().all(is_address);
        if fits { Ok(Self { realm, peers }) } else { Err(bad()) }
    }
}
