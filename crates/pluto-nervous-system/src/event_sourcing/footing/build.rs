//! Makes the footing of a realm at a border, beside the node that goes on.

use std::sync::Arc;

use pluto_core::payload::CheckpointSigned;
use pluto_core::traits::{EventLogReader, KvStore};
use pluto_core::{Canonical, Event, EventId, RealmId, Run};
use pluto_error::Result;
use pluto_merkle::log_tree::TILE_LEAVES;

use super::super::borders::{Border, Borders, Quorum};
use super::super::checkpoint::Capture;
use super::super::dag::PastLog;
use super::super::fold::Rules;
use super::super::held::Held;
use super::super::realm_state::RealmState;
use super::super::refold::{REFOLD_BATCH, Source, sort_by_tier};
use super::{Footing, Footings, enter, mismatch};
use crate::error::NervousError;
use crate::merkle_tracker::Roots;
use crate::writer::Authenticator;

/// What a footing is made of.
pub(crate) struct Basis<'a> {
    pub(crate) realm: RealmId,
    /// Who decides about the first border.
    pub(crate) root: Arc<Quorum>,
    /// The borders up to the one that it stands before.
    pub(crate) borders: Vec<Border>,
    /// What was signed of the last of them.
    pub(crate) signed: CheckpointSigned,
    pub(crate) log: &'a dyn EventLogReader,
    pub(crate) rules: &'a Rules,
    pub(crate) authenticator: Authenticator,
    pub(crate) store: &'a Arc<dyn KvStore>,
    pub(crate) footings: &'a Arc<Footings>,
}

/// Folds what the last border covers, from the footing before or from the first event, and compares the
/// roots with those that were signed.
///
/// # Errors
/// `NRV-0014` when what was signed is not what the log gives; what the log says.
pub(crate) fn build(basis: &Basis<'_>) -> Result<Footing> {
    let log = PastLog::whole(basis.log);
    let mut state = basis.footings.begin(basis.realm, basis.rules, basis.store)?;
    let stands = state.borders.list().len();
    if stands == 0 {
        state.borders = Borders::begin(Arc::clone(&basis.root));
    }
    let borders = basis.borders.iter().skip(stands).cloned();
    let borders: Vec<(Border, Event)> = state.proposed(borders, &log)?;
    let parents: Vec<&[EventId]> =
        borders.iter().map(|(_, event)| &*event.header.parents).collect();
    let mut order = state.logged(&log)?;
    let ends = sort_by_tier(&mut order, &parents);
    let mut start = 0;
    for (number, (end, (border, proposal))) in ends.into_iter().zip(&borders).enumerate() {
        for part in order.get(start..end).unwrap_or_default().chunks(REFOLD_BATCH) {
            take_in(&mut state, part, basis, &log)?;
        }
        if number + 1 < borders.len() {
            state.end_tier(basis.rules, border.clone(), proposal)?;
        }
        start = end;
    }
    state.settle()?;
    let (border, _) =
        borders.into_iter().next_back().ok_or_else(|| mismatch(basis.realm, "border"))?;
    take_down(&state, border, basis)
}

/// Folds events and puts them into the set, and keeps none of them in memory.
fn take_in(
    state: &mut RealmState,
    part: &[Source],
    basis: &Basis<'_>,
    log: &PastLog<'_>,
) -> Result<()> {
    let events = part.iter().map(|source| source.load(log)).collect::<Result<Vec<Held>>>()?;
    for event in events.iter().filter_map(Held::event) {
        enter(state, event, &basis.authenticator);
    }
    state.fold_all(basis.rules, events)?;
    state.settle()?;
    state.forget_recent(state.recent.len());
    Ok(())
}

fn take_down(state: &RealmState, border: Border, basis: &Basis<'_>) -> Result<Footing> {
    let realm = basis.realm;
    let roots = state.roots();
    check_roots(realm, &roots, &basis.signed)?;
    let run = run_with(&border.proposal, basis.log)?;
    let full = roots.position / TILE_LEAVES * TILE_LEAVES;
    let tiles = state.places_in(0..full)?;
    Ok(Footing { realm, border, run, tiles, blob: Capture::of(state).encode() })
}

/// Compares roots with those that were signed.
pub(super) fn check_roots(realm: RealmId, roots: &Roots, signed: &CheckpointSigned) -> Result<()> {
    let found = (roots.position, roots.log, roots.state);
    match found == (signed.size, signed.log_root, signed.state_root) {
        true => Ok(()),
        false => Err(mismatch(realm, "root that the witnesses signed").into()),
    }
}

/// The run of the log with an event.
pub(super) fn run_with(id: &EventId, log: &dyn EventLogReader) -> Result<Run> {
    let at = log.find(id)?.ok_or(NervousError::UnknownEvent(*id))?;
    Ok(Run::decode(&log.read(at.record)?)?)
}
