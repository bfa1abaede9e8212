//! Exponential decay in integers: a mass loses half in [`HALF_LIFE_DAYS`] days.
//!
//! m · 2^(−n/180) is computed as m · T\[n mod 180\] / 2^(n div 180), where T holds 2^(−i/180) in Q62
//! fixed point, and rounded half up. T comes from one constant by square-and-multiply that floors
//! every product, so that any implementation reaches the same table.

use std::sync::LazyLock;

use super::rule::HALF_LIFE_DAYS;
use crate::q62::power_q62;

const FRACTION_BITS: u32 = 62;
/// 2^(−1/180) in Q62, rounded down.
const DAY_Q62: u64 = 4_593_961_405_449_469_489;
/// Half-lives after which any 64-bit mass has become 0.
const HALVINGS_MAX: u32 = 63;

static FACTORS: LazyLock<[u64; HALF_LIFE_DAYS as usize]> =
    LazyLock::new(|| std::array::from_fn(factor_q62));

fn factor_q62(days: usize) -> u64 {
    power_q62(DAY_Q62, days as u64)
}

/// What is left of `mass` after `days`. Never more than `mass`.
pub(super) fn decayed(mass: u64, days: u64) -> u64 {
    if days == 0 || mass == 0 {
        return mass;
    }
    let halvings = u32::try_from(days / HALF_LIFE_DAYS).unwrap_or(HALVINGS_MAX);
    let within = usize::try_from(days % HALF_LIFE_DAYS).unwrap_or_default();
    let Some(factor) = FACTORS.get(within).filter(|_| halvings < HALVINGS_MAX) else {
        return 0;
    };
    let shift = FRACTION_BITS + halvings;
    let half = 1_u128 << (shift - 1);
    ((u128::from(mass) * u128::from(*factor) + half) >> shift) as u64
}

#[cfg(test)]
mod tests;
