//! A stream of choices: first from bytes, then from a generator that the bytes seed.

/// Choices for a generator of random values.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    bytes: &'a [u8],
    state: u64,
}

impl<'a> Choices<'a> {
    /// Choices that a fuzzer steers.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        let state = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |state: u64, byte| {
            (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { bytes, state }
    }

    /// Choices of a seed.
    #[must_use]
    pub const fn from_seed(seed: u64) -> Self {
        Self { bytes: &[], state: seed }
    }

    /// A word; `SplitMix64` once the bytes are used up.
    pub fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `count`, which is not zero.
    pub fn below(&mut self, count: usize) -> usize {
        let chosen = match self.bytes.split_first() {
            Some((byte, rest)) => {
                self.bytes = rest;
                u64::from(*byte)
            }
            None => self.word(),
        };
        (chosen % count as u64) as usize
    }

    /// True once in `count` times.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// One of these.
    pub fn pick<'b, T>(&mut self, from: &'b [T]) -> &'b T {
        &from[self.below(from.len())]
    }
}
