//! What witnesses said behind one border, by round.
//!
//! Both words of a witness that contradicts itself count here, as they do in the fold: what is prepared
//! must not depend on which of them came first.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use pluto_core::payload::{ChainedCheckpoint, RoundVote};
use pluto_core::{Did, Digest, EventId};

use super::WitnessSet;

/// Rounds that are kept.
pub const ROUNDS_MAX: usize = 4_096;
/// Words of one witness that are kept of one round: two are honest, the others show a liar.
pub const WORDS_MAX: usize = 8;

/// A word: of which witness, whether it commits, and what.
type Word = (Did, bool, Digest);

/// What witnesses said behind a border.
#[derive(Clone, Debug, Default)]
pub(super) struct Ballots {
    rounds: BTreeMap<u64, BTreeMap<Word, EventId>>,
    values: BTreeMap<Digest, ChainedCheckpoint>,
    /// The latest round of each witness.
    latest: BTreeMap<Did, u64>,
    /// The latest own commit: what the witness is locked on.
    locks: BTreeMap<Did, (u64, Digest)>,
}

impl Ballots {
    /// Keeps a word; gives the event in which the witness said something else in that round, if it is
    /// shown for the first time.
    pub(super) fn take(&mut self, who: Did, vote: RoundVote, event: EventId) -> Option<EventId> {
        let RoundVote { chained, round, commits } = vote;
        let checkpoint = chained.hash();
        let latest = self.latest.entry(who).or_default();
        *latest = round.max(*latest);
        if commits {
            let lock = self.locks.entry(who).or_insert((round, checkpoint));
            *lock = (round, checkpoint).max(*lock);
        }
        let words = self.rounds.entry(round).or_default();
        let own = words.range((who, false, Digest::ZERO)..).take_while(|((by, ..), _)| *by == who);
        let (mut count, mut other) = (0, None);
        for ((_, _, said), event) in own {
            count += 1;
            other = (*said != checkpoint).then_some(*event).or(other);
        }
        let is_new = !words.contains_key(&(who, commits, checkpoint));
        if is_new && count < WORDS_MAX {
            words.insert((who, commits, checkpoint), event);
            self.values.entry(checkpoint).or_insert(chained);
        }
        self.bound();
        other.filter(|_| is_new && count < WORDS_MAX)
    }

    /// The round that is furthest ahead goes first: honest ones come back to it.
    fn bound(&mut self) {
        while self.rounds.len() > ROUNDS_MAX {
            self.rounds.pop_last();
        }
        let most = ROUNDS_MAX * 2;
        if self.values.len() > most {
            let words = self.rounds.values().flat_map(BTreeMap::keys);
            let named: BTreeSet<Digest> = words.map(|(_, _, checkpoint)| *checkpoint).collect();
            self.values.retain(|checkpoint, _| named.contains(checkpoint));
        }
    }

    pub(super) fn know(&mut self, chained: &ChainedCheckpoint) {
        self.values.insert(chained.hash(), chained.clone());
    }

    pub(super) fn value(&self, checkpoint: &Digest) -> Option<&ChainedCheckpoint> {
        self.values.get(checkpoint)
    }

    /// The latest round of which anything is known.
    pub(super) fn last(&self) -> u64 {
        self.latest.values().copied().max().unwrap_or(0)
    }

    /// The latest round that more than so many witnesses have reached.
    pub(super) fn reached(&self, liars: usize) -> u64 {
        let mut rounds: Vec<u64> = self.latest.values().copied().collect();
        rounds.sort_unstable_by(|a, b| b.cmp(a));
        rounds.get(liars).copied().unwrap_or(0)
    }

    /// The latest round in which as many as the threshold prepared one checkpoint, and which.
    pub(super) fn prepared(&self, set: &WitnessSet) -> Option<(u64, Digest)> {
        self.rounds.iter().rev().find_map(|(round, words)| Some((*round, most(words, set, false)?)))
    }

    /// The latest round in which as many as the threshold committed one.
    pub(super) fn committed(&self, set: &WitnessSet) -> u64 {
        let mut rounds = self.rounds.iter().rev();
        rounds.find(|(_, words)| most(words, set, true).is_some()).map_or(0, |(round, _)| *round)
    }

    /// What `own` said in a round.
    pub(super) fn own(&self, own: Did, round: u64) -> Option<Digest> {
        let words = self.rounds.get(&round)?;
        let mut said = words.range((own, false, Digest::ZERO)..);
        said.next().filter(|((by, ..), _)| *by == own).map(|((_, _, said), _)| *said)
    }

    /// What a proposal must be about: what was prepared last, or what binds `own`.
    pub(super) fn best(&self, set: &WitnessSet, own: Did) -> Option<Digest> {
        let lock = self.locks.get(&own).copied();
        self.prepared(set).max(lock).map(|(_, checkpoint)| checkpoint)
    }

    /// Whether a lock lets `own` prepare a checkpoint.
    pub(super) fn may_prepare(&self, set: &WitnessSet, own: Did, checkpoint: Digest) -> bool {
        let Some((locked, on)) = self.locks.get(&own).copied() else { return true };
        let later = self.rounds.range(locked.saturating_add(1)..);
        let mut later = later.map(|(_, words)| most(words, set, false));
        on == checkpoint || later.any(|prepared| prepared == Some(checkpoint))
    }

    /// Rounds, and the most words of one.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.rounds.len(), self.rounds.values().map(BTreeMap::len).max().unwrap_or(0))
    }

    /// What the witnesses of rounds proposed, the latest first.
    pub(super) fn proposals(
        &self,
        set: &WitnessSet,
        rounds: RangeInclusive<u64>,
    ) -> impl Iterator<Item = (u64, Digest)> {
        let rounds = (!rounds.is_empty()).then(|| self.rounds.range(rounds));
        rounds.into_iter().flatten().rev().filter_map(|(round, words)| {
            let proposer = set.proposer(*round)?;
            let mut said = words.range((proposer, false, Digest::ZERO)..);
            let ((by, commits, checkpoint), _) = said.next()?;
            (*by == proposer && !commits).then_some((*round, *checkpoint))
        })
    }
}

/// The checkpoint that as many as the threshold prepared, or committed.
fn most(words: &BTreeMap<Word, EventId>, set: &WitnessSet, commits: bool) -> Option<Digest> {
    let mut counts: BTreeMap<Digest, usize> = BTreeMap::new();
    for (_, _, checkpoint) in words.keys().filter(|(_, said, _)| *said == commits) {
        *counts.entry(*checkpoint).or_default() += 1;
    }
    counts.into_iter().find(|(_, count)| *count >= set.threshold()).map(|(one, _)| one)
}
