//! What went wrong in a run, so that one can see that everything does in some.

use std::collections::BTreeMap;

use super::liar::Lie;
use super::race::{Contest, Order};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// A frame was lost between two sides of a partition.
    Partition,
    /// A frame was lost.
    Loss,
    /// A frame came twice.
    Duplication,
    /// A frame came before one that was sent earlier.
    Reordering,
    /// A node crashed.
    Crash,
    /// A crash lost runs that were not synced.
    LostRuns,
    /// The clocks of two nodes were more than a day apart.
    Skew,
    /// A peer lied.
    Lie(Lie),
    /// The realm declares witnesses.
    Witnesses,
    /// A checkpoint became final while things went wrong.
    Border,
    /// Two acted on the same thing.
    Race(Contest, Order),
}

impl Trouble {
    /// Everything there is.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let plain = [Self::Partition, Self::Loss, Self::Duplication, Self::Reordering];
        let nodes = [Self::Crash, Self::LostRuns, Self::Skew, Self::Witnesses, Self::Border];
        let races = Contest::ALL.into_iter().flat_map(|contest| {
            Order::ALL.into_iter().map(move |order| Self::Race(contest, order))
        });
        let lies = Lie::ALL.into_iter().map(Self::Lie);
        plain.into_iter().chain(nodes).chain(lies).chain(races).collect()
    }
}

/// How often each kind of trouble was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<Trouble, u64>);

impl Coverage {
    /// One more.
    pub(super) fn met(&mut self, trouble: Trouble) {
        *self.0.entry(trouble).or_default() += 1;
    }

    /// How often.
    #[must_use]
    pub fn of(&self, trouble: Trouble) -> u64 {
        self.0.get(&trouble).copied().unwrap_or(0)
    }

    /// Of many runs, how many met each kind of trouble.
    #[must_use]
    pub fn runs<'a>(runs: impl Iterator<Item = &'a Self> + Clone) -> Vec<(Trouble, usize)> {
        let count = |trouble| runs.clone().filter(|run| run.of(trouble) > 0).count();
        Trouble::all().into_iter().map(|trouble| (trouble, count(trouble))).collect()
    }
}
