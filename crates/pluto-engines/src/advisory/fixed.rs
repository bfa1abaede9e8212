//! Logarithm, exponential and the logistic curve in integers: the same bits on every machine.
//!
//! Values are in millionths. log₂ takes one bit of the fraction for each squaring (C. S. Turner, *A
//! Fast Binary Logarithm Algorithm*, IEEE Signal Processing Magazine 27(5), 2010); 2^(−x) multiplies
//! square roots of one half, one for each bit of the fraction. Every step rounds down.

use std::sync::LazyLock;

/// One whole in millionths.
pub const ONE_PPM: u64 = 1_000_000;

const Q: u32 = 32;
const ONE_Q32: u64 = 1 << Q;
/// ln 2 in Q32, rounded down.
const LN_2_Q32: u64 = 2_977_044_471;
/// log₂ e in Q32, rounded down.
const LOG_2_E_Q32: u64 = 6_196_328_018;
const Q62: u32 = 62;

/// 2^(−1/2), 2^(−1/4), … in Q62.
static ROOTS: LazyLock<[u64; Q as usize]> = LazyLock::new(|| {
    let mut root = 1_u64 << (Q62 - 1);
    std::array::from_fn(|_| {
        root = u64::try_from((u128::from(root) << Q62).isqrt()).unwrap_or(root);
        root
    })
});

/// log₂ of `number` in Q32; 0 for 0.
#[must_use]
pub fn log2_q32(number: u64) -> u64 {
    let Some(whole) = number.checked_ilog2() else { return 0 };
    // The mantissa in Q62, from one up to two.
    let mut mantissa = u128::from(number) << (Q62 - whole.min(Q62));
    mantissa >>= whole.saturating_sub(Q62);
    let mut fraction = 0_u64;
    for _ in 0..Q {
        mantissa = (mantissa * mantissa) >> Q62;
        let bit = mantissa >> (Q62 + 1);
        mantissa >>= bit;
        fraction = (fraction << 1) | u64::from(bit != 0);
    }
    (u64::from(whole) << Q) | fraction
}

/// log₂ of `number`, in millionths; 0 for 0.
#[must_use]
pub fn log2_ppm(number: u64) -> u64 {
    scaled(log2_q32(number), ONE_PPM, ONE_Q32)
}

/// The natural logarithm of `number`, in millionths; 0 for 0.
#[must_use]
pub fn ln_ppm(number: u64) -> u64 {
    scaled(scaled(log2_q32(number), LN_2_Q32, ONE_Q32), ONE_PPM, ONE_Q32)
}

/// e^(−x) in Q62 for `x_ppm` ≥ 0.
fn exp_neg_q62(x_ppm: u64) -> u64 {
    let exponent = scaled(scaled(x_ppm, ONE_Q32, ONE_PPM), LOG_2_E_Q32, ONE_Q32);
    let (whole, fraction) = (exponent >> Q, exponent & (ONE_Q32 - 1));
    if whole > u64::from(Q62) {
        return 0;
    }
    let mut product = 1_u64 << Q62;
    for (bit, root) in (0..Q).rev().zip(ROOTS.iter()) {
        if fraction >> bit & 1 == 1 {
            product = ((u128::from(product) * u128::from(*root)) >> Q62) as u64;
        }
    }
    product >> whole
}

/// 2σ(x) − 1 for x ≥ 0, σ the logistic curve: 0 at 0, towards one whole.
#[must_use]
pub fn logistic_rise_ppm(x_ppm: u64) -> u64 {
    let one = 1_u64 << Q62;
    let falling = exp_neg_q62(x_ppm);
    scaled(one - falling, ONE_PPM, one + falling)
}

/// a · b / c rounded down, `u64::MAX` where it does not fit; `c` of 0 counts as 1.
#[must_use]
pub fn scaled(a: u64, b: u64, c: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b) / u128::from(c.max(1));
    u64::try_from(wide).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
