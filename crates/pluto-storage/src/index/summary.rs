//! What memory keeps of an index: a Bloom filter, and where each page begins.
//!
//! The filter is "register-blocked" (Lang and others, VLDB 2019): four bits of one 64-bit word per key,
//! at 12 bits a key about 3 % of strange keys pass. Neither is ever stored.

use std::ops::Range;

use super::{PAGE_ENTRIES, Prefix};

const BITS_PER_KEY: u64 = 12;
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// Says which pages may hold a key.
#[derive(Debug)]
pub(crate) struct Summary {
    words: Vec<u64>,
    /// The first key of each page.
    firsts: Vec<Prefix>,
    count: usize,
}

impl Summary {
    /// The summary of that many keys, none of which is in it yet.
    pub(crate) fn for_entries(count: u64) -> Self {
        let words = usize::try_from(count * BITS_PER_KEY / 64 + 1).unwrap_or(1);
        Self { words: vec![0; words], firsts: Vec::new(), count: 0 }
    }

    /// Adds the next key, in ascending order.
    pub(crate) fn push(&mut self, key: Prefix) {
        if self.count.is_multiple_of(PAGE_ENTRIES) {
            self.firsts.push(key);
        }
        self.count += 1;
        let (place, mask) = self.place(key);
        if let Some(word) = self.words.get_mut(place) {
            *word |= mask;
        }
    }

    /// The pages that may hold the key; almost always none or one.
    pub(crate) fn pages_with(&self, key: Prefix) -> Range<u64> {
        let (place, mask) = self.place(key);
        if self.words.get(place).is_some_and(|word| word & mask != mask) {
            return 0..0;
        }
        // A key that begins a page may stand at the end of the page before it too.
        let start = self.firsts.partition_point(|first| *first < key).saturating_sub(1);
        let end = self.firsts.partition_point(|first| *first <= key);
        start as u64..end as u64
    }

    fn place(&self, key: Prefix) -> (usize, u64) {
        let mixed = key.0.wrapping_mul(MIX);
        let mixed = mixed ^ (mixed >> 32);
        let word = ((mixed >> 32) * self.words.len() as u64) >> 32;
        let bits = mixed.wrapping_mul(MIX) >> 40;
        let mask = (0..4).fold(0, |mask, turn| mask | 1 << ((bits >> (6 * turn)) & 63));
        (word as usize, mask)
    }
}
