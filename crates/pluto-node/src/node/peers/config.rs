//! What an operator set for the network, and the files of it in the data directory.
//!
//! ```text
//! <data>/network.toml   addresses, peers, realms looked for
//! <data>/node.key       the node's secret key, 64 hexadecimal digits, mode 0600
//! <data>/node.binding   whose node it is, signed
//! ```

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use pluto_core::traits::Signer;
use pluto_core::{Canonical, Digest, RealmId, hex};
use pluto_error::Result;
use pluto_identity::IdentitySecret;
use pluto_p2p::PeerId;
use pluto_p2p::driver::{NodeKey, Settings, new_node_key, node_of, parse_peer};
use pluto_p2p::hello::{Binding, HELLO_BYTES_MAX};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::NodeError;
use crate::observe;
use crate::replace::replace;
use crate::settings::load;

/// The longest settings in bytes: a hundred thousand peers.
const SETTINGS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// `network.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// The addresses to listen at.
    pub listen: Vec<String>,
    /// The peers to be connected with.
    pub peers: Vec<String>,
    /// The ids of peers that are shut out.
    pub banned: Vec<String>,
    /// The ids of peers that alone may connect; when there are none, everybody may.
    pub allowed: Vec<String>,
    /// Realms that are looked for, and not here yet.
    pub realms: Vec<String>,
    /// Whether peers of the local network are found, and find this node.
    pub mdns: bool,
    /// Whether peers that share an open realm are found through others.
    pub dht: bool,
    /// Whether others may reach each other through this node.
    pub relay: bool,
}

impl NetworkConfig {
    /// What is set in `data`; the default where nothing is.
    ///
    /// # Errors
    /// `NOD-0004` for a file that cannot be read, `NOD-0007` for one that says something else.
    pub fn load(data: &Path) -> Result<Self> {
        load(&path(data), SETTINGS_BYTES_MAX)
    }

    /// Writes it down: all of it, or nothing.
    ///
    /// # Errors
    /// `NOD-0004`.
    pub fn save(&self, data: &Path) -> Result<()> {
        let path = path(data);
        let failed = |error| NodeError::file("write", &path, std::io::Error::other(error));
        let text = toml::to_string(self).map_err(failed)?;
        replace(&path, text.as_bytes())
    }

    /// Whether a node with these settings goes online at all.
    #[must_use]
    pub fn is_online(&self) -> bool {
        !self.listen.is_empty() || !self.peers.is_empty()
    }

    /// The same for the driver.
    ///
    /// # Errors
    /// `P2P-0008` for an id that is none.
    pub fn settings(&self) -> Result<Settings> {
        let ids = |ids: &[String]| ids.iter().map(|id| parse_peer(id)).collect::<Result<_, _>>();
        let (banned, allowed) = (ids(&self.banned)?, ids(&self.allowed)?);
        let (listen, peers) = (self.listen.clone(), self.peers.clone());
        let Self { mdns, dht, relay, .. } = *self;
        let traced = observe::peers().to_vec();
        Ok(Settings { listen, peers, banned, allowed, traced, mdns, dht, relay })
    }

    /// The realms that are looked for.
    ///
    /// # Errors
    /// `NOD-0007` for an id that is none.
    pub fn wanted(&self) -> Result<Vec<RealmId>> {
        let parse = |text: &String| {
            let bad =
                || NodeError::BadArgument(format!("expected the id of a realm, found `{text}`"));
            hex::parse(text).map(RealmId).ok_or_else(bad)
        };
        Ok(self.realms.iter().map(parse).collect::<Result<_, _>>()?)
    }
}

fn path(data: &Path) -> PathBuf {
    data.join("network.toml")
}

/// The node's key; made on first use.
///
/// # Errors
/// `NOD-0004` when the file cannot be used.
pub fn node_key(data: &Path) -> Result<Zeroizing<NodeKey>> {
    let path = data.join("node.key");
    let failed = |action, error| NodeError::file(action, &path, error);
    match fs::read_to_string(&path).map(Zeroizing::new) {
        Ok(text) => {
            let bad = || std::io::Error::other("not 64 hexadecimal digits");
            let key = hex::parse(text.trim()).ok_or_else(|| failed("read", bad()))?;
            Ok(Zeroizing::new(key))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = Zeroizing::new(new_node_key()?);
            let text = Zeroizing::new(Digest(*key).to_string());
            let mut options = OpenOptions::new();
            let file = options.write(true).create_new(true).mode(0o600).open(&path);
            file.and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .map_err(|error| failed("create", error))?;
            Ok(key)
        }
        Err(error) => Err(failed("read", error).into()),
    }
}

/// Whose node it is, if that was signed for this node key.
#[must_use]
pub fn binding(data: &Path, node: PeerId) -> Option<Binding> {
    let bytes = fs::read(data.join("node.binding")).ok()?;
    let binding = Binding::decode(bytes.get(..bytes.len().min(HELLO_BYTES_MAX))?).ok()?;
    binding.owner(node, &pluto_identity::Zip215Verifier)?;
    Some(binding)
}

/// Signs that the node of `data` is that of `owner`, and keeps it.
///
/// # Errors
/// `NOD-0004` when the file cannot be written.
pub fn bind(data: &Path, owner: &IdentitySecret) -> Result<Binding> {
    let node = node_of(*node_key(data)?)?;
    let keys = owner.key_pair();
    let key = keys.public_key();
    let signature = keys.sign(&Binding::message(node, owner.did(), &key))?;
    let binding = Binding { inception: owner.inception().clone(), key, signature };
    replace(&data.join("node.binding"), &binding.encode())?;
    Ok(binding)
}
