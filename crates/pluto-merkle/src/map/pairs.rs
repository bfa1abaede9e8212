//! The hashes a batch needs, collected first and then taken level by level.
//!
//! Two digests to be hashed together are a *pair*. A pair stands one above the higher of the pairs it
//! waits for; those at the same height wait for nothing among themselves, so they share SIMD lanes.

use pluto_core::hash::Digest;

use super::hash;
use crate::pair::{PAIR_BYTES, pair};

/// Room kept from one batch to the next, in each list.
const KEPT_ITEMS: usize = 512;

/// Where a pair stands; valid until the next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PairId {
    height: u32,
    at: u32,
}

/// A digest: known, or that of a pair to be hashed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Half {
    Known(Digest),
    Pair(PairId),
}

/// Two halves to be hashed.
#[derive(Debug)]
struct Pair {
    message: [u8; PAIR_BYTES],
    /// Pairs further down whose digests belong into the message.
    below: [Option<PairId>; 2],
}

#[derive(Debug, Default)]
struct Level {
    pairs: Vec<Pair>,
    digests: Vec<Digest>,
}

/// All pairs of a batch, by height.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    levels: Vec<Level>,
}

impl Pairs {
    /// Adds the pair of two halves.
    #[inline(always)]
    pub(super) fn add(&mut self, left: &Half, right: &Half) -> PairId {
        let (left, left_below) = parts(left);
        let (right, right_below) = parts(right);
        let above = |below: Option<PairId>| below.map_or(0, |below| below.height + 1);
        let height = above(left_below).max(above(right_below));
        if self.levels.len() <= height as usize {
            self.levels.resize_with(height as usize + 1, Level::default);
        }
        let mut at = 0;
        if let Some(level) = self.levels.get_mut(height as usize) {
            at = number(level.pairs.len());
            let message = pair(left, right);
            level.pairs.push(Pair { message, below: [left_below, right_below] });
        }
        PairId { height, at }
    }

    /// Hashes all pairs, the lowest first.
    pub(super) fn hash(&mut self) {
        for height in 0..self.levels.len() {
            let (below, above) = self.levels.split_at_mut(height);
            let Some(level) = above.first_mut() else { return };
            for pair in &mut level.pairs {
                let (halves, _) = pair.message.as_chunks_mut::<32>();
                for (half, id) in halves.iter_mut().zip(pair.below) {
                    if let Some(digest) = id.and_then(|id| digest(below, id)) {
                        *half = digest.0;
                    }
                }
            }
            hash::nodes(level.pairs.iter().map(|pair| &pair.message), &mut level.digests);
        }
    }

    /// The digest of a pair, once all are hashed.
    pub(super) fn digest(&self, pair: PairId) -> Option<Digest> {
        digest(&self.levels, pair).copied()
    }

    /// Forgets all pairs, keeping some of their memory.
    pub(super) fn clear(&mut self) {
        for level in &mut self.levels {
            level.pairs.clear();
            level.digests.clear();
            level.pairs.shrink_to(KEPT_ITEMS);
            level.digests.shrink_to(KEPT_ITEMS);
        }
    }
}

fn digest(levels: &[Level], id: PairId) -> Option<&Digest> {
    levels.get(id.height as usize)?.digests.get(id.at as usize)
}

#[inline(always)]
fn parts(half: &Half) -> (&Digest, Option<PairId>) {
    match half {
        Half::Known(digest) => (digest, None),
        Half::Pair(id) => (&Digest::ZERO, Some(*id)),
    }
}

/// Counts of one batch fit: it would take far more memory than there is to exceed them.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
