//! Real nodes on temporary directories, connected over loopback.

use std::sync::Arc;
use std::time::Duration;

use pluto_core::{Canonical, Digest, RealmId, Run};
use pluto_node::node::{NetworkConfig, Node};
use pluto_storage::{LogOptions, Store};
use tempfile::TempDir;

use super::world::submit;

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(600);
const LISTEN: &str = "/ip4/127.0.0.1/tcp/0";

/// A node.
pub(crate) struct Peer {
    pub(crate) node: Node,
    pub(crate) dir: TempDir,
}

impl Peer {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store"), LogOptions::default()).unwrap();
        Self { node: Node::start(store, &|_| {}).unwrap(), dir }
    }

    pub(crate) fn take<'a>(&self, runs: impl IntoIterator<Item = &'a Arc<[u8]>>) {
        submit(self.node.system(), runs.into_iter().cloned());
    }

    /// Listens, and meets others; gives the addresses it listens at.
    pub(crate) fn go_online(&self, peers: Vec<String>, realm: RealmId) -> Vec<String> {
        let (listen, realms) = (vec![LISTEN.to_owned()], vec![realm.to_string()]);
        let config = NetworkConfig { listen, peers, realms, ..NetworkConfig::default() };
        self.node.go_online(self.dir.path(), &config).unwrap();
        let listening =
            || self.node.network_status().unwrap().map_or(Vec::new(), |now| now.listening);
        assert!(self.node.wait_until(PATIENCE, || !listening().is_empty()), "nobody listens");
        listening()
    }

    pub(crate) fn root(&self, realm: RealmId) -> Option<Digest> {
        self.node.system().snapshot(realm).map(|now| now.roots().state)
    }

    pub(crate) fn wait_for(&self, realm: RealmId, root: Option<Digest>) {
        assert!(self.node.wait_until(PATIENCE, || self.root(realm) == root), "not equal in time");
    }
}

/// The realm of encoded runs.
pub(crate) fn realm_of(joins: &[Arc<[u8]>]) -> RealmId {
    Run::decode(&joins[0]).unwrap().realm().unwrap()
}
