//! Takes over a footing that comes from elsewhere: believes what was signed and the log of this node, nothing
//! else.
//!
//! The caller verified which checkpoints were signed, and by whom. From there:
//!
//! 1. The footing stands before the last of them. Its roots, hashed over all its places and all entries of its
//!    state, are those that were signed there.
//! 2. Each border before it was proposed in an event of this log, and is what the next one extends. The
//!    checkpoints at which witnesses handed over are among them, and say who decides behind each.
//! 3. The order is worked out again from this log, which has every event, with payload or without: tier by
//!    tier, as the proposals cover it.
//! 4. Tips, heads, keys, votes and borders are what these events leave. Encoded with the state, that is the
//!    very blob of the footing.
//!
//! So what is kept is what this node would have written itself. Places, verdicts and state follow from the
//! signed roots, all else from the log.

use std::sync::Arc;

use pluto_core::payload::CheckpointSigned;
use pluto_core::traits::{EventLogReader, KvStore};
use pluto_core::{Canonical, Digest, Event, EventId, RealmId};
use pluto_error::Result;
use pluto_merkle::log_tree::LogTree;

use super::super::borders::{Border, Borders, Quorum, Vote};
use super::super::checkpoint::Capture;
use super::super::dag::PastLog;
use super::super::realm_state::RealmState;
use super::super::refold::{Source, sort_by_tier};
use super::super::tiles::Place;
use super::build::{check_roots, run_with};
use super::{Footing, Footings, enter, mismatch};
use crate::error::NervousError;
use crate::writer::Authenticator;

/// A chained checkpoint that enough of a set signed; whoever makes one has verified that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBorder {
    /// Its payload hash.
    pub hash: Digest,
    /// What was signed.
    pub checkpoint: CheckpointSigned,
    /// The set in force there.
    pub by: Quorum,
}

/// What a footing is checked against.
pub(crate) struct Adoption<'a> {
    pub(crate) realm: RealmId,
    /// The checkpoints at which witnesses handed over, from the creator on, and the one of the footing.
    pub(crate) chain: &'a [SignedBorder],
    pub(crate) log: &'a dyn EventLogReader,
    /// With keys of its own.
    pub(crate) authenticator: Authenticator,
    /// Only handed on: nothing is written to it.
    pub(crate) store: &'a Arc<dyn KvStore>,
    pub(crate) footings: &'a Arc<Footings>,
}

impl Adoption<'_> {
    /// Checks a footing and keeps it for the next opening; gives how many events stand before it.
    ///
    /// # Errors
    /// `NRV-0014` for the part that is not as it was signed or not as the log has it, `NRV-0009` when the state
    /// does not lead to its own roots, `NRV-0007` for an event that is not in the log yet, and what decoding
    /// says. Then nothing is kept.
    pub(crate) fn adopt(&self, footing: &[u8]) -> Result<u64> {
        let footing = self.check(Footing::decode(footing)?)?;
        self.footings.keep(&footing)?;
        Ok(footing.border.position)
    }

    fn check(&self, mut footing: Footing) -> Result<Footing> {
        let (last, handovers) =
            self.chain.split_last().ok_or_else(|| self.other("chain of witnesses"))?;
        if footing.realm != self.realm {
            return Err(self.other("realm").into());
        }
        if footing.border.checkpoint != last.hash {
            return Err(self.other("checkpoint").into());
        }
        let mut state = footing.unstored(self.footings, self.store)?;
        check_roots(self.realm, &state.roots(), &last.checkpoint)?;
        self.check_leaves([&footing.tiles, &state.places], &last.checkpoint)?;
        let mut borders = state.borders.list().to_vec();
        borders.push(footing.border.clone());
        if let Some(lost) = handovers.iter().find(|one| !is_among(one, &borders)) {
            tracing::debug!(checkpoint = %lost.hash, "a handover is no border of the footing");
            return Err(self.other("chain of witnesses").into());
        }
        let proposals = self.proposals(&borders)?;
        let (tiers, order) = self.tiers(&proposals)?;
        let places: Vec<&Place> = footing.tiles.iter().chain(&state.places).collect();
        self.check_order(&places, &order)?;
        self.rebuild(&mut state, &borders, &proposals, &tiers, &order)?;
        if Capture::of(&state).encode() != footing.blob {
            return Err(self.other("tip, head, key, vote or border").into());
        }
        footing.run = run_with(&footing.border.proposal, self.log)?;
        Ok(footing)
    }

    fn other(&self, what: &'static str) -> NervousError {
        mismatch(self.realm, what)
    }

    /// The places of full tiles stand beside the tile roots of the blob.
    fn check_leaves(&self, places: [&[Place]; 2], signed: &CheckpointSigned) -> Result<()> {
        let mut log: LogTree = LogTree::new();
        places.iter().for_each(|part| log.extend(&Place::leaves(part)));
        match log.root() == signed.log_root {
            true => Ok(()),
            false => Err(self.other("place").into()),
        }
    }

    /// The events that propose the borders, each of which extends the one before it.
    fn proposals(&self, borders: &[Border]) -> Result<Vec<Event>> {
        let log = PastLog::whole(self.log);
        let mut proposals = Vec::with_capacity(borders.len());
        let mut after: Option<Digest> = None;
        for border in borders.iter().rev() {
            let event = log.load(&border.proposal)?;
            let here = event.filter(|event| event.header.realm_of(event.id) == self.realm);
            let event = here.ok_or(NervousError::UnknownEvent(border.proposal))?;
            let vote = Vote::of(&event).filter(|vote| vote.checkpoint() == border.checkpoint);
            let extends = vote.as_ref().and_then(Vote::proposed).map(|proposed| proposed.extends);
            let extends = extends.ok_or_else(|| self.other("proposal of a border"))?;
            if after.is_some_and(|after| after != border.checkpoint) {
                return Err(self.other("chain of borders").into());
            }
            after = Some(extends);
            proposals.push(event);
        }
        if after != Some(Digest::ZERO) {
            return Err(self.other("chain of borders").into());
        }
        proposals.reverse();
        Ok(proposals)
    }

    /// What the proposals cover, in the order of this log, and where each tier ends.
    fn tiers(&self, proposals: &[Event]) -> Result<(Vec<usize>, Vec<Source>)> {
        let nothing =
            RealmState::new(self.realm, Arc::clone(self.store), Arc::clone(self.footings));
        let mut order = nothing.logged(&PastLog::whole(self.log))?;
        let parents: Vec<&[EventId]> =
            proposals.iter().map(|proposal| &*proposal.header.parents).collect();
        let ends = sort_by_tier(&mut order, &parents);
        order.truncate(ends.last().copied().unwrap_or_default());
        Ok((ends, order))
    }

    fn check_order(&self, places: &[&Place], order: &[Source]) -> Result<()> {
        for (at, place) in places.iter().enumerate() {
            if order.get(at).map(Source::order_key) == Some(place.order_key()) {
                continue;
            }
            if self.log.find(&place.id)?.is_none() {
                return Err(NervousError::UnknownEvent(place.id).into());
            }
            return Err(self.other("order of events").into());
        }
        match places.len() == order.len() {
            true => Ok(()),
            false => Err(self.other("number of events").into()),
        }
    }

    /// Puts in place of what the blob said of the set what the events leave.
    fn rebuild(
        &self,
        state: &mut RealmState,
        borders: &[Border],
        proposals: &[Event],
        tiers: &[usize],
        order: &[Source],
    ) -> Result<()> {
        let log = PastLog::whole(self.log);
        let root = self.chain.first().map(|first| Arc::new(first.by.clone())).unwrap_or_default();
        let mut fresh =
            RealmState::new(self.realm, Arc::clone(self.store), Arc::clone(self.footings));
        fresh.borders = Borders::begin(root);
        let mut start = 0;
        let ends = tiers.iter().zip(borders.iter().zip(proposals)).enumerate();
        for (number, (end, (border, proposal))) in ends {
            let tier = order.get(start..*end).unwrap_or_default();
            for source in tier {
                let held = source.load(&log)?;
                let Some(event) = held.event() else { continue };
                enter(&mut fresh, event, &self.authenticator);
                fresh.dag.forget(&event.id);
            }
            let found = Border {
                position: *end as u64,
                lamports: lamports(tier),
                quorum: self.deciding_behind(border.number),
                ..Border::of(border.checkpoint, proposal)
            };
            if found != *border {
                return Err(self.other("border").into());
            }
            // At its own border the footing stands before the step.
            if number + 1 < borders.len() {
                fresh.borders.close(found);
            }
            start = *end;
        }
        (state.dag, state.borders) = (fresh.dag, fresh.borders);
        Ok(())
    }

    /// Who decides behind a border: whoever signed the next checkpoint of the chain. Nobody says it of the last.
    fn deciding_behind(&self, number: u64) -> Arc<Quorum> {
        let next = self.chain.iter().find(|one| one.checkpoint.number > number);
        next.map(|one| Arc::new(one.by.clone())).unwrap_or_default()
    }
}

fn is_among(signed: &SignedBorder, borders: &[Border]) -> bool {
    borders.iter().any(|border| border.checkpoint == signed.hash)
}

/// The lowest and highest Lamport time of a tier.
fn lamports(tier: &[Source]) -> (u64, u64) {
    tier.iter()
        .map(|source| source.order_key().0)
        .fold((u64::MAX, 0), |(lowest, highest), at| (lowest.min(at), highest.max(at)))
}
