//! Two digests side by side: the one-block input of every inner node.

use pluto_core::hash::{BLOCK_BYTES, DIGEST_BYTES, Digest};

/// Bytes of two digests, one block.
pub const PAIR_BYTES: usize = BLOCK_BYTES;

/// `left` and `right` side by side.
pub(crate) fn pair(left: &Digest, right: &Digest) -> [u8; PAIR_BYTES] {
    let mut bytes = [0; PAIR_BYTES];
    let (first, second) = bytes.split_at_mut(DIGEST_BYTES);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    bytes
}
