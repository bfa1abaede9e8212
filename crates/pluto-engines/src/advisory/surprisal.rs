//! Surprisal: how unexpected a kind of event is from its author, in bits.
//!
//! I = −log₂((f + 1) / (N + 2)), the rule of succession for two outcomes, with f how often the author
//! wrote the kind among the N events counted. f comes from a Count-Min sketch of 5 rows of 1,024
//! counters (G. Cormode, S. Muthukrishnan, *An improved data stream summary: the count-min sketch and
//! its applications*, Journal of Algorithms 55, 2005), so it is never too low; the hash has a fixed
//! domain, so every node counts alike. When N reaches [`AGED_AT`] all counts are halved: what is old
//! fades, and no counter overflows.

use std::sync::LazyLock;

use pluto_core::hash::Domain;
use pluto_core::kind::KindNumber;
use pluto_core::{Component, Did};

use super::fixed::log2_q32;
use super::{Advisor, Measure, Report, Sighting};

/// Rows of the sketch.
pub const ROWS: usize = 5;
/// Counters of a row.
pub const COLUMNS: usize = 1_024;
/// Events counted after which all counts are halved.
pub const AGED_AT: u64 = 65_536;

static DOMAIN: LazyLock<Domain> = LazyLock::new(|| Domain::new("pluto surprisal sketch v1"));

/// Counts pairs of author and kind; 20 KiB.
#[derive(Clone, Debug)]
pub struct Surprisal {
    counters: Vec<u32>,
    counted: u64,
    /// Of the last event, before it was counted.
    last_ppm: u64,
    sum_ppm: u64,
    seen: u64,
}

impl Default for Surprisal {
    fn default() -> Self {
        let counters = vec![0; ROWS * COLUMNS];
        Self { counters, counted: 0, last_ppm: 0, sum_ppm: 0, seen: 0 }
    }
}

impl Surprisal {
    /// Bits of surprise in an event of that kind by that author, in millionths.
    #[must_use]
    pub fn of_ppm(&self, author: Did, kind: KindNumber) -> u64 {
        let cells = cells(author, kind);
        let counts = cells.iter().filter_map(|cell| self.counters.get(*cell));
        let often = u64::from(counts.min().copied().unwrap_or_default());
        bits_ppm(often, self.counted)
    }

    /// Counts one event.
    pub fn count(&mut self, author: Did, kind: KindNumber) {
        if self.counted >= AGED_AT {
            self.counters.iter_mut().for_each(|count| *count /= 2);
            self.counted /= 2;
        }
        self.counted += 1;
        for cell in cells(author, kind) {
            if let Some(count) = self.counters.get_mut(cell) {
                *count = count.saturating_add(1);
            }
        }
    }
}

/// −log₂((often + 1) / (all + 2)) in millionths of a bit.
fn bits_ppm(often: u64, all: u64) -> u64 {
    let bits = log2_q32(all.saturating_add(2)).saturating_sub(log2_q32(often.saturating_add(1)));
    super::fixed::scaled(bits, super::fixed::ONE_PPM, 1 << 32)
}

/// One counter in each row: the digest gives two bytes for each.
fn cells(author: Did, kind: KindNumber) -> [usize; ROWS] {
    let digest = DOMAIN.hash_parts(&[&author.to_bytes(), &kind.0.to_be_bytes()]);
    let (pairs, _) = digest.0.as_chunks::<2>();
    let mut pairs = pairs.iter();
    std::array::from_fn(|row| {
        let pair = pairs.next().copied().unwrap_or_default();
        row * COLUMNS + usize::from(u16::from_be_bytes(pair)) % COLUMNS
    })
}

impl Advisor for Surprisal {
    fn component(&self) -> Component {
        Component::WorldFormula
    }

    fn observe(&mut self, seen: &Sighting) {
        self.last_ppm = self.of_ppm(seen.author, seen.kind);
        self.sum_ppm = self.sum_ppm.saturating_add(self.last_ppm);
        self.seen += 1;
        self.count(seen.author, seen.kind);
    }

    fn report(&self) -> Report {
        let mean = self.sum_ppm.checked_div(self.seen);
        let measures = vec![
            Measure { name: "surprisal_last_ppm", value: (self.seen > 0).then_some(self.last_ppm) },
            Measure { name: "surprisal_mean_ppm", value: mean },
        ];
        Report { component: self.component(), measures, alerts: Vec::new() }
    }
}

#[cfg(test)]
mod tests;
