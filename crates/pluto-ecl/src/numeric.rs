//! Checked arithmetic on the numbers of the language: one definition for every engine.
//!
//! All numbers are 64-bit. A result is computed in 128 bits and must fit 64, or it is the fault
//! `overflow`. `fixed` counts millionths, and scaling rounds toward zero. A dimension of trust is a
//! `fixed` in 0 to 1.

use pluto_core::policy::Fault;
use pluto_core::trust::{PPM, TrustVector, TrustWeights};

use crate::hir::{Arithmetic, Comparison};

/// Millionths in one whole of a `fixed`.
pub const FIXED_ONE: i64 = 1_000_000;

fn fit(wide: i128) -> Result<i64, Fault> {
    i64::try_from(wide).map_err(|_| Fault::Overflow)
}

/// `a op b`. A remainder has the sign of `a`.
///
/// # Errors
/// `Overflow` when the result does not fit, `DivisionByZero` when `b` is zero and `op` divides.
#[inline]
pub fn arithmetic(op: Arithmetic, a: i64, b: i64) -> Result<i64, Fault> {
    let divisor = || if b == 0 { Err(Fault::DivisionByZero) } else { Ok(i128::from(b)) };
    match op {
        Arithmetic::Add => a.checked_add(b).ok_or(Fault::Overflow),
        Arithmetic::Sub => a.checked_sub(b).ok_or(Fault::Overflow),
        Arithmetic::Mul => a.checked_mul(b).ok_or(Fault::Overflow),
        Arithmetic::Div => fit(i128::from(a) / divisor()?),
        Arithmetic::Rem => fit(i128::from(a) % divisor()?),
        Arithmetic::FixedMul => fit(i128::from(a) * i128::from(b) / i128::from(FIXED_ONE)),
        Arithmetic::FixedDiv => fit(i128::from(a) * i128::from(FIXED_ONE) / divisor()?),
    }
}

/// `-a`.
///
/// # Errors
/// `Overflow` for the smallest number.
#[inline]
pub fn negate(a: i64) -> Result<i64, Fault> {
    a.checked_neg().ok_or(Fault::Overflow)
}

/// `|a|`.
///
/// # Errors
/// `Overflow` for the smallest number.
#[inline]
pub fn abs(a: i64) -> Result<i64, Fault> {
    a.checked_abs().ok_or(Fault::Overflow)
}

/// A whole number as `fixed`.
///
/// # Errors
/// `Overflow` above 9,223,372,036,854.
#[inline]
pub fn to_fixed(a: i64) -> Result<i64, Fault> {
    a.checked_mul(FIXED_ONE).ok_or(Fault::Overflow)
}

/// The whole part of a `fixed`, toward zero.
#[inline]
#[must_use]
pub const fn to_int(a: i64) -> i64 {
    a / FIXED_ONE
}

/// The integer square root, rounded down.
///
/// # Errors
/// `Overflow` for a negative number.
#[inline]
pub fn sqrt(a: i64) -> Result<i64, Fault> {
    a.checked_isqrt().ok_or(Fault::Overflow)
}

/// `min(max(x, low), high)`: `high` wins when the bounds are the wrong way round.
#[inline]
#[must_use]
pub fn clamp(x: i64, low: i64, high: i64) -> i64 {
    x.max(low).min(high)
}

/// A signed comparison.
#[inline]
#[must_use]
pub const fn compare(op: Comparison, a: i64, b: i64) -> bool {
    match op {
        Comparison::Eq => a == b,
        Comparison::Ne => a != b,
        Comparison::Lt => a < b,
        Comparison::Le => a <= b,
        Comparison::Gt => a > b,
        Comparison::Ge => a >= b,
    }
}

/// One dimension of `combine`: `1 - (1 - a)(1 - b)` in millionths, rounded down.
///
/// Both are cut to 0 to one whole, so the result is there as well.
#[inline]
#[must_use]
pub fn combine(a: i64, b: i64) -> i64 {
    let doubt = |x: i64| FIXED_ONE - x.clamp(0, FIXED_ONE);
    let product = doubt(a) * doubt(b);
    FIXED_ONE - (product + FIXED_ONE - 1) / FIXED_ONE
}

/// The norm of six dimensions, in millionths: [`TrustVector::norm`] with the default weights.
#[inline]
#[must_use]
pub fn norm(dimensions: &[i64; 6]) -> i64 {
    let cut = |x: &i64| u32::try_from((*x).clamp(0, FIXED_ONE)).unwrap_or(PPM);
    let [r, i, c, p, v, omega] = dimensions;
    let vector = TrustVector([cut(r), cut(i), cut(c), cut(p), cut(v), cut(omega)]);
    i64::from(vector.norm(&TrustWeights::DEFAULT))
}

#[cfg(test)]
mod tests;
