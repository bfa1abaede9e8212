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
mod pairs;
mod proof;
mod spare;
mod update;
mod warm;

pub use iter::Iter;
pub use proof::{MAP_PROOF_FORMAT, MapProof, PathEnd, SIBLINGS_MAX, verify_map};

use pluto_core::hash::Digest;
use pluto_error::Result;

use crate::error::MerkleError;
use crate::pair::pair;
use node::{Link, Node, Run, View};
use update::{Op, Scratch};

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
    scratch: Scratch,
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
                Node::Bucket(bucket) => {
                    return Run(bucket).find(&key_hash).map(|entry| entry.value);
                }
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
        for (key, value) in &ops {
            check_entry(key.as_ref(), value.as_ref().map_or(&[], AsRef::as_ref))?;
        }
        let ops = sorted(&prepare(&ops));
        if ops.len() <= warm::PATHS_MAX {
            warm::warm(self.root.as_ref(), ops.iter().map(|op| &op.key_hash));
        }
        let (root, added) = self.scratch.plan().apply(self.root.as_ref(), &ops);
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

/// Hashes keys, values and leaves.
fn prepare<K: AsRef<[u8]>, V: AsRef<[u8]>>(ops: &[(K, Option<V>)]) -> Vec<Op<'_>> {
    let mut prepared: Vec<Op<'_>> = Vec::with_capacity(ops.len());
    for group in ops.chunks(hash::GROUP) {
        let keys: Vec<&[u8]> = group.iter().map(|(key, _)| key.as_ref()).collect();
        let values: Vec<&[u8]> =
            group.iter().filter_map(|(_, value)| value.as_ref().map(AsRef::as_ref)).collect();
        let key_hashes = hash::key_hashes(&keys);
        let set = group.iter().zip(&key_hashes).filter(|((_, value), _)| value.is_some());
        let pairs: Vec<_> = set
            .zip(hash::value_hashes(&values))
            .map(|((_, key_hash), value_hash)| pair(key_hash, &value_hash))
            .collect();
        let mut leaves = hash::leaves(&pairs).into_iter().zip(values);
        prepared.extend(group.iter().zip(keys).zip(key_hashes).map(
            |(((_, value), key), key_hash)| {
                let set = value.as_ref().and_then(|_| leaves.next());
                Op { key_hash, key, set }
            },
        ));
    }
    prepared
}

/// The operations by key hash, of those on the same key only the last one.
fn sorted<'a>(ops: &[Op<'a>]) -> Vec<Op<'a>> {
    // Sorted are small items: the head of the key hash, which nearly always decides, and a number.
    let mut order: Vec<(u64, u32)> = ops
        .iter()
        .zip(0..)
        .map(|(op, number)| {
            (op.key_hash.0.first_chunk().map_or(0, |head| u64::from_be_bytes(*head)), number)
        })
        .collect();
    let op = |number: u32| ops.get(number as usize);
    order.sort_unstable_by(|(a_head, a), (b_head, b)| {
        let whole = |number| op(number).map(|op| op.key_hash);
        a_head.cmp(b_head).then_with(|| (whole(*a), a).cmp(&(whole(*b), b)))
    });
    let mut sorted: Vec<Op<'a>> = Vec::with_capacity(ops.len());
    for next in order.iter().filter_map(|(_, number)| op(*number)) {
        match sorted.last_mut().filter(|last| last.key_hash == next.key_hash) {
            Some(last) => *last = *next,
            None => sorted.push(*next),
        }
    }
    sorted
}

#[cfg(test)]
mod tests;
