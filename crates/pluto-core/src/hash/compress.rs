//! One BLAKE3 compression in plain registers, for chains in which each hash waits for the one before.
//!
//! Such a chain is bound by latency, and a call through memory is a tenth of it: the result is
//! stored, loaded as bytes, put beside its sibling and loaded again. This form takes and gives words
//! and is inlined into the loop around it. The work is laid out two quarter rounds at a time: enough
//! to hide the latency of an instruction, few enough words in flight for the registers there are.
//!
//! The function is that of the BLAKE3 paper, section 2.2, for counter 0 and full blocks; the tests
//! compare it with the `blake3` crate.

use blake3::BLOCK_LEN;

type Quarter = [u32; 4];

/// The first half of the initialization vector, that of SHA-256.
const IV: Quarter = [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A];

/// The chaining value after `block`.
#[inline(always)]
pub(super) fn compress(chaining: &[u32; 8], block: [u32; 16], flags: u8) -> [u32; 8] {
    let [a0, a1, a2, a3, b0, b1, b2, b3] = *chaining;
    let [c0, c1, c2, c3] = IV;
    let d = [0, 0, BLOCK_LEN as u32, u32::from(flags)];
    let state = [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3], d];
    // Written out: as a loop, the words would be moved around where now only their names change.
    let (state, words) = round(state, block);
    let (state, words) = round(state, words);
    let (state, words) = round(state, words);
    let (state, words) = round(state, words);
    let (state, words) = round(state, words);
    let (state, words) = round(state, words);
    let (state, _) = round(state, words);
    let [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]] = state;
    [a0 ^ c0, a1 ^ c1, a2 ^ c2, a3 ^ c3, b0 ^ d0, b1 ^ d1, b2 ^ d2, b3 ^ d3]
}

/// Mixes the columns, then the diagonals; the words come back in the order of the next round.
#[inline(always)]
fn round(state: [Quarter; 4], words: [u32; 16]) -> ([Quarter; 4], [u32; 16]) {
    let [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]] = state;
    let [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15] = words;
    let ([a0, b0, c0, d0], [a1, b1, c1, d1]) =
        mix([a0, b0, c0, d0], [a1, b1, c1, d1], [m0, m2], [m1, m3]);
    let ([a2, b2, c2, d2], [a3, b3, c3, d3]) =
        mix([a2, b2, c2, d2], [a3, b3, c3, d3], [m4, m6], [m5, m7]);
    let ([a0, b1, c2, d3], [a1, b2, c3, d0]) =
        mix([a0, b1, c2, d3], [a1, b2, c3, d0], [m8, m10], [m9, m11]);
    let ([a2, b3, c0, d1], [a3, b0, c1, d2]) =
        mix([a2, b3, c0, d1], [a3, b0, c1, d2], [m12, m14], [m13, m15]);
    (
        [[a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3], [d0, d1, d2, d3]],
        [m2, m6, m3, m10, m7, m0, m4, m13, m1, m11, m12, m5, m9, m14, m15, m8],
    )
}

/// Two quarter rounds side by side.
#[inline(always)]
fn mix(one: Quarter, two: Quarter, first: [u32; 2], second: [u32; 2]) -> (Quarter, Quarter) {
    let (one, two) = half::<16, 12>(one, two, first);
    half::<8, 7>(one, two, second)
}

#[inline(always)]
fn half<const D: u32, const B: u32>(
    [a0, b0, c0, d0]: Quarter,
    [a1, b1, c1, d1]: Quarter,
    [m0, m1]: [u32; 2],
) -> (Quarter, Quarter) {
    let (a0, a1) = (sum(sum(a0, m0), b0), sum(sum(a1, m1), b1));
    let (d0, d1) = ((d0 ^ a0).rotate_right(D), (d1 ^ a1).rotate_right(D));
    let (c0, c1) = (sum(c0, d0), sum(c1, d1));
    let (b0, b1) = ((b0 ^ c0).rotate_right(B), (b1 ^ c1).rotate_right(B));
    ([a0, b0, c0, d0], [a1, b1, c1, d1])
}

#[inline(always)]
fn sum(a: u32, b: u32) -> u32 {
    a.wrapping_add(b)
}
