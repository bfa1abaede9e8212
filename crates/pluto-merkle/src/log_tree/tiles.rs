//! Reading complete nodes, from memory or from the leaf digests of a forgotten tile.
//!
//! One proof touches at most one path and its siblings, hence few tiles: a reader keeps the levels of
//! the tile it read last.

use pluto_core::hash::Digest;
use pluto_error::Result;

use super::{LogTree, PAIR_BYTES, TreeHasher};
use crate::error::MerkleError;

/// Levels in a tile below its root.
pub const TILE_HEIGHT: u32 = 8;
/// Leaves in a full tile.
pub const TILE_LEAVES: u64 = 1 << TILE_HEIGHT;

/// Where the leaf digests of forgotten tiles are found.
pub trait TileSource {
    /// The 256 leaf digests of tile `number`, in order. They are checked against the tile's root.
    ///
    /// # Errors
    /// Whatever keeps the tile from being read.
    fn tile(&self, number: u64) -> Result<Vec<Digest>>;
}

/// The source of trees that forget nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTiles;

impl TileSource for NoTiles {
    fn tile(&self, number: u64) -> Result<Vec<Digest>> {
        Err(MerkleError::TileMissing { tile: number }.into())
    }
}

/// The levels 0 to 7 of one tile.
struct Tile {
    number: u64,
    levels: Vec<Vec<[u8; 32]>>,
}

/// Reads nodes of one tree on behalf of one proof.
pub(super) struct Reader<'a, H, S> {
    tree: &'a LogTree<H>,
    source: &'a S,
    tile: Option<Tile>,
}

impl<'a, H: TreeHasher, S: TileSource> Reader<'a, H, S> {
    pub(super) fn new(tree: &'a LogTree<H>, source: &'a S) -> Self {
        Self { tree, source, tile: None }
    }

    /// The root over the leaves `start..end`, a subtree of at least one leaf: the complete nodes it
    /// consists of, folded from the right.
    pub(super) fn range(&mut self, start: u64, end: u64) -> Result<Digest> {
        let mut left = end - start;
        let mut edge = end;
        let mut root: Option<Digest> = None;
        while left > 0 {
            let height = left.trailing_zeros();
            left &= left - 1;
            edge -= 1 << height;
            let peak = self.node(height, edge >> height)?;
            root = Some(root.map_or(peak, |right| H::node(&peak, &right)));
        }
        Ok(root.unwrap_or_else(H::empty))
    }

    /// The digest of the complete node `index` of level `height`.
    #[inline]
    pub(super) fn node(&mut self, height: u32, index: u64) -> Result<Digest> {
        if let Some(digest) = self.tree.node(height as usize, index) {
            return Ok(digest);
        }
        let tile = index >> TILE_HEIGHT.saturating_sub(height);
        if self.tile.as_ref().is_none_or(|kept| kept.number != tile) {
            self.tile = Some(self.load(tile)?);
        }
        let within = usize::try_from(index - (tile << TILE_HEIGHT.saturating_sub(height))).ok();
        let levels = self.tile.as_ref().map_or(&[][..], |kept| &kept.levels);
        let digest = levels.get(height as usize).zip(within).and_then(|(level, at)| level.get(at));
        digest.copied().map(Digest).ok_or_else(|| MerkleError::TileDamaged { tile }.into())
    }

    fn load(&self, number: u64) -> Result<Tile> {
        let leaves = self.source.tile(number)?;
        let damaged = MerkleError::TileDamaged { tile: number };
        if leaves.len() as u64 != TILE_LEAVES {
            return Err(damaged.into());
        }
        let mut levels = Vec::with_capacity(TILE_HEIGHT as usize);
        let mut level: Vec<[u8; 32]> = leaves.iter().map(|leaf| leaf.0).collect();
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len() / 2);
            H::nodes(level.as_flattened().as_chunks::<PAIR_BYTES>().0, &mut above);
            let above = above.iter().map(|node: &Digest| node.0).collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        let root = level.first().copied().map(Digest);
        if root.is_none() || root != self.tree.node(TILE_HEIGHT as usize, number) {
            return Err(damaged.into());
        }
        Ok(Tile { number, levels })
    }
}
