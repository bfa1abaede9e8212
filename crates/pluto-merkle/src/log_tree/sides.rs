//! The shape of the path from a leaf to its root: on which side each sibling stands.
//!
//! It follows from the position of the leaf and the size of the tree alone, hence it is known before
//! the first hash, and with it the only length a proof can have. This is the walk of RFC 9162
//! §2.1.3.2 in closed form: below the level where the paths of the leaf and of the last leaf meet,
//! every node has a sibling, on the side that the bit of the position says; from there on the path is
//! the ragged edge, which has a sibling on the left for each bit set and none for the others.

use pluto_core::hash::Digest;
use pluto_error::Result;

use super::out_of_range;
use super::proof::{check_subtree, length};

/// The sides of the siblings on one path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides {
    /// From the leaf up, from the least significant bit; set for a sibling on the left.
    left: u64,
    count: u32,
}

impl Sides {
    /// The sides on the path from leaf `index` of the subtree over the leaves `start..end`.
    pub(super) fn new(start: u64, end: u64, index: u64) -> Result<Self> {
        check_subtree(start, end, end)?;
        if index < start || index >= end {
            return Err(out_of_range("leaf", end, index));
        }
        let (position, last) = (index - start, end - start - 1);
        let inner = u64::BITS - (position ^ last).leading_zeros();
        let edge = position.checked_shr(inner).unwrap_or(0).count_ones();
        let left = position & ones(inner) | ones(edge).checked_shl(inner).unwrap_or(0);
        Ok(Self { left, count: inner + edge })
    }

    /// Number of siblings on the left.
    pub(super) fn left(self) -> u32 {
        self.left.count_ones()
    }

    /// Number of siblings on the right.
    pub(super) fn right(self) -> u32 {
        self.count - self.left()
    }

    /// The siblings of `path`, each with whether it stands on the left.
    ///
    /// # Errors
    /// `MRK-0005` if the path has another length.
    pub(super) fn steps(
        self,
        path: &[Digest],
    ) -> Result<impl ExactSizeIterator<Item = (bool, &Digest)>> {
        if path.len() != self.count as usize {
            return Err(length(path.len()));
        }
        let steps = path.iter().enumerate();
        Ok(steps.map(move |(at, sibling)| (self.left >> at & 1 == 1, sibling)))
    }
}

/// The lowest `count` bits.
fn ones(count: u32) -> u64 {
    1_u64.checked_shl(count).map_or(u64::MAX, |bit| bit - 1)
}
