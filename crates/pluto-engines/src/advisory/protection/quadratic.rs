//! Quadratic votes: n votes on a matter cost n² credits.
//!
//! S. P. Lalley, E. G. Weyl, *Quadratic Voting*, 2018. Credits belong to the electorate that stood when
//! the matter was opened, one ration for each elector: whoever is not among them has none, so that a
//! hundred fresh keys are a hundred times nothing. The result is advice; governance decides by events.

use std::collections::BTreeMap;

use pluto_core::Did;

use super::super::fixed::{ONE_PPM, scaled};

/// Credits of one elector for one matter.
pub const CREDITS: u64 = 100;
/// Part of the electorate that must vote.
pub const QUORUM_PPM: u64 = 100_000;
/// Part of the votes that must be in favour; more than this passes.
pub const APPROVAL_PPM: u64 = 500_000;
/// How long a matter is open, in milliseconds of realm time: 168 hours.
pub const OPEN_MS: u64 = 168 * 3_600_000;

/// What so many votes cost.
#[must_use]
pub const fn cost(votes: u64) -> u64 {
    votes.saturating_mul(votes)
}

/// Most votes that so many credits buy.
#[must_use]
pub const fn votes(credits: u64) -> u64 {
    credits.isqrt()
}

/// Why a ballot does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not among those who could vote when the matter was opened.
    NotElector,
    /// It costs more than the elector has.
    TooDear,
    /// It comes at the deadline or later.
    TooLate,
}

/// How a matter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Votes in favour.
    pub yes: u64,
    /// Votes against.
    pub no: u64,
    /// Electors who voted.
    pub voters: u64,
    /// Whether enough of them did.
    pub quorum: bool,
    /// Whether it would pass as it stands.
    pub passes: bool,
    /// Whether the deadline has come.
    pub closed: bool,
}

/// A matter that is voted on.
#[derive(Clone, Debug)]
pub struct Matter {
    opened_ms: u64,
    /// The votes of every elector, for or against; 0 until they vote.
    electors: BTreeMap<Did, i64>,
}

impl Matter {
    /// Opens a matter for those electors.
    #[must_use]
    pub fn open(opened_ms: u64, electors: impl IntoIterator<Item = Did>) -> Self {
        Self { opened_ms, electors: electors.into_iter().map(|elector| (elector, 0)).collect() }
    }

    /// Votes: positive in favour, negative against, 0 takes an earlier ballot back. A later ballot
    /// takes the place of an earlier one.
    ///
    /// # Errors
    /// Why the ballot does not count; nothing changes then.
    pub fn vote(&mut self, elector: Did, votes: i64, time_ms: u64) -> Result<(), Refused> {
        if self.is_closed(time_ms) {
            return Err(Refused::TooLate);
        }
        let ballot = self.electors.get_mut(&elector).ok_or(Refused::NotElector)?;
        if cost(votes.unsigned_abs()) > CREDITS {
            return Err(Refused::TooDear);
        }
        *ballot = votes;
        Ok(())
    }

    /// How it stands at that realm time.
    #[must_use]
    pub fn tally(&self, time_ms: u64) -> Tally {
        let sum = |wanted: i64| {
            let side = self.electors.values().filter(|votes| votes.signum() == wanted);
            side.map(|votes| votes.unsigned_abs()).fold(0, u64::saturating_add)
        };
        let (yes, no) = (sum(1), sum(-1));
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let voters = count(self.electors.values().filter(|votes| **votes != 0).count());
        let share = scaled(voters, ONE_PPM, count(self.electors.len()));
        let quorum = voters > 0 && share >= QUORUM_PPM;
        let passes = quorum && scaled(yes, ONE_PPM, yes.saturating_add(no)) > APPROVAL_PPM;
        Tally { yes, no, voters, quorum, passes, closed: self.is_closed(time_ms) }
    }

    fn is_closed(&self, time_ms: u64) -> bool {
        time_ms.saturating_sub(self.opened_ms) >= OPEN_MS
    }
}

#[cfg(test)]
mod tests;
