//! The hashes of the map, for one entry and for many side by side.
//!
//! A byte string is hashed as `length u32 BE ‖ bytes ‖ zeros up to a multiple of 64`: injective, and
//! whole blocks, so that strings of the same number of blocks share SIMD lanes.

use pluto_core::hash::{BLOCK_BYTES, Digest, Domain};

use crate::pair::{PAIR_BYTES, pair};

pluto_core::domains! {
    KEY = "pluto map key v1";
    VALUE = "pluto map value v1";
    LEAF = "pluto map leaf v1";
    NODE = "pluto map node v1";
}

const LENGTH_BYTES: usize = 4;
/// Strings hashed in one go; bounds the copies made for it.
pub(super) const GROUP: usize = 256;

/// The place of a key: 256 bits, walked from the most significant one.
pub(crate) fn key_hash(key: &[u8]) -> Digest {
    hash_string(&KEY, key)
}

pub(crate) fn key_hashes(keys: &[&[u8]]) -> Vec<Digest> {
    hash_strings(&KEY, keys)
}

pub(crate) fn value_hash(value: &[u8]) -> Digest {
    hash_string(&VALUE, value)
}

pub(crate) fn value_hashes(values: &[&[u8]]) -> Vec<Digest> {
    hash_strings(&VALUE, values)
}

pub(crate) fn leaf(key_hash: &Digest, value_hash: &Digest) -> Digest {
    LEAF.hash_one(&pair(key_hash, value_hash))
}

pub(crate) fn leaves(pairs: &[[u8; PAIR_BYTES]]) -> Vec<Digest> {
    let messages: Vec<&[u8; PAIR_BYTES]> = pairs.iter().collect();
    let mut out = Vec::new();
    LEAF.hash_many(&messages, &mut out);
    out
}

/// The digest over two children; the empty subtree is the zero digest.
pub(crate) fn node(left: &Digest, right: &Digest) -> Digest {
    NODE.hash_one(&pair(left, right))
}

/// The digest at the end of a path from `start` up; each step says whether the sibling is the left one.
pub(crate) fn climb<'a>(start: &Digest, steps: impl Iterator<Item = (bool, &'a Digest)>) -> Digest {
    NODE.climb(start, steps)
}

/// The digests over many pairs of children, in order, appended to `out`.
pub(crate) fn nodes<'a>(
    mut pairs: impl Iterator<Item = &'a [u8; PAIR_BYTES]>,
    out: &mut Vec<Digest>,
) {
    const LANES: usize = 64;
    loop {
        let mut messages = [&[0; PAIR_BYTES]; LANES];
        let mut count = 0;
        for (message, pair) in messages.iter_mut().zip(pairs.by_ref()) {
            *message = pair;
            count += 1;
        }
        NODE.hash_many(messages.get(..count).unwrap_or_default(), out);
        if count < LANES {
            return;
        }
    }
}

/// Bit `depth` of a key hash.
pub(crate) fn bit(hash: &Digest, depth: usize) -> bool {
    hash.0.get(depth / 8).is_some_and(|byte| byte >> (7 - depth % 8) & 1 == 1)
}

fn length(bytes: &[u8]) -> [u8; LENGTH_BYTES] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

fn blocks(bytes: &[u8]) -> usize {
    (LENGTH_BYTES + bytes.len()).div_ceil(BLOCK_BYTES)
}

fn hash_string(domain: &Domain, bytes: &[u8]) -> Digest {
    let zeros = [0; BLOCK_BYTES];
    let padding = blocks(bytes) * BLOCK_BYTES - LENGTH_BYTES - bytes.len();
    domain.hash_parts(&[&length(bytes), bytes, zeros.get(..padding).unwrap_or_default()])
}

fn hash_strings(domain: &Domain, strings: &[&[u8]]) -> Vec<Digest> {
    let mut out = vec![Digest::ZERO; strings.len()];
    for (group, out) in strings.chunks(GROUP).zip(out.chunks_mut(GROUP)) {
        same_size::<1, 64>(domain, group, out);
        same_size::<2, 128>(domain, group, out);
        same_size::<3, 192>(domain, group, out);
        same_size::<4, 256>(domain, group, out);
        for (bytes, out) in group.iter().zip(out).filter(|(bytes, _)| blocks(bytes) > 4) {
            *out = hash_string(domain, bytes);
        }
    }
    out
}

/// Hashes those strings that take exactly `BLOCKS` blocks, `N` bytes.
fn same_size<const BLOCKS: usize, const N: usize>(
    domain: &Domain,
    group: &[&[u8]],
    out: &mut [Digest],
) {
    let chosen = || group.iter().enumerate().filter(|(_, bytes)| blocks(bytes) == BLOCKS);
    let padded: Vec<[u8; N]> = chosen()
        .map(|(_, bytes)| {
            let mut message = [0; N];
            let (head, tail) = message.split_at_mut(LENGTH_BYTES);
            head.copy_from_slice(&length(bytes));
            if let Some(tail) = tail.get_mut(..bytes.len()) {
                tail.copy_from_slice(bytes);
            }
            message
        })
        .collect();
    let messages: Vec<&[u8; N]> = padded.iter().collect();
    let mut digests = Vec::new();
    domain.hash_many(&messages, &mut digests);
    for ((at, _), digest) in chosen().zip(digests) {
        if let Some(out) = out.get_mut(at) {
            *out = digest;
        }
    }
}
