//! The advisors of one realm, side by side.

use pluto_core::Did;

use super::protection::anomaly::{Anomalies, Finding};
use super::protection::concentration::Diversity;
use super::surprisal::Surprisal;
use super::world_formula::{self, ACTIVE_DAYS, Contributor, Humanity};
use super::{AUTHORS_MAX, Advisor, Report, Sighting};

use std::collections::BTreeMap;

const DAY_MS: u64 = 86_400_000;

/// What was seen of one author. Days are of realm time.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    events: u64,
    /// Events of the stretch of [`ACTIVE_DAYS`] that began on that day, and of the one before it.
    active: [u64; 2],
    stretch: u64,
    last_day: u64,
    surprisal_ppm: u64,
}

/// All advisors of one realm, shown the same events.
#[derive(Debug, Default)]
pub struct Board {
    surprisal: Surprisal,
    diversity: Diversity,
    anomalies: Anomalies,
    authors: BTreeMap<Did, Seen>,
    day: u64,
}

impl Board {
    /// Shows an event to every advisor; gives the anomalies it completes.
    pub fn show(&mut self, seen: &Sighting) -> Vec<Finding> {
        if seen.effective {
            self.note(seen);
        }
        self.surprisal.observe(seen);
        self.diversity.observe(seen);
        self.anomalies.find(seen)
    }

    fn note(&mut self, seen: &Sighting) {
        self.day = self.day.max(seen.time_ms / DAY_MS);
        if self.authors.len() >= AUTHORS_MAX && !self.authors.contains_key(&seen.author) {
            return;
        }
        let surprisal_ppm = self.surprisal.of_ppm(seen.author, seen.kind);
        let stretch = self.day / ACTIVE_DAYS;
        let author = self.authors.entry(seen.author).or_default();
        author.turn(stretch);
        author.events += 1;
        let [_, newer] = &mut author.active;
        *newer += 1;
        author.last_day = self.day;
        author.surprisal_ppm = surprisal_ppm;
    }

    /// The authors seen, as the world formula looks at them, ascending. `who` says the norm of an
    /// author's trust and what is known of it as a person.
    pub fn contributors<'a>(
        &'a self,
        who: impl Fn(Did) -> (u32, Humanity) + 'a,
    ) -> impl Iterator<Item = (Did, Contributor)> + 'a {
        let stretch = self.day / ACTIVE_DAYS;
        self.authors.iter().map(move |(author, seen)| {
            let mut seen = *seen;
            seen.turn(stretch);
            let (norm_ppm, humanity) = who(*author);
            let contributor = Contributor {
                norm_ppm,
                active: seen.active.iter().sum(),
                events: seen.events,
                surprisal_ppm: seen.surprisal_ppm,
                humanity,
                idle_days: self.day - seen.last_day,
            };
            (*author, contributor)
        })
    }

    /// 𝔼 of the authors seen, in millionths.
    #[must_use]
    pub fn world_ppm(&self, who: impl Fn(Did) -> (u32, Humanity)) -> u64 {
        let parties = self.contributors(who);
        parties.map(|(_, one)| world_formula::contribution_ppm(&one)).fold(0, u64::saturating_add)
    }

    /// What every advisor found.
    #[must_use]
    pub fn reports(&self) -> Vec<Report> {
        let advisors: [&dyn Advisor; 3] = [&self.surprisal, &self.anomalies, &self.diversity];
        advisors.iter().map(|advisor| advisor.report()).collect()
    }
}

impl Seen {
    fn turn(&mut self, stretch: u64) {
        if stretch == self.stretch {
            return;
        }
        let [_, newer] = self.active;
        self.active = if stretch == self.stretch + 1 { [newer, 0] } else { [0, 0] };
        self.stretch = stretch;
    }
}
