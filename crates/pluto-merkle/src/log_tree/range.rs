//! Range proofs: the leaves of a range are exactly those of a tree.
//!
//! Beside the leaves it takes the siblings on the left of the path of the first leaf and those on the
//! right of the path of the last one: the roots of the fewest subtrees that cover the rest of the
//! tree. For a single leaf these are the siblings of its inclusion proof.
//!
//! The verifier climbs with the whole range, level by level: a node with its partner outside takes the
//! next sibling of that side, a last node without a partner moves up as it is.

use std::ops::Range;

use pluto_core::hash::Digest;
use pluto_error::Result;

use super::proof::{LOG_PROOF_FORMAT, length, same};
use super::sides::Sides;
use super::tiles::TileSource;
use super::{LogTree, PAIR_BYTES, TreeHasher, out_of_range};
use crate::codec::{Reader, put_digests};

/// Most hashes on one side of a range proof: one per level of a tree of 2^64 leaves.
pub const RANGE_SIDE_HASHES_MAX: usize = 64;

const RANGE: u8 = 3;

/// Shows that the leaves of a range are those of a tree: what stands beside the range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeProof {
    /// Siblings on the left, from the leaves up.
    pub left: Vec<Digest>,
    /// Siblings on the right, from the leaves up.
    pub right: Vec<Digest>,
}

impl RangeProof {
    /// The canonical bytes: version, kind, number of hashes on the left and on the right, hashes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let count = |side: &[Digest]| u8::try_from(side.len()).unwrap_or(u8::MAX);
        let mut out = Vec::with_capacity(4 + (self.left.len() + self.right.len()) * 32);
        out.extend([LOG_PROOF_FORMAT.version, RANGE, count(&self.left), count(&self.right)]);
        put_digests(&mut out, &self.left);
        put_digests(&mut out, &self.right);
        out
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// `MRK-0001`, `MRK-0002` or `MRK-0003` for any bytes that `encode` does not write.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("log proof", bytes);
        reader.version(LOG_PROOF_FORMAT)?;
        if reader.u8()? != RANGE {
            return Err(reader.malformed("another kind of proof"));
        }
        let [left, right] = reader.array()?;
        let side = |count: u8| {
            reader.bounded("range proof hashes", u64::from(count), RANGE_SIDE_HASHES_MAX)
        };
        let (left, right) = (side(left)?, side(right)?);
        let proof = Self { left: reader.digests(left)?, right: reader.digests(right)? };
        reader.finish()?;
        Ok(proof)
    }
}

impl<H: TreeHasher> LogTree<H> {
    /// Proves that the leaves of `range`, at least one, are exactly those at these positions in the
    /// tree of the first `size` leaves.
    ///
    /// # Errors
    /// `MRK-0004` if there is no such range or size; `MRK-0008`, `MRK-0009` or an error of `tiles` if a
    /// forgotten tile cannot be read.
    pub fn range(
        &self,
        range: Range<u64>,
        size: u64,
        tiles: &impl TileSource,
    ) -> Result<RangeProof> {
        let last = last_of(range.start, range.end)?;
        let side = |index, of_left| -> Result<Vec<Digest>> {
            let path = self.inclusion(index, size, tiles)?.path;
            let steps = Sides::new(0, size, index)?.steps(&path)?;
            Ok(steps.filter(|(left, _)| *left == of_left).map(|(_, sibling)| *sibling).collect())
        };
        Ok(RangeProof { left: side(range.start, true)?, right: side(last, false)? })
    }
}

/// Checks that `leaves`, at least one, are exactly the leaves from `start` on of the tree of `size`
/// leaves with `root`.
///
/// # Errors
/// `MRK-0004` if there is no such range, `MRK-0005` or `MRK-0006` if the proof does not show it.
pub fn verify_range<H: TreeHasher>(
    root: &Digest,
    size: u64,
    start: u64,
    leaves: &[Digest],
    proof: &RangeProof,
) -> Result<()> {
    let end = start.checked_add(leaves.len() as u64);
    let end = end.ok_or_else(|| out_of_range("end of the range", size, u64::MAX))?;
    let (mut first, mut last) = (start, last_of(start, end)?);
    let expected =
        [Sides::new(0, size, first)?.left(), Sides::new(0, size, last)?.right()].map(u64::from);
    let found = [&proof.left, &proof.right].map(|side| side.len() as u64);
    if found != expected {
        return Err(length(proof.left.len() + proof.right.len()));
    }
    let (mut left, mut right) = (proof.left.iter(), proof.right.iter());
    let mut top = size - 1;
    let mut row: Vec<[u8; 32]> = leaves.iter().map(|leaf| leaf.0).collect();
    let mut parents = Vec::with_capacity(row.len() / 2 + 1);
    while top > 0 {
        if first & 1 == 1 {
            row.splice(..0, left.next().map(|sibling| sibling.0));
        }
        if last & 1 == 0 && last < top {
            row.extend(right.next().map(|sibling| sibling.0));
        }
        let (pairs, alone) = row.as_flattened().as_chunks::<PAIR_BYTES>();
        parents.clear();
        H::nodes(pairs, &mut parents);
        // The last node of a level that has no partner.
        let alone = alone.first_chunk::<32>().copied();
        row.clear();
        row.extend(parents.iter().map(|parent: &Digest| parent.0));
        row.extend(alone);
        (first, last, top) = (first >> 1, last >> 1, top >> 1);
    }
    let found = row.first().copied().map(Digest).unwrap_or_default();
    same("log root", root, &found)
}

/// The last leaf of a range that is not empty.
fn last_of(start: u64, end: u64) -> Result<u64> {
    end.checked_sub(1)
        .filter(|last| start <= *last)
        .ok_or_else(|| out_of_range("start of the range", end.saturating_sub(1), start))
}
