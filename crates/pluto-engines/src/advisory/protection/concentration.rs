//! Concentration: Gini, share of the top, and how evenly events spread over categories.
//!
//! Gini = Σ(2i − n − 1)xᵢ / (n Σx) over ascending x (C. Gini, *Variabilità e mutabilità*, 1912); Shannon's
//! entropy H = log₂N − Σ c log₂ c / N (C. E. Shannon, 1948). A bound on H itself cannot be met with
//! fewer than four categories, so evenness H / log₂ k is judged, from [`SAMPLE_MIN`] events on.

use std::collections::BTreeMap;

use pluto_core::Component;

use super::super::fixed::{ONE_PPM, log2_q32, scaled};
use super::super::{Advisor, Alert, Alerts, Measure, Report, Severity, Sighting};

/// Gini from which a warning is due.
pub const GINI_WARN_PPM: u64 = 350_000;
/// Gini from which a realm counts as captured.
pub const GINI_ALARM_PPM: u64 = 800_000;
/// Events from which evenness and shares mean anything.
pub const SAMPLE_MIN: u64 = 30;
/// Largest share of one category of events.
pub const CATEGORY_MAX_PPM: u64 = 500_000;
/// Evenness below which a warning is due.
pub const EVENNESS_MIN_PPM: u64 = 500_000;
/// Positions of a window of [`Diversity`].
pub const WINDOW: u64 = 1_024;

/// The Gini coefficient in millionths: 0 for equal amounts, towards one whole when one has all. None
/// when nobody has anything.
#[must_use]
pub fn gini_ppm(amounts: &[u64]) -> Option<u64> {
    let mut ascending = amounts.to_vec();
    ascending.sort_unstable();
    let count = i128::try_from(ascending.len()).ok()?;
    let sum: i128 = ascending.iter().map(|amount| i128::from(*amount)).sum();
    let weighed = (1_i128..).zip(&ascending).try_fold(0_i128, |all, (place, amount)| {
        all.checked_add((2 * place - count - 1).checked_mul(i128::from(*amount))?)
    })?;
    let gini = weighed.checked_mul(i128::from(ONE_PPM))?.checked_div(count.checked_mul(sum)?)?;
    u64::try_from(gini).ok()
}

/// The share of the largest `top_ppm` of all holders, at least one, in millionths. None when nobody
/// has anything.
#[must_use]
pub fn top_share_ppm(amounts: &[u64], top_ppm: u64) -> Option<u64> {
    let mut descending = amounts.to_vec();
    descending.sort_unstable_by(|a, b| b.cmp(a));
    let all: u128 = descending.iter().map(|amount| u128::from(*amount)).sum();
    let holders = u64::try_from(descending.len()).unwrap_or(u64::MAX);
    let top = usize::try_from(scaled(holders, top_ppm, ONE_PPM).max(1)).unwrap_or(usize::MAX);
    let held: u128 = descending.iter().take(top).map(|amount| u128::from(*amount)).sum();
    u64::try_from(held.checked_mul(u128::from(ONE_PPM))?.checked_div(all)?).ok()
}

/// Shannon's entropy of counts in millionths of a bit; 0 when nothing was counted.
#[must_use]
pub fn entropy_ppm(counts: impl IntoIterator<Item = u64> + Clone) -> u64 {
    let all: u64 = counts.clone().into_iter().fold(0, u64::saturating_add);
    let inner: u128 =
        counts.into_iter().map(|count| u128::from(count) * u128::from(log2_q32(count))).sum();
    let mean = u64::try_from(inner / u128::from(all.max(1))).unwrap_or(u64::MAX);
    scaled(log2_q32(all).saturating_sub(mean), ONE_PPM, 1 << 32)
}

/// H / log₂ k in millionths over k categories that occur. None below [`SAMPLE_MIN`] events or with
/// fewer than two categories.
#[must_use]
pub fn evenness_ppm(counts: impl IntoIterator<Item = u64> + Clone) -> Option<u64> {
    let all: u64 = counts.clone().into_iter().fold(0, u64::saturating_add);
    let kinds = counts.clone().into_iter().filter(|count| *count > 0).count();
    let most = scaled(log2_q32(u64::try_from(kinds).ok()?), ONE_PPM, 1 << 32);
    if all < SAMPLE_MIN || most == 0 {
        return None;
    }
    Some(scaled(entropy_ppm(counts), ONE_PPM, most).min(ONE_PPM))
}

/// How events of the last one to two windows spread over kinds. Kinds are few, so is the memory.
#[derive(Clone, Debug, Default)]
pub struct Diversity {
    counts: [BTreeMap<u16, u64>; 2],
    window: u64,
    alerts: Alerts,
}

impl Diversity {
    fn counted(&self) -> BTreeMap<u16, u64> {
        let mut all = BTreeMap::new();
        for (kind, count) in self.counts.iter().flatten() {
            *all.entry(*kind).or_default() += count;
        }
        all
    }

    fn turn(&mut self, seen: &Sighting) {
        let counts = self.counted();
        let uneven = evenness_ppm(counts.values().copied()).filter(|it| *it < EVENNESS_MIN_PPM);
        if let Some(value) = uneven {
            self.alerts.push(Alert {
                severity: Severity::Warning,
                what: "events are of few kinds",
                author: None,
                position: seen.position,
                value,
            });
        }
        let [older, newer] = &mut self.counts;
        *older = std::mem::take(newer);
    }
}

impl Advisor for Diversity {
    fn component(&self) -> Component {
        Component::Diversity
    }

    fn observe(&mut self, seen: &Sighting) {
        let window = seen.position.0 / WINDOW;
        if window != self.window {
            self.turn(seen);
            self.window = window;
        }
        // Kinds of the language are below this bound; a flood of unknown ones is one category.
        const KINDS_MAX: u16 = 1_024;
        let [_, newer] = &mut self.counts;
        *newer.entry(seen.kind.0.min(KINDS_MAX)).or_default() += 1;
    }

    fn report(&self) -> Report {
        let counts = self.counted();
        let all: u64 = counts.values().sum();
        let largest = counts.values().max().copied().unwrap_or_default();
        let share = (all >= SAMPLE_MIN).then(|| scaled(largest, ONE_PPM, all));
        let entropy = (all > 0).then(|| entropy_ppm(counts.values().copied()));
        let measures = vec![
            Measure { name: "kinds", value: u64::try_from(counts.len()).ok() },
            Measure { name: "entropy_ppm", value: entropy },
            Measure { name: "evenness_ppm", value: evenness_ppm(counts.values().copied()) },
            Measure { name: "largest_kind_ppm", value: share },
        ];
        Report { component: self.component(), measures, alerts: self.alerts.to_vec() }
    }
}

#[cfg(test)]
mod tests;
