//! A change of one map, with everything needed to recompute the root before and the root after.
//!
//! The delta carries the operations and a *witness*: the old tree with every untouched subtree folded
//! into its digest. The verifier hashes the witness (root before), applies the operations to it, and
//! hashes it again (root after). A removal can pull a lone leaf up, so the witness shows of a
//! neighbour that may be left alone whether it is a leaf.

mod witness;

pub use witness::Witness;

use std::collections::BTreeMap;

use pluto_core::format::Format;
use pluto_core::hash::Digest;
use pluto_error::Result;

use crate::codec::{Reader, put_string};
use crate::error::MerkleError;
use crate::log_tree::same;
use crate::map::{KEY_BYTES_MAX, StateMap, check_entry, hash};
use crate::state_proof::{put_value, read_value};
use witness::Change;

/// The format of encoded deltas.
pub const MERKLE_DELTA_FORMAT: Format = Format::new("merkle-delta", 1);
/// Most operations in a delta.
pub const OPS_MAX: usize = 65_536;
/// Longest encoded delta in bytes.
pub const DELTA_BYTES_MAX: usize = 64 << 20;

/// An operation of a delta: a key and its new value, or `None` if it is removed.
pub type DeltaOp = (Vec<u8>, Option<Vec<u8>>);

/// A change of one map between two positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerkleDelta {
    /// The position before, in events folded.
    pub from: u64,
    /// The position after; not before `from`.
    pub to: u64,
    /// The root of the map before.
    pub old_root: Digest,
    /// The root of the map after.
    pub new_root: Digest,
    /// The operations, strictly ascending by key.
    pub ops: Vec<DeltaOp>,
    /// The touched part of the map before.
    pub proofs: Witness,
}

impl MerkleDelta {
    /// The delta that applies `ops` to `map`; of operations on the same key the last one counts.
    ///
    /// # Errors
    /// `MRK-0002` if a key or value is too long or there are too many operations.
    pub fn new<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        from: u64,
        to: u64,
        map: &StateMap,
        ops: impl IntoIterator<Item = (K, Option<V>)>,
    ) -> Result<Self> {
        let ops: BTreeMap<Vec<u8>, Option<Vec<u8>>> = ops
            .into_iter()
            .map(|(key, value)| (key.as_ref().to_vec(), value.map(|value| value.as_ref().to_vec())))
            .collect();
        check_count(ops.len())?;
        let mut after = map.clone();
        after.apply(ops.iter().map(|(key, value)| (key, value.as_ref())))?;
        let ops: Vec<DeltaOp> = ops.into_iter().collect();
        let proofs = Witness::of(map, &changes(&ops));
        Ok(Self { from, to, old_root: map.root(), new_root: after.root(), ops, proofs })
    }

    /// Recomputes both roots. What is left to the caller is to know one of them.
    ///
    /// # Errors
    /// `MRK-0002` or `MRK-0004` for impossible sizes and positions, `MRK-0010` if the operations are
    /// not strictly ascending, `MRK-0011` if the witness does not cover them, `MRK-0006` if either
    /// root comes out differently.
    pub fn verify(&self) -> Result<()> {
        if self.to < self.from {
            let (max, found) = (self.to, self.from);
            return Err(MerkleError::OutOfRange { what: "delta start", max, found }.into());
        }
        check_count(self.ops.len())?;
        for (key, value) in &self.ops {
            check_entry(key, value.as_deref().unwrap_or_default())?;
        }
        for (index, (one, next)) in self.ops.iter().zip(self.ops.iter().skip(1)).enumerate() {
            if one.0 >= next.0 {
                return Err(MerkleError::UnorderedOps { index: index as u64 + 1 }.into());
            }
        }
        same("old map root", &self.old_root, &self.proofs.root())?;
        let after = self.proofs.clone().apply(&changes(&self.ops))?;
        same("new map root", &self.new_root, &after.root())
    }

    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![MERKLE_DELTA_FORMAT.version];
        out.extend_from_slice(&self.from.to_be_bytes());
        out.extend_from_slice(&self.to.to_be_bytes());
        out.extend_from_slice(&self.old_root.0);
        out.extend_from_slice(&self.new_root.0);
        let count = u32::try_from(self.ops.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&count.to_be_bytes());
        for (key, value) in &self.ops {
            put_string(&mut out, key);
            put_value(&mut out, value.as_deref());
        }
        self.proofs.write(&mut out);
        out
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// `MRK-0001`, `MRK-0002` or `MRK-0003` for any bytes that `encode` does not write.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("merkle delta", bytes);
        reader.bounded("merkle delta bytes", bytes.len() as u64, DELTA_BYTES_MAX)?;
        reader.version(MERKLE_DELTA_FORMAT)?;
        let (from, to) = (reader.u64()?, reader.u64()?);
        let (old_root, new_root) = (reader.digest()?, reader.digest()?);
        let count = reader.u32()?;
        let count = reader.bounded("delta operations", u64::from(count), OPS_MAX)?;
        let mut ops = Vec::new();
        for _ in 0..count {
            let key = reader.string("map key", KEY_BYTES_MAX)?.to_vec();
            ops.push((key, read_value(&mut reader)?));
        }
        let proofs = Witness::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { from, to, old_root, new_root, ops, proofs })
    }
}

fn check_count(found: usize) -> Result<()> {
    if found <= OPS_MAX {
        return Ok(());
    }
    let (max, found) = (OPS_MAX as u64, found as u64);
    Err(MerkleError::TooLarge { what: "delta operations", max, found }.into())
}

/// The operations by place in the tree, in order of place.
fn changes(ops: &[DeltaOp]) -> Vec<Change> {
    let mut changes: Vec<Change> = ops
        .iter()
        .map(|(key, value)| Change {
            place: hash::key_hash(key),
            value_hash: value.as_deref().map(hash::value_hash),
        })
        .collect();
    changes.sort_by_key(|change| change.place);
    changes
}

#[cfg(test)]
mod tests;
