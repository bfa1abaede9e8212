//! Log proofs, their bytes, and the verifiers, which need nothing but hashes.
//!
//! A subtree is a range of leaves `start..end` whose start is a multiple of its size rounded up to a
//! power of two (Merkle Tree Certificates, section 4.1); a whole tree is the subtree from 0. The
//! verifiers for whole trees (RFC 9162 §2.1.3.2 and §2.1.4.2) are those for subtrees with start 0.

use pluto_core::format::Format;
use pluto_core::hash::Digest;
use pluto_error::Result;

use super::TreeHasher;
use super::sides::Sides;
use crate::codec::{Reader, put_digests};
use crate::error::MerkleError;

/// The format of encoded log proofs.
pub const LOG_PROOF_FORMAT: Format = Format::new("log-proof", 1);
/// Most hashes in a log proof: one per level of a tree of 2^64 leaves, and one more for consistency.
pub const PATH_HASHES_MAX: usize = 65;

const INCLUSION: u8 = 1;
const CONSISTENCY: u8 = 2;

/// Shows that one leaf is in a tree: its siblings from the leaf up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// Siblings, from the leaf up.
    pub path: Vec<Digest>,
}

/// Shows that one tree extends another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Nodes, from the deepest up.
    pub path: Vec<Digest>,
}

macro_rules! path_codec {
    ($type:ident, $kind:expr) => {
        impl $type {
            /// The canonical bytes: version, kind, number of hashes, hashes.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                encode_path($kind, &self.path)
            }

            /// Reads the canonical bytes.
            ///
            /// # Errors
            /// `MRK-0001`, `MRK-0002` or `MRK-0003` for any bytes that `encode` does not write.
            pub fn decode(bytes: &[u8]) -> Result<Self> {
                Ok(Self { path: decode_path($kind, bytes)? })
            }
        }
    };
}

path_codec!(InclusionProof, INCLUSION);
path_codec!(ConsistencyProof, CONSISTENCY);

fn encode_path(kind: u8, path: &[Digest]) -> Vec<u8> {
    let mut out = Vec::with_capacity(3 + path.len() * 32);
    out.extend([LOG_PROOF_FORMAT.version, kind, u8::try_from(path.len()).unwrap_or(u8::MAX)]);
    put_digests(&mut out, path);
    out
}

fn decode_path(kind: u8, bytes: &[u8]) -> Result<Vec<Digest>> {
    let mut reader = Reader::new("log proof", bytes);
    reader.version(LOG_PROOF_FORMAT)?;
    if reader.u8()? != kind {
        return Err(reader.malformed("another kind of proof"));
    }
    let count = reader.u8()?;
    let count = reader.bounded("log proof hashes", u64::from(count), PATH_HASHES_MAX)?;
    let path = reader.digests(count)?;
    reader.finish()?;
    Ok(path)
}

/// Checks that `leaf` is leaf `index` of the tree of `size` leaves with `root`.
///
/// # Errors
/// `MRK-0004` if there is no such leaf, `MRK-0005` or `MRK-0006` if the proof does not show it.
pub fn verify_inclusion<H: TreeHasher>(
    root: &Digest,
    size: u64,
    index: u64,
    leaf: &Digest,
    proof: &InclusionProof,
) -> Result<()> {
    verify_subtree_inclusion::<H>(root, 0, size, index, leaf, proof)
}

/// Checks that `leaf` is leaf `index` of the subtree over the leaves `start..end` with `root`.
/// Indices count from the start of the whole tree.
///
/// # Errors
/// `MRK-0004` if there is no such subtree or leaf, `MRK-0005` or `MRK-0006` if the proof does not
/// show it.
pub fn verify_subtree_inclusion<H: TreeHasher>(
    root: &Digest,
    start: u64,
    end: u64,
    index: u64,
    leaf: &Digest,
    proof: &InclusionProof,
) -> Result<()> {
    let steps = Sides::new(start, end, index)?.steps(&proof.path)?;
    same("log root", root, &H::climb(leaf, steps))
}

/// Checks that the tree of `size` leaves with `root` extends the tree of `old_size` >= 1 leaves with
/// `old_root`. Equal sizes need equal roots and an empty proof.
///
/// # Errors
/// `MRK-0004` if the sizes are impossible, `MRK-0005` or `MRK-0006` if the proof does not show it.
pub fn verify_consistency<H: TreeHasher>(
    old_root: &Digest,
    old_size: u64,
    root: &Digest,
    size: u64,
    proof: &ConsistencyProof,
) -> Result<()> {
    if old_size == 0 {
        return Err(MerkleError::NoSubtree { start: 0, end: 0, size }.into());
    }
    verify_subtree_consistency::<H>(old_root, 0, old_size, root, size, proof)
}

/// Checks that the subtree over the leaves `start..end` with `subtree_root` is part of the tree of
/// `size` leaves with `root` (Merkle Tree Certificates, section 4.4.3). An empty subtree is part of
/// every tree: nothing is said about `root` then.
///
/// # Errors
/// `MRK-0004` if there is no such subtree, `MRK-0005` or `MRK-0006` if the proof does not show it.
pub fn verify_subtree_consistency<H: TreeHasher>(
    subtree_root: &Digest,
    start: u64,
    end: u64,
    root: &Digest,
    size: u64,
    proof: &ConsistencyProof,
) -> Result<()> {
    check_subtree(start, end, size)?;
    if start == end {
        if !proof.path.is_empty() {
            return Err(length(proof.path.len()));
        }
        return same("subtree root", subtree_root, &H::empty());
    }
    let (mut first, mut last, mut top) = (start, end - 1, size - 1);
    // Below this shift, the subtree is a complete node, or its ragged edge is that of the tree.
    while first != last && (last & 1 == 1 || end == size) {
        (first, last, top) = (first >> 1, last >> 1, top >> 1);
    }
    let mut path = proof.path.iter();
    let seed = if first == last {
        *subtree_root
    } else {
        *path.next().ok_or_else(|| length(proof.path.len()))?
    };
    let (mut inner, mut outer) = (seed, seed);
    for sibling in path {
        if top == 0 {
            return Err(length(proof.path.len()));
        }
        if last & 1 == 1 || last == top {
            if first < last {
                inner = H::node(sibling, &inner);
            }
            outer = H::node(sibling, &outer);
            let shift = last.trailing_zeros().min(u64::BITS - 1);
            (first, last, top) = (first >> shift, last >> shift, top >> shift);
        } else {
            outer = H::node(&outer, sibling);
        }
        (first, last, top) = (first >> 1, last >> 1, top >> 1);
    }
    if top != 0 {
        return Err(length(proof.path.len()));
    }
    same("subtree root", subtree_root, &inner)?;
    same("log root", root, &outer)
}

pub(super) fn check_subtree(start: u64, end: u64, size: u64) -> Result<()> {
    let aligned = end.checked_sub(start).is_some_and(|leaves| {
        // A size above 2^63 rounds up to 2^64, of which only 0 is a multiple.
        leaves.checked_next_power_of_two().map_or(start == 0, |unit| start.is_multiple_of(unit))
    });
    if aligned && end <= size {
        Ok(())
    } else {
        Err(MerkleError::NoSubtree { start, end, size }.into())
    }
}

pub(super) fn length(found: usize) -> pluto_error::Error {
    MerkleError::ProofLength { found: found as u64 }.into()
}

/// Compares a root given with the root a proof leads to.
pub(crate) fn same(what: &'static str, expected: &Digest, found: &Digest) -> Result<()> {
    if expected == found {
        Ok(())
    } else {
        Err(MerkleError::RootMismatch { what, expected: *expected, found: *found }.into())
    }
}
