//! Brings what a batch will touch into the cache, for all operations side by side.
//!
//! A large map lies in slow memory, and an update walks it pointer by pointer: every step waits for
//! the one before. Walking all paths of a batch in lockstep first lets the waits of different paths
//! overlap. The walk only reads; at 100,000 entries it takes about a quarter off an update.

use std::hint::black_box;
use std::sync::Arc;

use pluto_core::hash::Digest;

use super::hash::bit;
use super::node::{Link, Node};

const LINE_BYTES: usize = 64;
/// Fewest paths worth walking in lockstep.
const PATHS_MIN: usize = 8;
/// Most paths walked at once, so that what was touched first is still in the cache.
pub(super) const PATHS_MAX: usize = 256;

/// Touches all nodes on the paths to `places`, the neighbours whose counts will rise, and the buckets
/// at the ends.
pub(super) fn warm<'a>(root: Option<&Link>, places: impl ExactSizeIterator<Item = &'a Digest>) {
    let Some(root) = root.filter(|_| places.len() >= PATHS_MIN) else { return };
    let mut paths: Vec<(&Link, &Digest)> = places.map(|place| (root, place)).collect();
    let mut buckets: Vec<&[u8]> = Vec::with_capacity(paths.len());
    let mut touched = 0;
    let mut depth = 0;
    while !paths.is_empty() {
        paths.retain_mut(|(link, place)| match &link.node {
            Node::Bucket(bucket) => {
                buckets.push(bucket);
                false
            }
            Node::Inner(inner) => {
                let right = bit(place, depth);
                let (next, beside) =
                    if right { (&inner.right, &inner.left) } else { (&inner.left, &inner.right) };
                touched += beside.as_ref().map_or(0, count);
                next.as_ref().map(|next| *link = next).is_some()
            }
        });
        depth += 1;
    }
    let lines = buckets.iter().flat_map(|bucket| bucket.iter().step_by(LINE_BYTES));
    touched += lines.map(|byte| usize::from(*byte)).sum::<usize>();
    black_box(touched);
}

fn count(link: &Link) -> usize {
    match &link.node {
        Node::Inner(inner) => Arc::strong_count(inner),
        Node::Bucket(bucket) => Arc::strong_count(bucket),
    }
}
