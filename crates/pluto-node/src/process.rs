//! A process log becomes a realm: every person an identity, every group a credential, every step a
//! decision that a policy judges in the fold.
//!
//! 1. [`parse_log`] reads the events, in order of time.
//! 2. [`Replay`] writes them day by day. The owner of the realm opens each day with a signed checkpoint,
//!    which is how realm time reaches the fold; a person is introduced, and a group certified, when the
//!    log names it first.
//! 3. Each case is an open saga, which the owner opens, closes and gives up; see `cases.rs`.
//! 4. Each step is asked for: an `ActionDecided` by who did it. The log shows that it was done, so a
//!    step that is denied is a violation. The decision stays in the log as it was judged, and its doer
//!    tells by the action `report` that it was done nevertheless: later steps are judged on that.
//!
//! The policy keeps the case files itself, as effects of what it allows; see `permits.ecl`.

mod cases;
mod events;
mod moment;
mod phases;
mod replay;
mod tally;

pub mod codes;

pub use cases::CaseCount;
pub use events::{EVENTS_MAX, LINE_BYTES_MAX, LogError, LogEvent, parse_log};
pub use phases::Phases;
pub use replay::Replay;
pub use tally::{Approved, Example, Tally, Violations};

use std::collections::{BTreeMap, HashSet};

use pluto_ecl::artifact::Artifact;
use pluto_ecl::check::EDITION;
use pluto_ecl::compile::compile;
use pluto_error::Result;

use crate::error::NodeError;

/// The policy of a permit process, with its store and its tests.
pub const PERMITS: &str = include_str!("process/permits.ecl");

/// [`PERMITS`], compiled.
///
/// # Errors
/// Never, as long as the policy of this build compiles: its tests say that it does.
pub fn permits() -> Result<Artifact> {
    let refused = || NodeError::BadArgument("the policy of permits does not compile".to_owned());
    let (_, module) = compile(PERMITS).result.ok_or_else(refused)?;
    Ok(Artifact { edition: EDITION, source: PERMITS.to_owned(), module, wasm: None })
}

const DAY_MS: u64 = 86_400_000;

/// A day (UTC) on which something happened.
#[derive(Debug)]
pub struct Day<'e> {
    /// When it begins, in Unix milliseconds.
    pub start_ms: u64,
    /// The steps, in order of time.
    pub steps: &'e [LogEvent],
    /// The cases that end.
    ends: Vec<String>,
}

/// The events day by day; they stand in order of time.
#[must_use]
pub fn days(events: &[LogEvent]) -> Vec<Day<'_>> {
    let mut days: BTreeMap<u64, Day<'_>> = BTreeMap::new();
    let day = |start_ms| Day { start_ms, steps: &[], ends: Vec::new() };
    for steps in events.chunk_by(|a, b| day_of(a.time_ms) == day_of(b.time_ms)) {
        let start_ms = steps.first().map_or(0, |step| day_of(step.time_ms));
        days.entry(start_ms).or_insert_with(|| day(start_ms)).steps = steps;
    }
    for (start_ms, ends) in cases::ends(events) {
        days.entry(start_ms).or_insert_with(|| day(start_ms)).ends = ends;
    }
    days.into_values().collect()
}

const fn day_of(time_ms: u64) -> u64 {
    time_ms - time_ms % DAY_MS
}

/// The events of the first `count` cases, in order of their first events.
#[must_use]
pub fn first_cases(events: &[LogEvent], count: usize) -> Vec<LogEvent> {
    let mut cases: HashSet<&str> = HashSet::new();
    let mut kept = Vec::new();
    for event in events {
        if cases.len() < count {
            cases.insert(&event.case);
        }
        if cases.contains(event.case.as_str()) {
            kept.push(event.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests;
