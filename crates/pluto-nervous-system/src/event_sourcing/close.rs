//! A checkpoint becomes final: what it covers goes in front of everything that no border covered yet,
//! and stays there.
//!
//! 1. Votes are counted one by one, in order of arrival (`borders`).
//! 2. When one makes a checkpoint final, the last tier is rolled back to the first event that the
//!    checkpoint does not cover, folded again up to the border, closed, and folded to its end. What lies
//!    before the border is never rolled back any more.
//! 3. What memory cannot undo is folded anew from the log, tier by tier (`refold`).

use std::sync::Arc;

use hashbrown::HashSet;
use pluto_core::traits::Committed;
use pluto_core::{Digest, Event, EventId, Kind};
use pluto_error::Result;

use super::borders::{Border, Found, Quorum, Vote};
use super::dag::PastLog;
use super::fold::Rules;
use super::held::Held;
use super::realm_state::{Change, RealmState, tell_reorganised};
use super::tiles::Place;
use super::view::RealmView;
use crate::error::NervousError;
use crate::merkle_tracker::Roots;
use crate::snapshot::Snapshot;

/// Events behind a border that proposals cover.
struct Covered {
    ids: HashSet<EventId>,
    /// Whether a declaration of witnesses is among them.
    declares: bool,
}

/// How the last tier comes apart.
struct Split {
    covered: HashSet<EventId>,
    /// The first place that does not stay as it is.
    from: u64,
    /// The number of events up to the end of what is covered.
    end: u64,
    lamports: (u64, u64),
}

impl RealmState {
    /// What the events sign, in their order.
    pub(super) fn votes<'e>(
        &self,
        rules: &Rules,
        events: impl Iterator<Item = &'e Event>,
    ) -> Vec<Vote> {
        match rules.finality() {
            Some(_) => events.filter_map(Vote::of).collect(),
            None => Vec::new(),
        }
    }

    /// Counts votes whose events stand in their places; the realm had `before` events that were told.
    pub(super) fn count(
        &mut self,
        rules: &Rules,
        votes: Vec<Vote>,
        before: u64,
        mut change: Change,
        log: &PastLog<'_>,
    ) -> Result<Change> {
        for vote in votes {
            self.know_creator(log)?;
            let checkpoint = vote.checkpoint();
            let mut opens = self.borders.note(vote);
            if self.borders.is_torn(&checkpoint) {
                opens |= self.read_again(checkpoint, log)?;
            }
            let mut open = self.borders.supported(checkpoint, opens);
            while let Some(found) = open.pop() {
                let Some(found) = self.borders.found(found) else { continue };
                if self.borders.rival().is_some() || !self.is_plain(&found, log)? {
                    continue;
                }
                if found.above < self.borders.list().len() {
                    self.contradict(&found);
                    continue;
                }
                for checkpoint in found.path {
                    self.close(rules, checkpoint, before, &mut change, log)?;
                    let behind: Vec<Digest> = self.borders.extending(&checkpoint).collect();
                    let behind = behind.into_iter().map(|one| self.borders.supported(one, true));
                    let behind: Vec<Digest> = behind.flatten().collect();
                    open.extend(behind);
                }
            }
        }
        Ok(change)
    }

    /// Notes the words about a checkpoint that stand behind the last border; says whether what extends it
    /// may be reached only now.
    fn read_again(&mut self, checkpoint: Digest, log: &PastLog<'_>) -> Result<bool> {
        let mut opens = false;
        for place in self.places_in(self.borders.position()..self.len())? {
            let vote = self.dag.read(&place.id, log, Vote::of)?.flatten();
            if let Some(vote) = vote.filter(|vote| vote.checkpoint() == checkpoint) {
                opens |= self.borders.note(vote);
            }
        }
        Ok(opens)
    }

    fn know_creator(&mut self, log: &PastLog<'_>) -> Result<()> {
        if self.borders.root.threshold == 0 {
            let genesis = EventId(self.realm.0);
            let creator = self.dag.read(&genesis, log, |event| event.header.author)?;
            let witnesses = creator.into_iter().collect();
            self.borders.root = Arc::new(Quorum { witnesses, threshold: 1 });
        }
        Ok(())
    }

    fn contradict(&mut self, found: &Found) {
        if let Some(rival) = found.path.last() {
            tracing::error!(realm = %self.realm, checkpoint = %rival, "two chains are final");
            self.borders.contradict(*rival);
        }
    }

    /// Whether nothing between a border and a checkpoint changes who decides.
    fn is_plain(&self, found: &Found, log: &PastLog<'_>) -> Result<bool> {
        let between = found.path.len().saturating_sub(1);
        if between == 0 {
            return Ok(true);
        }
        let mut parents = Vec::new();
        for checkpoint in found.path.iter().take(between) {
            parents.extend_from_slice(&self.proposal_of(checkpoint, log)?.header.parents);
        }
        let places = self.places_in(self.borders.position_of(found.above)..self.len())?;
        Ok(!self.covered(&parents, &places, log)?.declares)
    }

    pub(super) fn proposal_of(&self, checkpoint: &Digest, log: &PastLog<'_>) -> Result<Event> {
        let unknown = || NervousError::Internal("a final checkpoint without its proposal");
        let candidate = self.borders.candidate(checkpoint).ok_or_else(unknown)?;
        self.event_of(&candidate.proposal.ok_or_else(unknown)?, log)
    }

    pub(super) fn event_of(&self, id: &EventId, log: &PastLog<'_>) -> Result<Event> {
        Ok(self.dag.event(id, log)?.ok_or(NervousError::UnknownEvent(*id))?)
    }

    /// The causal past of events, themselves among it, as far as it lies among `places`: those behind a
    /// border, so that nothing behind what is missing there is asked for.
    fn covered(&self, parents: &[EventId], places: &[Place], log: &PastLog<'_>) -> Result<Covered> {
        let mut left: HashSet<EventId> = places.iter().map(|place| place.id).collect();
        let mut next = parents.to_vec();
        let mut covered = Covered { ids: HashSet::new(), declares: false };
        while let Some(id) = next.pop() {
            if !left.remove(&id) {
                continue;
            }
            covered.ids.insert(id);
            let declares = self.dag.read(&id, log, |event| {
                next.extend(past_of(event));
                event.header.kind == Kind::WitnessesDeclared.number()
            })?;
            covered.declares |= declares.ok_or(NervousError::UnknownEvent(id))?;
        }
        Ok(covered)
    }

    /// What of the last tier stands in the past of an event with those parents.
    fn split(&self, parents: &[EventId], log: &PastLog<'_>) -> Result<Split> {
        let start = self.borders.position();
        let places = self.places_in(start..self.len())?;
        let covered = self.covered(parents, &places, log)?.ids;
        let kept = places.iter().position(|place| !covered.contains(&place.id));
        let from = start + kept.unwrap_or(places.len()) as u64;
        let times = places.iter().filter(|place| covered.contains(&place.id));
        let lamports = times.fold((u64::MAX, 0), |(lowest, highest), place| {
            (place.lamport.min(lowest), place.lamport.max(highest))
        });
        let end = start + covered.len() as u64;
        Ok(Split { covered, from, end, lamports })
    }

    /// Makes a border of a checkpoint that extends the last one.
    fn close(
        &mut self,
        rules: &Rules,
        checkpoint: Digest,
        before: u64,
        change: &mut Change,
        log: &PastLog<'_>,
    ) -> Result<()> {
        let proposal = self.proposal_of(&checkpoint, log)?;
        self.settle()?;
        let split = self.split(&proposal.header.parents, log)?;
        let Split { from, end, lamports, .. } = split;
        let proposed = Border::of(checkpoint, &proposal);
        let number = proposed.number;
        let border = Border { position: end, lamports, ..proposed };
        let mut committed = match self.undo_to(from)? {
            Some(moved) => self.fold_apart(rules, moved, &split, border, &proposal)?,
            None => self.refold(rules, Vec::new(), log, Some((from, border)))?.committed,
        };
        if from < before {
            let border = format!("the border of checkpoint {number} at position {end}");
            tell_reorganised(&mut committed, &format!("from position {from} on, with {border},"));
            let reorganised = change.reorganised_from.map_or(from, |other| other.min(from));
            change.reorganised_from = Some(reorganised);
        }
        change.committed.retain(|told| told.position.0 < from);
        change.committed.append(&mut committed);
        Ok(())
    }

    /// Takes everything from a place on out of the order, if memory can undo it.
    fn undo_to(&mut self, from: u64) -> Result<Option<Vec<Held>>> {
        let kept = from.checked_sub(self.base).and_then(|kept| usize::try_from(kept).ok());
        match kept.filter(|kept| self.places.len() - kept <= self.recent.len()) {
            Some(kept) => self.roll_back(kept).map(Some),
            None => Ok(None),
        }
    }

    fn fold_apart(
        &mut self,
        rules: &Rules,
        moved: Vec<Held>,
        split: &Split,
        border: Border,
        proposal: &Event,
    ) -> Result<Vec<Committed>> {
        let (inside, behind) = apart(moved, &split.covered);
        let mut committed = self.fold_all(rules, inside)?;
        self.end_tier(rules, border, proposal)?;
        committed.append(&mut self.fold_all(rules, behind)?);
        self.settle()?;
        self.unstore(split.from);
        Ok(committed)
    }

    /// The step of a border: after the last event that it covers.
    pub(super) fn end_tier(
        &mut self,
        rules: &Rules,
        mut border: Border,
        proposal: &Event,
    ) -> Result<()> {
        let Some(finality) = rules.finality() else { return Ok(()) };
        self.settle()?;
        rules.tell_border(proposal, || Snapshot::before_decision(&RealmView::new(self)));
        let (writes, quorum) = self.working.close(finality, self.tracker.maps(), proposal);
        // Whoever undoes the event before the border undoes the border with it: nobody does.
        match self.recent.back_mut() {
            Some(last) => last.writes += u32::try_from(writes).unwrap_or(u32::MAX),
            None => self.working.forget(writes),
        }
        let before = self.borders.last().map_or(&self.borders.root, |last| &last.quorum);
        let quorum = quorum.map(|(witnesses, threshold)| Quorum { witnesses, threshold });
        border.quorum = match quorum {
            Some(quorum) if quorum != **before => Arc::new(quorum),
            _ => Arc::clone(before),
        };
        self.borders.close(border);
        Ok(())
    }

    /// The roots over exactly the causal past of an event with those parents, which are here; what is
    /// behind the last border is folded in its own order. Everything is as before afterwards. `None` when
    /// a checkpoint over it cannot extend `extends`.
    pub(crate) fn roots_over(
        &mut self,
        rules: &Rules,
        parents: &[EventId],
        extends: Digest,
        log: &PastLog<'_>,
    ) -> Result<Option<Roots>> {
        let last = self.borders.last().map_or(Digest::ZERO, |last| last.checkpoint);
        if extends != last {
            let Some(mut found) = self.borders.path(extends) else { return Ok(None) };
            found.path.push(extends);
            if found.above < self.borders.list().len() || !self.is_plain(&found, log)? {
                return Ok(None);
            }
            found.path.pop();
            return self.roots_beside(rules, parents, &found.path, log).map(Some);
        }
        self.roots_behind_border(rules, parents, log).map(Some)
    }

    fn roots_behind_border(
        &mut self,
        rules: &Rules,
        parents: &[EventId],
        log: &PastLog<'_>,
    ) -> Result<Roots> {
        let split = self.split(parents, log)?;
        if split.end == self.len() {
            return Ok(self.roots());
        }
        let Some(moved) = self.undo_to(split.from)? else {
            return self.roots_beside(rules, parents, &[], log);
        };
        let (inside, _) = apart(moved.clone(), &split.covered);
        self.fold_all(rules, inside)?;
        self.settle()?;
        let roots = self.roots();
        self.undo_to(split.from)?;
        self.fold_all(rules, moved)?;
        self.settle()?;
        Ok(roots)
    }
}

/// The events that an event names as those before it.
pub(super) fn past_of(event: &Event) -> impl Iterator<Item = EventId> {
    event.header.parents.iter().copied().chain(event.header.prev)
}

fn apart(events: Vec<Held>, covered: &HashSet<EventId>) -> (Vec<Held>, Vec<Held>) {
    let is_covered = |held: &Held| held.event().is_some_and(|event| covered.contains(&event.id));
    events.into_iter().partition(is_covered)
}
