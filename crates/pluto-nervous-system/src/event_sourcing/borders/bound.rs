//! What anybody signs does not fill the memory.
//!
//! Each author may have opened so many checkpoints about which no witness but the author said anything; one
//! more, and the oldest of these is forgotten. Nothing final is forgotten, and nothing that two witnesses
//! care for: when a second one says a word about something forgotten, its words are read from the log again
//! (`close.rs`). So what is final stays a function of the set.

use pluto_core::{Did, Digest};

use super::{Borders, Candidate};

/// Checkpoints of one author about which no other witness said anything; some 250 bytes each.
pub(crate) const OPENED_MAX: usize = 1_024;

impl Borders {
    /// Remembers who opened a checkpoint, and forgets the oldest of too many.
    pub(super) fn opened(&mut self, who: Did, checkpoint: Digest) {
        let opened = self.opened.entry(who).or_default();
        opened.push_back(checkpoint);
        if opened.len() <= OPENED_MAX {
            return;
        }
        let Some(oldest) = opened.pop_front() else { return };
        let is_alone = self.candidate(&oldest).is_some_and(|one| !self.has_others(one, who));
        if is_alone && !self.numbers.contains_key(&oldest) {
            self.forget(&oldest);
        }
    }

    /// Whether words about a checkpoint that two witnesses care for may have been forgotten.
    pub(crate) fn is_torn(&self, checkpoint: &Digest) -> bool {
        let Some(one) = self.candidate(checkpoint) else { return false };
        let witnesses = &self.quorum(self.list.len()).witnesses;
        let said = |who: &&Did| words(one).any(|other| other == *who);
        one.proposal.is_none() && witnesses.iter().filter(said).count() > 1
    }

    fn has_others(&self, one: &Candidate, opener: Did) -> bool {
        let witnesses = &self.quorum(self.list.len()).witnesses;
        words(one).any(|who| *who != opener && witnesses.contains(who))
    }

    fn forget(&mut self, checkpoint: &Digest) {
        let Some(at) = self.known.remove(checkpoint) else { return };
        let gone = self.candidates.remove(at);
        if let Some(children) = self.children.get_mut(&gone.signed.extends) {
            children.retain(|one| one != checkpoint);
            if children.is_empty() {
                self.children.remove(&gone.signed.extends);
            }
        }
        for later in self.known.values_mut().filter(|later| **later > at) {
            *later -= 1;
        }
    }
}

/// Who said anything about a checkpoint.
fn words(one: &Candidate) -> impl Iterator<Item = &Did> {
    one.rounds.values().flat_map(|round| round.prepared.keys().chain(round.committed.keys()))
}
