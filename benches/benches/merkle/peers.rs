//! `jmt` over plain hash maps: nothing but the tree itself is measured.

use std::collections::HashMap;

use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{JellyfishMerkleTree, KeyHash, OwnedValue, SimpleHasher, Version};
use sha2::Digest;

/// SHA-256 as `jmt` wants it.
pub(crate) struct JmtSha256(sha2::Sha256);

impl SimpleHasher for JmtSha256 {
    fn new() -> Self {
        Self(sha2::Sha256::new())
    }

    fn update(&mut self, data: &[u8]) {
        Digest::update(&mut self.0, data);
    }

    fn finalize(self) -> [u8; 32] {
        Digest::finalize(self.0).into()
    }
}

/// BLAKE3 as `jmt` wants it.
pub(crate) struct Blake3(blake3::Hasher);

impl SimpleHasher for Blake3 {
    fn new() -> Self {
        Self(blake3::Hasher::new())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

/// Nodes and newest values in memory; stale nodes are dropped at once.
#[derive(Default)]
pub(crate) struct Store {
    nodes: HashMap<NodeKey, Node>,
    values: HashMap<KeyHash, OwnedValue>,
    version: Version,
}

impl TreeReader for Store {
    fn get_node_option(&self, node_key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.nodes.get(node_key).cloned())
    }

    fn get_value_option(
        &self,
        _: Version,
        key_hash: KeyHash,
    ) -> anyhow::Result<Option<OwnedValue>> {
        Ok(self.values.get(&key_hash).cloned())
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}

impl Store {
    /// A store with these entries.
    pub(crate) fn filled<H: SimpleHasher>(
        entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Self {
        let mut store = Self::default();
        store.put::<H>(entries.collect());
        store
    }

    /// Puts one batch and keeps what it made.
    pub(crate) fn put<H: SimpleHasher>(&mut self, batch: Vec<(Vec<u8>, Vec<u8>)>) {
        let set: Vec<_> =
            batch.into_iter().map(|(key, value)| (KeyHash::with::<H>(key), Some(value))).collect();
        let tree = JellyfishMerkleTree::<_, H>::new(&*self);
        let (root, update) = tree.put_value_set(set, self.version).unwrap();
        std::hint::black_box(root);
        for stale in update.stale_node_index_batch {
            self.nodes.remove(&stale.node_key);
        }
        let nodes = update.node_batch.nodes();
        self.nodes.extend(nodes.iter().map(|(key, node)| (key.clone(), node.clone())));
        for ((_, key), value) in update.node_batch.values() {
            if let Some(value) = value {
                self.values.insert(*key, value.clone());
            }
        }
        self.version += 1;
    }
}
