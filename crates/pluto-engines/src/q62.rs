//! Powers of fractions in Q62 fixed point, which any implementation computes to the same bit.

/// One whole.
pub(crate) const ONE_Q62: u64 = 1 << 62;

/// `fraction`, at most one, to the power of `exponent`: by square-and-multiply, every product rounded
/// down.
pub(crate) fn power_q62(fraction: u64, exponent: u64) -> u64 {
    let floor_product = |a: u64, b: u64| ((u128::from(a) * u128::from(b)) >> 62) as u64;
    let (mut result, mut power, mut left) = (ONE_Q62, fraction, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result = floor_product(result, power);
        }
        power = floor_product(power, power);
        left >>= 1;
    }
    result
}
