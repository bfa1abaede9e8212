//! Domain-separated BLAKE3, one message at a time or many at once.
//!
//! Every hash in Pluto is taken in BLAKE3 `derive_key` mode under its own context string, so that no
//! value of one kind can pass for another. Many short messages of equal length are hashed side by
//! side (SIMD across messages), which is 4 to 7 times faster than one by one.
//!
//! The entry for many messages, `blake3::platform`, is public but not covered by that crate's
//! version promise; therefore the version is pinned and a test compares it with the stable entry.

mod compress;

use std::fmt;
use std::sync::LazyLock;

use blake3::hazmat::{HasherExt, hash_derive_key_context};
use blake3::platform::{Platform, le_bytes_from_words_32, words_from_le_bytes_32};

use compress::compress;

/// Length of a digest in bytes.
pub const DIGEST_BYTES: usize = 32;
/// Block length of BLAKE3 in bytes; messages of [`Domain::hash_many`] are a multiple of it.
pub const BLOCK_BYTES: usize = 64;

/// Messages handed over at once: the most lanes of any platform (AVX-512).
const BATCH: usize = 16;
const PADDED_BLOCKS_MAX: usize = blake3::CHUNK_LEN / BLOCK_BYTES;
const CHUNK_START: u8 = 1;
const CHUNK_END: u8 = 1 << 1;
const ROOT: u8 = 1 << 3;
const DERIVE_KEY_MATERIAL: u8 = 1 << 6;
const ONE_BLOCK: u8 = DERIVE_KEY_MATERIAL | CHUNK_START | CHUNK_END | ROOT;

static PLATFORM: LazyLock<Platform> = LazyLock::new(Platform::detect);

/// A 32-byte BLAKE3 output.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; DIGEST_BYTES]);

impl Digest {
    /// All bytes zero: the digest of nothing.
    pub const ZERO: Self = Self([0; DIGEST_BYTES]);

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; DIGEST_BYTES] {
        &self.0
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::hex::text(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::hex::text(&self.0))
    }
}

/// One hash domain: BLAKE3 in `derive_key` mode under a fixed context string.
pub struct Domain {
    key: [u8; 32],
    words: [u32; 8],
}

impl Domain {
    /// The domain of `context`, a constant of the program such as `pluto event v1`.
    #[must_use]
    pub fn new(context: &str) -> Self {
        let key = hash_derive_key_context(context);
        Self { words: words_from_le_bytes_32(&key), key }
    }

    /// Hashes one message of any length.
    #[must_use]
    pub fn hash(&self, message: &[u8]) -> Digest {
        let mut hasher = blake3::Hasher::new_from_context_key(&self.key);
        hasher.update(message);
        Digest(*hasher.finalize().as_bytes())
    }

    /// Hashes the concatenation of `parts`.
    #[must_use]
    pub fn hash_parts(&self, parts: &[&[u8]]) -> Digest {
        let mut hasher = blake3::Hasher::new_from_context_key(&self.key);
        for part in parts {
            hasher.update(part);
        }
        Digest(*hasher.finalize().as_bytes())
    }

    /// Hashes one message of `N` bytes; `N` is a multiple of 64, from 64 to 1,024.
    #[must_use]
    pub fn hash_one<const N: usize>(&self, message: &[u8; N]) -> Digest {
        const { check_length(N) };
        // One message is a chain of dependent steps: plain registers, with the shorter latency, beat
        // vector lanes of which only one is in use.
        let platform = Platform::portable();
        let mut words = self.words;
        let mut flags = DERIVE_KEY_MATERIAL | CHUNK_START;
        let (blocks, _) = message.as_chunks::<BLOCK_BYTES>();
        for (at, block) in blocks.iter().enumerate() {
            if at + 1 == blocks.len() {
                flags |= CHUNK_END | ROOT;
            }
            platform.compress_in_place(&mut words, block, BLOCK_BYTES as u8, 0, flags);
            flags = DERIVE_KEY_MATERIAL;
        }
        Digest(le_bytes_from_words_32(&words))
    }

    /// Hashes up a Merkle path: `start` and the first sibling give the digest that meets the second
    /// one, and so on. Each step says whether the sibling stands on the left.
    ///
    /// As [`Self::hash_one`] over both digests at each step; what is on the way stays in registers.
    #[must_use]
    pub fn climb<'a>(
        &self,
        start: &Digest,
        steps: impl Iterator<Item = (bool, &'a Digest)>,
    ) -> Digest {
        let mut own = words_from_le_bytes_32(&start.0);
        for (sibling_left, sibling) in steps {
            let sibling = words_from_le_bytes_32(&sibling.0);
            own = compress(&self.words, ordered(own, sibling, sibling_left), ONE_BLOCK);
        }
        Digest(le_bytes_from_words_32(&own))
    }

    /// Hashes messages of `N` bytes each, appending one digest per message to `out`, in order.
    /// `N` is a multiple of 64, from 64 to 1,024.
    pub fn hash_many<const N: usize>(&self, messages: &[&[u8; N]], out: &mut Vec<Digest>) {
        const { check_length(N) };
        out.reserve(messages.len());
        let mut buffer = [0_u8; BATCH * DIGEST_BYTES];
        for group in messages.chunks(BATCH) {
            if let [message] = group {
                out.push(self.hash_one(message));
                continue;
            }
            // Without all lanes filled, the group would be split into runs of 8, 4, 2 and 1, each as
            // slow as a full one: the last message is repeated instead.
            let lanes = match PLATFORM.simd_degree() {
                1 => group.len(),
                _ => group.len().next_power_of_two(),
            };
            let mut padded = [*group.last().unwrap_or(&&[0; N]); BATCH];
            padded.iter_mut().zip(group).for_each(|(to, from)| *to = from);
            self.lanes(padded.get(..lanes).unwrap_or(group), &mut buffer);
            let (digests, _) = buffer.as_chunks::<DIGEST_BYTES>();
            out.extend(digests.iter().take(group.len()).map(|bytes| Digest(*bytes)));
        }
    }

    /// Hashes each message, filled up with zero bytes to a whole number of blocks; one digest per
    /// message, in order. Messages of the same number of blocks are hashed side by side.
    ///
    /// Only for messages whose length is known from elsewhere: the fill does not tell it.
    #[must_use]
    pub fn hash_padded_many(&self, messages: &[&[u8]]) -> Vec<Digest> {
        let mut digests = vec![Digest::ZERO; messages.len()];
        let mut classes: [Vec<usize>; PADDED_BLOCKS_MAX + 1] = Default::default();
        for (index, message) in messages.iter().enumerate() {
            match classes.get_mut(message.len().div_ceil(BLOCK_BYTES)) {
                Some(class) if !message.is_empty() => class.push(index),
                _ => set(&mut digests, index, self.hash_padded(message)),
            }
        }
        macro_rules! sizes {
            ($($blocks:literal)+) => {
                $(if let Some(class) = classes.get($blocks).filter(|class| !class.is_empty()) {
                    self.hash_class::<{ $blocks * BLOCK_BYTES }>(messages, class, &mut digests);
                })+
            };
        }
        sizes!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
        digests
    }

    /// Hashes one message, filled up with zero bytes to a whole number of blocks.
    #[must_use]
    pub fn hash_padded(&self, message: &[u8]) -> Digest {
        let fill = message.len().next_multiple_of(BLOCK_BYTES) - message.len();
        self.hash_parts(&[message, [0; BLOCK_BYTES].get(..fill).unwrap_or_default()])
    }

    fn hash_class<const N: usize>(
        &self,
        messages: &[&[u8]],
        class: &[usize],
        digests: &mut [Digest],
    ) {
        let mut blocks = [[0; N]; BATCH];
        let mut out = Vec::with_capacity(blocks.len());
        for group in class.chunks(blocks.len()) {
            let members = group.iter().filter_map(|index| messages.get(*index));
            for (block, message) in blocks.iter_mut().zip(members) {
                let (front, fill) = block.split_at_mut(message.len().min(N));
                front.copy_from_slice(message);
                fill.fill(0);
            }
            let references: Vec<&[u8; N]> = blocks.iter().take(group.len()).collect();
            out.clear();
            self.hash_many(&references, &mut out);
            for (index, digest) in group.iter().zip(&out) {
                set(digests, *index, *digest);
            }
        }
    }

    fn lanes<const N: usize>(&self, messages: &[&[u8; N]], out: &mut [u8]) {
        PLATFORM.hash_many(
            messages,
            &self.words,
            0,
            blake3::IncrementCounter::No,
            DERIVE_KEY_MATERIAL,
            CHUNK_START,
            CHUNK_END | ROOT,
            out,
        );
    }
}

/// Both digests in order. Without a branch: which side a path takes is as good as random, and every
/// second guess of the processor would be wrong.
#[inline(always)]
fn ordered(own: [u32; 8], sibling: [u32; 8], sibling_left: bool) -> [u32; 16] {
    let swapped = u32::from(sibling_left).wrapping_neg();
    let (mut left, mut right) = (own, sibling);
    for (left, right) in left.iter_mut().zip(&mut right) {
        let change = (*left ^ *right) & swapped;
        *left ^= change;
        *right ^= change;
    }
    let [l0, l1, l2, l3, l4, l5, l6, l7] = left;
    let [r0, r1, r2, r3, r4, r5, r6, r7] = right;
    [l0, l1, l2, l3, l4, l5, l6, l7, r0, r1, r2, r3, r4, r5, r6, r7]
}

fn set(digests: &mut [Digest], index: usize, digest: Digest) {
    if let Some(slot) = digests.get_mut(index) {
        *slot = digest;
    }
}

const fn check_length(bytes: usize) {
    assert!(
        bytes.is_multiple_of(BLOCK_BYTES) && bytes >= BLOCK_BYTES && bytes <= blake3::CHUNK_LEN
    );
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Domain")
    }
}

/// Declares static hash domains, each with its context string.
#[macro_export]
macro_rules! domains {
    ($($(#[$meta:meta])* $vis:vis $name:ident = $context:literal;)+) => {
        $($(#[$meta])* $vis static $name: std::sync::LazyLock<$crate::hash::Domain> =
            std::sync::LazyLock::new(|| $crate::hash::Domain::new($context));)+
    };
}

#[cfg(test)]
mod tests;
