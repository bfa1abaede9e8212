//! Folding a realm anew: for an event that is late by more than memory can undo, and for a border.
//!
//! The log holds every event that was acknowledged, memory those still on their way to it; together
//! they are the set. Put in canonical order and folded from the start, or from the realm's footing, they
//! give the same roots as if nothing had been late: tier by tier, and within a tier by Lamport time and id. On a node with many
//! realms the log is mostly of others: a small realm finds its own events by their places.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use pluto_core::traits::Committed;
use pluto_core::{Canonical, Digest, Event, EventId, LogPosition, RealmId, Run};
use pluto_error::Result;

use super::borders::Border;
use super::close::past_of;
use super::dag::PastLog;
use super::fold::Rules;
use super::held::{Held, order_key};
use super::realm_state::{Change, RealmState};
use super::tiles::Place;
use crate::error::NervousError;
use crate::merkle_tracker::Roots;

/// Events folded before their changes reach the maps.
pub(super) const REFOLD_BATCH: usize = 4096;

/// When there are so many bytes of log for each event of a realm, its events are read one by one.
const SCATTERED_BYTES: u64 = 4_096;

/// A border to be closed again, and its proposal.
type Proposed = (Border, Event);

impl RealmState {
    /// Folds the whole realm anew: every event of it in the log, those still on their way to the log,
    /// and the new ones. The canonical order decides, not the order of arrival. `closing` is a border
    /// that is new, and the first place that it changes.
    pub(super) fn refold(
        &mut self,
        rules: &Rules,
        new: Vec<Held>,
        log: &PastLog<'_>,
        closing: Option<(u64, Border)>,
    ) -> Result<Change> {
        tracing::info!(realm = %self.realm, "folding the realm anew");
        let ids: HashSet<EventId> = new.iter().map(|held| held.order_key().1).collect();
        let from = closing.as_ref().map(|(from, _)| *from);
        let begin = self.footings.begin(self.realm, rules, self.tiles.store())?;
        let (stands, first) = (begin.borders.list().len(), begin.len());
        let borders = self.borders.list().iter().cloned().chain(closing.map(|(_, border)| border));
        let borders = self.proposed(borders.skip(stands), log)?;
        let mut order = self.order_behind(&begin, new, log, !borders.is_empty())?;
        let parents: Vec<&[EventId]> =
            borders.iter().map(|(_, proposal)| &*proposal.header.parents).collect();
        let ends = sort_by_tier(&mut order, &parents);
        self.begin_at(begin);
        let found = || order.iter().position(|source| ids.contains(&source.order_key().1));
        let from = from.unwrap_or_else(|| first + found().unwrap_or_default() as u64);
        let mut committed = Vec::new();
        self.fold_tiers(rules, &order, &ends, borders, log, |folded| {
            committed.extend(folded.into_iter().filter(|event| event.position.0 >= from));
        })?;
        Ok(Change { committed, reorganised_from: Some(from) })
    }

    /// As [`RealmState::roots_over`], in a realm of its own where the checkpoints of `path` are borders too.
    pub(super) fn roots_beside(
        &self,
        rules: &Rules,
        parents: &[EventId],
        path: &[Digest],
        log: &PastLog<'_>,
    ) -> Result<Roots> {
        let mut beside = self.footings.begin(self.realm, rules, self.tiles.store())?;
        let stands = beside.borders.list().len();
        let mut borders = self.proposed(self.borders.list().iter().skip(stands).cloned(), log)?;
        for checkpoint in path {
            let proposal = self.proposal_of(checkpoint, log)?;
            borders.push((Border::of(*checkpoint, &proposal), proposal));
        }
        let mut order = self.order_behind(&beside, Vec::new(), log, true)?;
        let all = borders.iter().map(|(_, proposal)| &*proposal.header.parents);
        let all: Vec<&[EventId]> = all.chain([parents]).collect();
        let mut ends = sort_by_tier(&mut order, &all);
        order.truncate(ends.pop().unwrap_or_default());
        beside.borders.root = Arc::clone(&self.borders.root);
        beside.fold_tiers(rules, &order, &ends, borders, log, |_| ())?;
        Ok(beside.roots())
    }

    /// Takes everything back to where folding begins: the set stays, and what was signed.
    fn begin_at(&mut self, begin: Self) {
        self.recent.clear();
        self.recent_bytes = 0;
        (self.tracker, self.working) = (begin.tracker, begin.working);
        (self.places, self.base) = (begin.places, begin.base);
        self.unstore(self.base);
        let again = self.borders.reopen().into_iter().take(begin.borders.list().len());
        again.for_each(|border| self.borders.close(border));
    }

    pub(super) fn proposed(
        &self,
        borders: impl Iterator<Item = Border>,
        log: &PastLog<'_>,
    ) -> Result<Vec<Proposed>> {
        let with_proposal = |border: Border| {
            let proposal = self.event_of(&border.proposal, log)?;
            Ok((border, proposal))
        };
        borders.map(with_proposal).collect()
    }

    /// Every event of the realm by Lamport time and id, but for those that `begin` stands behind; with its
    /// past where tiers are to be found.
    fn order_behind(
        &self,
        begin: &Self,
        new: Vec<Held>,
        log: &PastLog<'_>,
        with_past: bool,
    ) -> Result<Vec<Source>> {
        let in_memory = self.recent.iter().map(|recent| recent.held.clone());
        let mut order: Vec<Source> = in_memory.chain(new).map(Source::Here).collect();
        match self.scattered(begin.len(), log) {
            Some(places) => collect_by_place(&places, log, with_past, &mut order)?,
            None => collect_from_log(self.realm, log, with_past, &mut order)?,
        }
        begin.behind(order)
    }

    /// Those of the events that stand behind what is here, each once, by Lamport time and id.
    fn behind(&self, mut order: Vec<Source>) -> Result<Vec<Source>> {
        if self.len() > 0 {
            let stands = self.places_in(0..self.len())?;
            let stands: HashSet<EventId> = stands.iter().map(|place| place.id).collect();
            order.retain(|source| !stands.contains(&source.order_key().1));
        }
        order.sort_by_key(|source| (source.order_key(), source.is_hollow()));
        order.dedup_by_key(|source| source.order_key());
        Ok(order)
    }

    /// As [`RealmState::order_behind`] this one, out of the log alone.
    pub(super) fn logged(&self, log: &PastLog<'_>) -> Result<Vec<Source>> {
        let mut order = Vec::new();
        collect_from_log(self.realm, log, true, &mut order)?;
        self.behind(order)
    }

    /// The order as it is, if the realm is so small a part of the log that its events are found faster one
    /// by one. Every event that is here has a place, or is new.
    fn scattered(&self, first: u64, log: &PastLog<'_>) -> Option<Vec<Place>> {
        let log_bytes = log.reader.end().min(log.end).0;
        let is_small = self.len().saturating_mul(SCATTERED_BYTES) < log_bytes;
        // Tiles that cannot be read are no loss: the log has everything.
        if is_small { self.places_in(first..self.len()).ok() } else { None }
    }

    fn fold_tiers(
        &mut self,
        rules: &Rules,
        order: &[Source],
        ends: &[usize],
        borders: Vec<Proposed>,
        log: &PastLog<'_>,
        mut told: impl FnMut(Vec<Committed>),
    ) -> Result<()> {
        let mut start = 0;
        let closings = ends.iter().copied().zip(borders.into_iter().map(Some));
        for (end, closing) in closings.chain([(order.len(), None)]) {
            let tier = order.get(start..end).unwrap_or_default();
            for chunk in tier.chunks(REFOLD_BATCH) {
                let events = chunk.iter().map(|s| s.load(log)).collect::<Result<Vec<_>>>()?;
                told(self.fold_all(rules, events)?);
                self.settle()?;
            }
            if let Some((border, proposal)) = closing {
                self.end_tier(rules, border, &proposal)?;
            }
            start = end;
        }
        self.settle()
    }
}

/// An event of the whole order: in memory, or in the log.
pub(super) enum Source {
    Here(Held),
    Log { lamport: u64, id: EventId, is_hollow: bool, past: Vec<EventId> },
}

impl Source {
    pub(super) fn order_key(&self) -> (u64, EventId) {
        match self {
            Self::Here(held) => held.order_key(),
            Self::Log { lamport, id, .. } => (*lamport, *id),
        }
    }

    fn is_hollow(&self) -> bool {
        match self {
            Self::Here(held) => held.is_hollow(),
            Self::Log { is_hollow, .. } => *is_hollow,
        }
    }

    /// Adds the events that it names as those before it.
    fn past(&self, to: &mut Vec<EventId>) {
        match self {
            Self::Here(held) => to.extend(held.event().into_iter().flat_map(past_of)),
            Self::Log { past, .. } => to.extend_from_slice(past),
        }
    }

    pub(super) fn load(&self, log: &PastLog<'_>) -> Result<Held> {
        match self {
            Self::Here(held) => Ok(held.clone()),
            Self::Log { id, .. } => {
                log.load(id)?.map(Held::alone).ok_or_else(|| NervousError::UnknownEvent(*id).into())
            }
        }
    }
}

/// Sorts by tiers, each of which ends with what the next of `proposals` covers by its parents; gives
/// where each ends. Within a tier the order stays.
pub(super) fn sort_by_tier(order: &mut Vec<Source>, proposals: &[&[EventId]]) -> Vec<usize> {
    if proposals.is_empty() {
        return Vec::new();
    }
    let last = proposals.len();
    let ids = order.iter().enumerate().map(|(at, source)| (source.order_key().1, at));
    let places: HashMap<EventId, usize> = ids.collect();
    let mut tiers = vec![last; order.len()];
    for (number, parents) in proposals.iter().enumerate() {
        let mut next = parents.to_vec();
        while let Some(at) = next.pop().map(|id| places.get(&id).copied()) {
            let Some((at, tier)) = at.and_then(|at| tiers.get_mut(at).map(|tier| (at, tier)))
            else {
                continue;
            };
            if *tier == last {
                *tier = number;
                order.get(at).into_iter().for_each(|source| source.past(&mut next));
            }
        }
    }
    let mut sorted: Vec<(usize, Source)> = tiers.into_iter().zip(order.drain(..)).collect();
    sorted.sort_by_key(|(tier, _)| *tier);
    let end = |number| sorted.partition_point(|(tier, _)| *tier <= number);
    let ends = (0..last).map(end).collect();
    order.extend(sorted.into_iter().map(|(_, source)| source));
    ends
}

fn collect_by_place(
    places: &[Place],
    log: &PastLog<'_>,
    with_past: bool,
    order: &mut Vec<Source>,
) -> Result<()> {
    let here: HashSet<EventId> = order.iter().map(|source| source.order_key().1).collect();
    for place in places.iter().filter(|place| !here.contains(&place.id)) {
        let (lamport, id) = place.order_key();
        let past = match with_past.then(|| log.load(&id)).transpose()?.flatten() {
            Some(event) => past_of(&event).collect(),
            None => Vec::new(),
        };
        // Where a payload came late it is here: what the log has gives way to that.
        order.push(Source::Log { lamport, id, is_hollow: true, past });
    }
    Ok(())
}

fn collect_from_log(
    realm: RealmId,
    log: &PastLog<'_>,
    with_past: bool,
    order: &mut Vec<Source>,
) -> Result<()> {
    let mut failure = None;
    log.reader.scan(LogPosition(0), &mut |at, bytes| match Run::decode(bytes) {
        _ if at >= log.end => ControlFlow::Break(()),
        Ok(run) if run.realm() == Some(realm) => {
            order.extend(run.events.iter().map(|event| {
                let (lamport, id) = order_key(event);
                let past = if with_past { past_of(event).collect() } else { Vec::new() };
                Source::Log { lamport, id, is_hollow: event.payload.is_none(), past }
            }));
            ControlFlow::Continue(())
        }
        Ok(_) => ControlFlow::Continue(()),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    })?;
    failure.map_or(Ok(()), |error| Err(error.into()))
}
