//! Anti-calcification: power above a fair share fades, power below it does not.
//!
//! The cap is a *share* of all power, k / √n for n holders (k = 1), so that it means the same for small
//! and large amounts. What a holder has above the cap decays by 0.6 % a day; nothing else changes. A
//! uniform decay multiplies everybody by the same factor and leaves every measure of inequality where it
//! was; this one is a progressive levy: the kept part falls as power grows, order is preserved, and
//! so the Lorenz curve rises everywhere and Gini falls (U. Jakobsson, *On the measurement of the degree
//! of progression*, Journal of Public Economics 5, 1976). `docs/trust.md` has the figures on real ratings.

use super::super::fixed::{ONE_PPM, scaled};
use super::concentration::top_share_ppm;
use crate::q62::{ONE_Q62, power_q62};

/// What is kept of the part above the cap after a day.
pub const KEEP_PPM: u64 = 994_000;
/// The top whose share is watched.
pub const TOP_PPM: u64 = 30_000;
/// The share of the top from which an alarm is due.
pub const ALARM_PPM: u64 = 420_000;
/// Most days that are reckoned at once.
pub const DAYS_MAX: u64 = 3_650;
/// Holders from which a cap means anything.
pub const HOLDERS_MIN: usize = 4;

/// Most power that one of so many holders keeps undiminished: all of it / √n. None with fewer than
/// [`HOLDERS_MIN`] holders, among whom nobody is over-mighty by a share.
#[must_use]
pub fn cap(powers: &[u64]) -> Option<u64> {
    let holders = powers.iter().filter(|power| **power > 0).count();
    if holders < HOLDERS_MIN {
        return None;
    }
    let all = powers.iter().map(|power| u128::from(*power)).sum::<u128>();
    // √n in millionths is the root of n · 10¹².
    let root = (u128::try_from(holders).ok()? * u128::from(ONE_PPM) * u128::from(ONE_PPM)).isqrt();
    let cap = all.checked_mul(u128::from(ONE_PPM))?.checked_div(root)?;
    Some(u64::try_from(cap).unwrap_or(u64::MAX))
}

/// The powers after so many days, at most [`DAYS_MAX`]: on each day a part of what is above the cap of
/// that day fades. In the end nobody holds more than the share of the cap.
#[must_use]
pub fn relaxed(powers: &[u64], days: u64) -> Vec<u64> {
    let mut now = powers.to_vec();
    for _ in 0..days.min(DAYS_MAX) {
        let Some(cap) = cap(&now).filter(|cap| now.iter().any(|power| power > cap)) else { break };
        for power in &mut now {
            let above = power.saturating_sub(cap);
            *power = *power - above + scaled(above, KEEP_PPM, ONE_PPM);
        }
    }
    now
}

/// The powers after so many days of the uniform decay that the source proposes; for comparison.
#[must_use]
pub fn uniformly_decayed(powers: &[u64], days: u64) -> Vec<u64> {
    let keep = power_q62(scaled(ONE_Q62, KEEP_PPM, ONE_PPM), days);
    powers.iter().map(|power| ((u128::from(*power) * u128::from(keep)) >> 62) as u64).collect()
}

/// Whether the few hold so much that an alarm is due.
#[must_use]
pub fn is_calcified(powers: &[u64]) -> bool {
    cap(powers).is_some() && top_share_ppm(powers, TOP_PPM).is_some_and(|share| share > ALARM_PPM)
}

#[cfg(test)]
mod tests;
