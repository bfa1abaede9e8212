//! Rates by realm time: how fast an author writes.
//!
//! Realm time stands still between two signed checkpoints, so events are counted over a stretch that
//! lasts at least a minute (an hour), and the count is set against the time that really went by. A realm
//! without checkpoints has no rates: [`super::Burst`] counts positions there.

use std::collections::BTreeMap;

use pluto_core::Did;

use super::super::super::fixed::scaled;
use super::super::super::{AUTHORS_MAX, Severity, Sighting};
use super::Finding;

/// Events a minute above which a warning is due.
pub const MINUTE_MAX: u64 = 60;
/// Events an hour above which a warning is due.
pub const HOUR_MAX: u64 = 500;
const CRITICAL_TIMES: u64 = 10;

#[derive(Clone, Debug)]
struct Stretch {
    unit_ms: u64,
    events_max: u64,
    what: &'static str,
    from_ms: u64,
    counts: BTreeMap<Did, u64>,
}

impl Stretch {
    const fn new(unit_ms: u64, events_max: u64, what: &'static str) -> Self {
        Self { unit_ms, events_max, what, from_ms: 0, counts: BTreeMap::new() }
    }

    /// Closes the stretch if it lasted long enough, then counts the event.
    fn observe(&mut self, seen: &Sighting) -> Vec<Finding> {
        let lasted_ms = seen.time_ms.saturating_sub(self.from_ms);
        let mut found = Vec::new();
        if lasted_ms >= self.unit_ms {
            let counts = std::mem::take(&mut self.counts);
            // What came before the first time there is has no length.
            if self.from_ms > 0 {
                found = self.judge(&counts, lasted_ms);
            }
            self.from_ms = seen.time_ms;
        }
        if self.counts.len() < AUTHORS_MAX || self.counts.contains_key(&seen.author) {
            *self.counts.entry(seen.author).or_default() += 1;
        }
        found
    }

    fn judge(&self, counts: &BTreeMap<Did, u64>, lasted_ms: u64) -> Vec<Finding> {
        let rates = counts.iter().map(|(author, n)| (author, scaled(*n, self.unit_ms, lasted_ms)));
        let fast = rates.filter(|(_, rate)| *rate > self.events_max);
        fast.map(|(author, value)| Finding {
            severity: match value > CRITICAL_TIMES * self.events_max {
                true => Severity::Critical,
                false => Severity::Warning,
            },
            what: self.what,
            author: *author,
            value,
        })
        .collect()
    }
}

/// Counts events of authors by minute and by hour.
#[derive(Clone, Debug)]
pub struct Rate([Stretch; 2]);

impl Default for Rate {
    fn default() -> Self {
        Self([
            Stretch::new(60_000, MINUTE_MAX, "events a minute"),
            Stretch::new(3_600_000, HOUR_MAX, "events an hour"),
        ])
    }
}

impl Rate {
    /// Counts an event; gives who was too fast in a stretch that ended.
    pub fn observe(&mut self, seen: &Sighting) -> Vec<Finding> {
        self.0.iter_mut().flat_map(|stretch| stretch.observe(seen)).collect()
    }
}
