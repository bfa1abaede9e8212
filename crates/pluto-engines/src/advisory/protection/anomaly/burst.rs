//! Bursts by position: an author who writes far more than it used to.
//!
//! For each author the counts of past windows give mean and variance. The variance is taken as at least
//! the mean, that of a Poisson process, and at least one: whoever was steady is not loud for one event
//! more. z² is compared in integers, without a root.

use std::collections::BTreeMap;

use pluto_core::Did;

use super::super::super::{AUTHORS_MAX, Severity, Sighting};
use super::Finding;

/// Positions of a window.
pub const WINDOW: u64 = 256;
/// Windows of an author before it is judged.
pub const SAMPLES_MIN: u64 = 10;
/// Windows after which the past of an author is halved.
const SAMPLES_MAX: u64 = 128;
const Z_MAX: u128 = 3;

/// An author: its past windows, and the present one.
#[derive(Clone, Copy, Debug, Default)]
struct Past {
    samples: u64,
    sum: u64,
    squares: u64,
    now: u64,
}

impl Past {
    /// Ends the window; gives z in thousandths if it is high.
    fn turn(&mut self) -> Option<u64> {
        let count = std::mem::take(&mut self.now);
        let found = if self.samples >= SAMPLES_MIN { self.judge(count) } else { None };
        if self.samples >= SAMPLES_MAX {
            self.samples /= 2;
            self.sum /= 2;
            self.squares /= 2;
        }
        self.samples += 1;
        self.sum += count;
        self.squares += count * count;
        found
    }

    /// With n samples of sum s and sum of squares q, z² = (n·x − s)² / (n·q − s²).
    fn judge(&self, count: u64) -> Option<u64> {
        let [n, s, q] = [self.samples, self.sum, self.squares].map(u128::from);
        let above = (n * u128::from(count)).checked_sub(s)?;
        let variance = (n * q).saturating_sub(s * s).max(n * s).max(n * n);
        if above * above <= Z_MAX * Z_MAX * variance {
            return None;
        }
        u64::try_from((above * above * 1_000_000 / variance).isqrt()).ok()
    }
}

/// Counts events of authors by window of positions.
#[derive(Clone, Debug, Default)]
pub struct Burst {
    window: u64,
    authors: BTreeMap<Did, Past>,
}

impl Burst {
    /// Counts an event; gives who was loud in a window that ended.
    pub fn observe(&mut self, seen: &Sighting) -> Vec<Finding> {
        let window = seen.position.0 / WINDOW;
        let mut found = Vec::new();
        if window != self.window {
            self.window = window;
            let turned = self.authors.iter_mut().map(|(author, past)| (author, past.turn()));
            found = turned
                .filter_map(|(author, loud)| {
                    let (value, severity) = (loud?, Severity::Warning);
                    Some(Finding { severity, what: "burst of events", author: *author, value })
                })
                .collect();
            // Whoever was silent in all windows that count is forgotten.
            self.authors.retain(|_, past| past.sum > 0);
        }
        if self.authors.len() < AUTHORS_MAX || self.authors.contains_key(&seen.author) {
            self.authors.entry(seen.author).or_default().now += 1;
        }
        found
    }
}
