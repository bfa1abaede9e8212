//! Authenticated map from key bytes to value bytes: a compressed sparse Merkle tree.
//!
//! The place of an entry is the hash of its key. The empty subtree is the zero digest, a subtree of
//! one entry is its leaf, any other is the hash of its two halves (the shape of Jellyfish Merkle
//! trees, binary). Hence the root depends on the content alone, never on history.
//!
//! The map is persistent: `clone` is one reference count, and a clone never changes. A writer builds
//! new nodes along the changed paths and shares the rest.

pub(crate) mod hash;
mod iter;
pub(crate) mod node;
mod proof;
mod update;
mod warm;

pub use iter::Iter;
pub use proof::{MAP_PROOF_FORMAT, MapProof, PathEnd, SIBLINGS_MAX, verify_map};

use pluto_core::hash::Digest;
use pluto_error::Result;

use crate::error::MerkleError;
use crate::pair::pair;
use node::{Link, Node, View};
use update::{Op, Plan};

/// Longest key in bytes.
pub const KEY_BYTES_MAX: usize = 1024;
/// Longest value in bytes.
pub const VALUE_BYTES_MAX: usize = 1 << 20;
/// The root of the map without entries.
pub const EMPTY_ROOT: Digest = Digest::ZERO;

/// An authenticated map; cheap to clone, immutable where it is shared.
#[derive(Clone, Debug, Default)]
pub struct StateMap {
    root: Option<Link>,
    len: usize,
    plan: Plan,
}

impl StateMap {
    /// The map without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The map of these entries; of entries with the same key the last one counts.
    ///
    /// # Errors
    /// `MRK-0002` if a key or value is too long.
    pub fn from_entries<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self> {
        let mut map = Self::new();
        map.apply(entries.into_iter().map(|(key, value)| (key, Some(value))))?;
        Ok(map)
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The root over all entries.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.root.as_ref().map_or(EMPTY_ROOT, |link| link.digest)
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let key_hash = hash::key_hash(key);
        let mut link = self.root.as_ref()?;
        let mut depth = 0;
        loop {
            match &link.node {
                Node::Bucket(bucket) => return bucket.find(&key_hash).map(|entry| entry.value),
                Node::Inner(inner) if hash::bit(&key_hash, depth) => link = inner.right.as_ref()?,
                Node::Inner(inner) => link = inner.left.as_ref()?,
            }
            depth += 1;
        }
    }

    /// Sets (`Some`) and removes (`None`) values; of operations on the same key the last one counts.
    /// Nothing changes on error.
    ///
    /// # Errors
    /// `MRK-0002` if a key or value is too long.
    pub fn apply<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        ops: impl IntoIterator<Item = (K, Option<V>)>,
    ) -> Result<()> {
        let ops: Vec<(K, Option<V>)> = ops.into_iter().collect();
        let ops: Vec<(&[u8], Option<&[u8]>)> = ops
            .iter()
            .map(|(key, value)| (key.as_ref(), value.as_ref().map(AsRef::as_ref)))
            .collect();
        for (key, value) in &ops {
            check_entry(key, value.unwrap_or_default())?;
        }
        let ops = prepare(&ops);
        if ops.len() <= warm::PATHS_MAX {
            warm::warm(self.root.as_ref(), ops.iter().map(|op| &op.key_hash));
        }
        let (root, added) = self.plan.apply(self.root.as_ref(), &ops);
        self.root = root;
        self.len = self.len.saturating_add_signed(added);
        Ok(())
    }

    /// The tree as its hashes see it.
    pub(crate) fn view(&self) -> View<'_> {
        View::Link(self.root.as_ref())
    }

    /// All entries, keys with values, in the order of the hashes of their keys.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(self.root.as_ref())
    }
}

impl<'a> IntoIterator for &'a StateMap {
    type Item = (&'a [u8], &'a [u8]);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// Refuses what is too long for a map or a proof.
pub(crate) fn check_entry(key: &[u8], value: &[u8]) -> Result<()> {
    let check = |what, max: usize, found: usize| {
        let too_large = MerkleError::TooLarge { what, max: max as u64, found: found as u64 };
        if found > max { Err(too_large.into()) } else { Ok(()) }
    };
    check("map key", KEY_BYTES_MAX, key.len())?;
    check("map value", VALUE_BYTES_MAX, value.len())
}

/// Hashes keys, values and leaves; sorts by key hash and keeps the last operation on each key.
fn prepare<'a>(ops: &[(&'a [u8], Option<&'a [u8]>)]) -> Vec<Op<'a>> {
    let keys: Vec<&[u8]> = ops.iter().map(|(key, _)| *key).collect();
    let values: Vec<&[u8]> = ops.iter().filter_map(|(_, value)| *value).collect();
    let key_hashes = hash::key_hashes(&keys);
    let value_hashes = hash::value_hashes(&values);
    let set = || ops.iter().zip(&key_hashes).filter(|((_, value), _)| value.is_some());
    let pairs: Vec<_> =
        set().zip(&value_hashes).map(|((_, key), value)| pair(key, value)).collect();
    let mut leaves = hash::leaves(&pairs).into_iter();
    let mut prepared: Vec<Op<'a>> = ops
        .iter()
        .zip(&key_hashes)
        .map(|((key, value), key_hash)| Op {
            key_hash: *key_hash,
            key,
            set: value.and_then(|value| leaves.next().map(|leaf| (leaf, value))),
        })
        .collect();
    // A stable sort keeps operations on one key in their order.
    prepared.sort_by_key(|op| op.key_hash);
    prepared.reverse();
    prepared.dedup_by(|earlier, later| earlier.key_hash == later.key_hash);
    prepared.reverse();
    prepared
}

#[cfg(test)]
mod tests;
