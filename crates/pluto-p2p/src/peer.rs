//! Who is on the other side, and the two inputs every machine takes besides: time and randomness.

use std::fmt;

/// Milliseconds of a clock that never goes back; only differences mean anything.
pub type Millis = u64;

/// A node on the network: its 32-byte Ed25519 node key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub [u8; 32]);

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        pluto_core::Digest(self.0).fmt(f)
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        pluto_core::Digest(self.0).fmt(f)
    }
}

/// A source of random numbers, handed in: that of the operating system in a node, a seed in tests.
pub trait Random {
    /// The next number.
    fn next(&mut self) -> u64;
}

/// Numbers from a seed (splitmix64, Steele and others, OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct Seeded(pub u64);

impl Random for Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
