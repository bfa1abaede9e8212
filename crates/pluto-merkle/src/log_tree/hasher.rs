//! The hash of a log tree: BLAKE3 in production, any other (SHA-256 for the RFC vectors) in tests.

use pluto_core::hash::Digest;

use crate::pair::{PAIR_BYTES, pair};

pluto_core::domains! {
    NODE = "pluto log node v1";
}

/// How a log tree hashes.
pub trait TreeHasher {
    /// The root of the tree without leaves.
    fn empty() -> Digest;

    /// The digest over two children, left then right.
    fn node(left: &Digest, right: &Digest) -> Digest;

    /// The digest at the end of a path: `start` under its first sibling, the result under the second
    /// one, and so on. Each step says whether the sibling stands on the left.
    fn climb<'a>(start: &Digest, steps: impl Iterator<Item = (bool, &'a Digest)>) -> Digest {
        steps.fold(*start, |own, (sibling_left, sibling)| {
            if sibling_left { Self::node(sibling, &own) } else { Self::node(&own, sibling) }
        })
    }

    /// The digests over many pairs of children, appended to `out` in order.
    fn nodes(pairs: &[[u8; PAIR_BYTES]], out: &mut Vec<Digest>) {
        for pair in pairs {
            let (halves, _) = pair.as_chunks::<32>();
            if let [left, right] = halves {
                out.push(Self::node(&Digest(*left), &Digest(*right)));
            }
        }
    }
}

/// BLAKE3 under `pluto log node v1`; one node is one block, many nodes are hashed side by side.
///
/// The caller hashes its leaves under a domain of its own and hands over 32-byte digests: the domain
/// of the leaf, not a prefix byte, is what keeps leaves and nodes apart (RFC 9162 §2.1.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Blake3Log;

impl TreeHasher for Blake3Log {
    fn empty() -> Digest {
        NODE.hash(&[])
    }

    fn node(left: &Digest, right: &Digest) -> Digest {
        NODE.hash_one(&pair(left, right))
    }

    fn climb<'a>(start: &Digest, steps: impl Iterator<Item = (bool, &'a Digest)>) -> Digest {
        NODE.climb(start, steps)
    }

    fn nodes(pairs: &[[u8; PAIR_BYTES]], out: &mut Vec<Digest>) {
        const LANES: usize = 32;
        for group in pairs.chunks(LANES) {
            let mut messages = [&[0; PAIR_BYTES]; LANES];
            messages.iter_mut().zip(group).for_each(|(message, pair)| *message = pair);
            NODE.hash_many(messages.get(..group.len()).unwrap_or_default(), out);
        }
    }
}
