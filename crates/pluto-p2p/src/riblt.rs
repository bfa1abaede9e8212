//! Rateless invertible Bloom lookup tables: the difference of two sets for bytes in proportion to it.
//!
//! After Yang, Gilad and Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM 2024
//! (arXiv 2402.02668). One side streams coded symbols of its set; the other subtracts the symbols of its
//! own set and peels until nothing is left. No side guesses the size of the difference.
//!
//! A tuple is in symbol 0, and in symbol i > 0 with probability 1/(1 + i/2). Then the next symbol after
//! i that has it is j or earlier with probability `1 − (i+1)(i+2) / ((j+1)(j+2))`: a closed form, so one
//! uniform number gives the next place with one integer square root and without any float; see
//! [`Places`]. Checksums and places come from a hash under the key of the session ([`SessionKey`]), so
//! nobody can make tuples that cancel.

mod decoder;

pub use decoder::{Decoder, Difference};

use crate::head::{HeadTuple, SessionKey};
use crate::peer::{Random, Seeded};

/// Bytes of an encoded symbol: sum 24, checksum 8, count 2.
pub const SYMBOL_BYTES: usize = 34;
/// Most symbols of one sketch.
pub const SYMBOLS_MAX: usize = 65_536;
/// Beyond it no sketch reaches; keeps the arithmetic of places inside 128 bits.
const PLACE_MAX: u64 = 1 << 24;

/// The places of one tuple in the stream, ascending, the first is 0.
#[derive(Clone, Debug)]
pub struct Places {
    at: u64,
    random: Seeded,
}

impl Places {
    /// The places that follow from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { at: 0, random: Seeded(seed) }
    }

    /// The present place.
    #[must_use]
    pub const fn at(&self) -> u64 {
        self.at
    }

    /// Goes to the next place.
    ///
    /// With u uniform in (0, 1] the next place is the smallest j with `(j+1)(j+2) > (i+1)(i+2)/u`. With
    /// u = r/2⁶⁴ and X = ⌊(i+1)(i+2)·2⁶⁴/r⌋ that is `(2j+3)² > 4X + 1`, hence `j = (⌊√(4X+1)⌋ − 1) / 2`
    /// in whole numbers.
    pub fn advance(&mut self) {
        if self.at >= PLACE_MAX {
            self.at = u64::MAX;
            return;
        }
        let r = u128::from(self.random.next()) + 1;
        let here = u128::from(self.at);
        let bound = (((here + 1) * (here + 2)) << 64) / r;
        let next = ((4 * bound + 1).isqrt() - 1) / 2;
        self.at = u64::try_from(next).unwrap_or(u64::MAX);
    }
}

/// One coded symbol: what the tuples in it add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symbol {
    /// Exclusive or of the tuples.
    pub sum: HeadTuple,
    /// Exclusive or of their checksums.
    pub check: u64,
    /// How many there are; in a difference, how many more on the other side.
    pub count: i64,
}

impl Symbol {
    fn add(&mut self, entry: &Entry, times: i64) {
        self.sum = self.sum.xor(entry.tuple);
        self.check ^= entry.check;
        self.count = self.count.wrapping_add(times);
    }

    const fn minus(self, other: Self) -> Self {
        Self {
            sum: self.sum.xor(other.sum),
            check: self.check ^ other.check,
            count: self.count.wrapping_sub(other.count),
        }
    }

    const fn is_empty(&self) -> bool {
        self.count == 0
            && self.check == 0
            && self.sum.author == 0
            && self.sum.seq == 0
            && self.sum.head == 0
    }
}

/// How many of `total` tuples symbol `index` has on average: what counts are written against.
#[must_use]
pub const fn expected_count(total: u64, index: u64) -> i64 {
    // total / (1 + index/2); both are bounded far below 2^62.
    (total.saturating_mul(2) / index.saturating_add(2)).cast_signed()
}

/// A tuple on its way through the stream.
#[derive(Clone, Debug)]
struct Entry {
    tuple: HeadTuple,
    check: u64,
    places: Places,
}

impl Entry {
    fn new(key: &SessionKey, tuple: HeadTuple) -> Self {
        let mark = key.mark(tuple);
        Self { tuple, check: mark.check, places: Places::new(mark.seed) }
    }
}

/// Streams the coded symbols of a set: 48 bytes for each tuple.
#[derive(Clone, Debug)]
pub struct Encoder {
    /// Ascending by tuple.
    entries: Vec<Entry>,
    made: u64,
}

impl Encoder {
    /// An encoder of these tuples; one that is named twice counts once.
    #[must_use]
    pub fn new(key: &SessionKey, tuples: impl IntoIterator<Item = HeadTuple>) -> Self {
        let mut entries: Vec<Entry> =
            tuples.into_iter().map(|tuple| Entry::new(key, tuple)).collect();
        entries.sort_unstable_by_key(|entry| entry.tuple);
        entries.dedup_by_key(|entry| entry.tuple);
        Self { entries, made: 0 }
    }

    /// How many tuples it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many symbols it has made.
    #[must_use]
    pub const fn made(&self) -> u64 {
        self.made
    }

    /// Whether the set has that tuple.
    #[must_use]
    pub fn contains(&self, tuple: HeadTuple) -> bool {
        self.entries.binary_search_by_key(&tuple, |entry| entry.tuple).is_ok()
    }

    /// The next `count` symbols.
    pub fn symbols(&mut self, count: usize) -> Vec<Symbol> {
        let mut symbols = vec![Symbol::default(); count];
        for entry in &mut self.entries {
            let within = |at: u64| usize::try_from(at.saturating_sub(self.made)).ok();
            while let Some(symbol) = within(entry.places.at()).and_then(|at| symbols.get_mut(at)) {
                let Entry { tuple, check, .. } = *entry;
                symbol.sum = symbol.sum.xor(tuple);
                symbol.check ^= check;
                symbol.count += 1;
                entry.places.advance();
            }
        }
        self.made = self.made.saturating_add(count as u64);
        symbols
    }
}

#[cfg(test)]
mod tests;
