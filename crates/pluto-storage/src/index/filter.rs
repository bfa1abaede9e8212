//! A Bloom filter of one 64-bit word per key: most strange ids are answered without a read.
//!
//! "Register-blocked" (Lang and others, VLDB 2019): four bits of one word, at about 12 bits a key about
//! 3 % of strange keys pass. It is built from the index when a segment is first opened, never stored.

use super::Prefix;

const BITS_PER_KEY: u64 = 12;
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// Answers "surely not" or "maybe".
#[derive(Debug)]
pub(crate) struct Filter {
    words: Vec<u64>,
}

impl Filter {
    /// A filter that always says "maybe".
    pub(crate) const fn absent() -> Self {
        Self { words: Vec::new() }
    }

    /// An empty filter for that many keys.
    pub(crate) fn for_entries(count: u64) -> Self {
        let words = usize::try_from(count * BITS_PER_KEY / 64 + 1).unwrap_or(1);
        Self { words: vec![0; words] }
    }

    pub(crate) fn insert(&mut self, key: Prefix) {
        let (place, mask) = self.place(key);
        if let Some(word) = self.words.get_mut(place) {
            *word |= mask;
        }
    }

    pub(crate) fn may_contain(&self, key: Prefix) -> bool {
        let (place, mask) = self.place(key);
        self.words.get(place).is_none_or(|word| word & mask == mask)
    }

    fn place(&self, key: Prefix) -> (usize, u64) {
        let mixed = key.0.wrapping_mul(MIX);
        let mixed = mixed ^ (mixed >> 32);
        let word = (mixed >> 32) * self.words.len() as u64 >> 32;
        let bits = mixed.wrapping_mul(MIX) >> 40;
        let mask = (0..4).fold(0, |mask, turn| mask | 1 << (bits >> (6 * turn) & 63));
        (word as usize, mask)
    }
}
