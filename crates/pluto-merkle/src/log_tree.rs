//! Append-only log tree of the RFC 9162 shape, over leaf digests.
//!
//! Level `h` holds the digests of all complete nodes over `2^h` leaves, so appending only ever adds
//! to the end of each level and truncating only ever cuts it. A batch is hashed level by level, which
//! lets independent nodes share SIMD lanes.
//!
//! Memory is bounded by forgetting: leaves are grouped in tiles of 256 (C2SP tlog-tiles, height 8);
//! levels 8 and up are always kept (1/128 of the leaves), levels 0 to 7 only from a tile boundary on.
//! Proofs that reach into a forgotten tile read its leaf digests from a [`TileSource`] and check them
//! against the tile's root, which is still in memory.

mod batch;
mod hasher;
mod level;
mod proof;
mod range;
mod sides;
mod tiles;

pub use crate::pair::PAIR_BYTES;
pub use batch::{InclusionClaim, verify_inclusions};
pub use hasher::{Blake3Log, TreeHasher};
pub use proof::{
    ConsistencyProof, InclusionProof, LOG_PROOF_FORMAT, PATH_HASHES_MAX, verify_consistency,
    verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
pub use range::{RANGE_SIDE_HASHES_MAX, RangeProof, verify_range};
pub use tiles::{NoTiles, TILE_HEIGHT, TILE_LEAVES, TileSource};

use std::marker::PhantomData;
use std::sync::OnceLock;

use pluto_core::hash::Digest;
use pluto_error::Result;

use crate::error::MerkleError;
use level::Level;
pub(crate) use proof::same;
use tiles::Reader;

/// An append-only tree over 32-byte leaf digests.
#[derive(Clone, Debug)]
pub struct LogTree<H = Blake3Log> {
    len: u64,
    levels: Vec<Level>,
    /// The digests of the ragged edge, once asked for: at `h` that of the leaves after the last
    /// complete node of level `h`, zero if there are none. Every proof needs one of them, and the
    /// last one is the root.
    edge: OnceLock<Vec<Digest>>,
    hasher: PhantomData<fn() -> H>,
}

impl<H: TreeHasher> Default for LogTree<H> {
    fn default() -> Self {
        Self { len: 0, levels: vec![Level::default()], edge: OnceLock::new(), hasher: PhantomData }
    }
}

impl<H: TreeHasher> LogTree<H> {
    /// The tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Restores a tree from the roots of its first full tiles and the leaf digests that follow them.
    /// The tiles count as forgotten.
    #[must_use]
    pub fn from_tiles(tile_roots: &[Digest], tail: &[Digest]) -> Self {
        let len = tile_roots.len() as u64 * TILE_LEAVES;
        let mut levels: Vec<Level> =
            (0..TILE_HEIGHT).map(|height| Level::starting_at(len >> height)).collect();
        let mut roots = Level::default();
        roots.extend(tile_roots);
        levels.push(roots);
        let mut tree = Self { len, levels, edge: OnceLock::new(), hasher: PhantomData };
        tree.complete(TILE_HEIGHT as usize);
        tree.extend(tail);
        tree
    }

    /// The roots of all full tiles, in order: 32 bytes for every 256 leaves.
    pub fn tile_roots(&self) -> impl Iterator<Item = Digest> + '_ {
        let level = self.levels.get(TILE_HEIGHT as usize);
        level.into_iter().flat_map(|roots| (0..roots.end()).filter_map(|tile| roots.get(tile)))
    }

    /// Number of leaves.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no leaf.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of leaves whose digests are no longer in memory; a multiple of 256.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.levels.first().map_or(0, Level::first)
    }

    /// The digest of leaf `index`, if it exists and is still in memory.
    #[must_use]
    pub fn leaf(&self, index: u64) -> Option<Digest> {
        self.node(0, index)
    }

    /// Appends leaf digests, in order.
    pub fn extend(&mut self, leaves: &[Digest]) {
        if let Some(level) = self.levels.first_mut() {
            level.extend(leaves);
            self.len += leaves.len() as u64;
        }
        self.complete(0);
    }

    /// Hashes every node above `from` whose two children exist and that is not there yet.
    fn complete(&mut self, from: usize) {
        self.edge = OnceLock::new();
        let mut height = from;
        let mut digests = Vec::new();
        while let Some((below, above)) = self.levels.split_at_mut_checked(height + 1) {
            let Some(children) = below.last().filter(|children| children.end() >= 2) else {
                return;
            };
            let Some(parents) = above.first_mut() else {
                self.levels.push(Level::default());
                continue;
            };
            for pairs in children.pairs(parents.end() * 2) {
                digests.clear();
                H::nodes(pairs, &mut digests);
                parents.extend(&digests);
            }
            height += 1;
        }
    }

    /// Cuts the tree back to its first `len` leaves, as if the others had never been appended.
    ///
    /// # Errors
    /// `MRK-0004` if the tree is shorter; `MRK-0008` if `len` cuts through a forgotten tile.
    pub fn truncate(&mut self, len: u64) -> Result<()> {
        if len > self.len {
            return Err(out_of_range("length", self.len, len));
        }
        if len < self.forgotten() && !len.is_multiple_of(TILE_LEAVES) {
            return Err(MerkleError::TileMissing { tile: len / TILE_LEAVES }.into());
        }
        for (height, level) in self.levels.iter_mut().enumerate() {
            level.truncate(len >> height);
        }
        while self.levels.len() > 1 && self.levels.last().is_some_and(|top| top.end() == 0) {
            self.levels.pop();
        }
        self.len = len;
        self.edge = OnceLock::new();
        Ok(())
    }

    /// Drops from memory the leaf digests, and the levels below the tile roots, of all full tiles
    /// that end at or before leaf `before`.
    pub fn forget(&mut self, before: u64) {
        let before = before.min(self.len) / TILE_LEAVES * TILE_LEAVES;
        for (height, level) in self.levels.iter_mut().enumerate().take(TILE_HEIGHT as usize) {
            level.forget(before >> height);
        }
    }

    /// The root; costs one hash per set bit of the length, once for each length.
    #[must_use]
    pub fn root(&self) -> Digest {
        let root = self.edge().last().filter(|_| !self.is_empty());
        root.map_or_else(H::empty, |root| *root)
    }

    fn edge(&self) -> &[Digest] {
        self.edge.get_or_init(|| {
            let mut edge = Vec::with_capacity(self.levels.len() + 1);
            edge.push(Digest::ZERO);
            let mut below = None;
            for height in 0..self.levels.len() {
                if self.len >> height & 1 == 1
                    && let Some(peak) = self.node(height, (self.len >> height) - 1)
                {
                    below = Some(below.map_or(peak, |right| H::node(&peak, &right)));
                }
                edge.push(below.unwrap_or(Digest::ZERO));
            }
            edge
        })
    }

    /// The root of the first `size` leaves.
    ///
    /// # Errors
    /// `MRK-0004` if the tree is shorter; `MRK-0008`, `MRK-0009` or an error of `tiles` if a
    /// forgotten tile cannot be read.
    pub fn root_at(&self, size: u64, tiles: &impl TileSource) -> Result<Digest> {
        self.check_size(size)?;
        if size == 0 { Ok(H::empty()) } else { Reader::new(self, tiles).range(0, size) }
    }

    /// Proves that leaf `index` is in the tree of the first `size` leaves (RFC 9162 §2.1.3.1).
    ///
    /// # Errors
    /// `MRK-0004` if there is no such leaf or size; `MRK-0008`, `MRK-0009` or an error of `tiles` if
    /// a forgotten tile cannot be read.
    pub fn inclusion(
        &self,
        index: u64,
        size: u64,
        tiles: &impl TileSource,
    ) -> Result<InclusionProof> {
        self.check_size(size)?;
        if index >= size {
            return Err(out_of_range("leaf", size.saturating_sub(1), index));
        }
        let mut reader = Reader::new(self, tiles);
        let mut path = Vec::with_capacity(path_hashes(size));
        let mut height = 0;
        // From the leaf up. No step waits for the digest of the one before, so that the reads of all
        // levels, each from another corner of memory, overlap.
        while (size - 1) >> height > 0 {
            let sibling = index >> height ^ 1;
            let start = sibling << height;
            if start + (1 << height) <= size {
                path.push(reader.node(height, sibling)?);
            } else if start < size {
                let edge = if size == self.len { self.edge().get(height as usize) } else { None };
                path.push(edge.map_or_else(|| reader.range(start, size), |edge| Ok(*edge))?);
            }
            height += 1;
        }
        Ok(InclusionProof { path })
    }

    /// Proves that the tree of the first `size` leaves extends the tree of the first `old_size`
    /// (RFC 9162 §2.1.4.1); `1 <= old_size <= size`.
    ///
    /// # Errors
    /// `MRK-0004` if there are no such sizes; `MRK-0008`, `MRK-0009` or an error of `tiles` if a
    /// forgotten tile cannot be read.
    pub fn consistency(
        &self,
        old_size: u64,
        size: u64,
        tiles: &impl TileSource,
    ) -> Result<ConsistencyProof> {
        self.check_size(size)?;
        if old_size == 0 || old_size > size {
            return Err(out_of_range("old size", size, old_size));
        }
        let mut reader = Reader::new(self, tiles);
        let (mut start, mut end) = (0, size);
        let mut path = Vec::with_capacity(path_hashes(size));
        while old_size != end {
            let middle = start + split(end - start);
            if old_size <= middle {
                path.push(reader.range(middle, end)?);
                end = middle;
            } else {
                path.push(reader.range(start, middle)?);
                start = middle;
            }
        }
        if start > 0 {
            path.push(reader.range(start, end)?);
        }
        path.reverse();
        Ok(ConsistencyProof { path })
    }

    fn check_size(&self, size: u64) -> Result<()> {
        if size > self.len { Err(out_of_range("size", self.len, size)) } else { Ok(()) }
    }

    /// The digest of the complete node `index` of level `height`, if in memory.
    fn node(&self, height: usize, index: u64) -> Option<Digest> {
        self.levels.get(height)?.get(index)
    }
}

/// The number of leaves in the left part of a tree of `size` > 1 leaves: the largest power of two
/// below `size`.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// Most hashes in a proof about a tree of `size` leaves.
fn path_hashes(size: u64) -> usize {
    (u64::BITS - size.leading_zeros()) as usize + 1
}

fn out_of_range(what: &'static str, max: u64, found: u64) -> pluto_error::Error {
    MerkleError::OutOfRange { what, max, found }.into()
}

#[cfg(test)]
mod tests;
