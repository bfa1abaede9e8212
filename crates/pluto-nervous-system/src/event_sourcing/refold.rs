//! Folding a realm anew: for an event that is late by more than memory can undo.
//!
//! The log holds every event that was acknowledged, memory those still on their way to it; together
//! they are the set. Put in canonical order and folded from the start they give the same roots as if
//! nothing had been late.

use pluto_core::{Canonical, EventId, LogPosition, RealmId, Run};
use pluto_error::Result;
use std::ops::ControlFlow;

use super::dag::PastLog;
use super::fold::{Rules, WorkingState};
use super::held::{Held, order_key};
use super::realm_state::{Change, RealmState};
use crate::error::NervousError;
use crate::merkle_tracker::MerkleTracker;

/// Events folded before their changes reach the maps.
const REFOLD_BATCH: usize = 4096;

impl RealmState {
    /// Folds the whole realm anew: every event of it in the log, those still on their way to the log,
    /// and the new ones. The canonical order decides, not the order of arrival.
    pub(super) fn refold(
        &mut self,
        rules: &Rules,
        new: Vec<Held>,
        log: &PastLog<'_>,
    ) -> Result<Change> {
        tracing::info!(realm = %self.realm, "folding the realm anew for a late event");
        let first_new = new.iter().map(Held::order_key).min();
        let in_memory = std::mem::take(&mut self.recent).into_iter().map(|recent| recent.held);
        let mut order: Vec<Source> = in_memory.chain(new).map(Source::Here).collect();
        collect_from_log(self.realm, log, &mut order)?;
        order.sort_by_key(|source| (source.order_key(), source.is_hollow()));
        order.dedup_by_key(|source| source.order_key());
        self.tracker = MerkleTracker::new(self.realm);
        self.working = WorkingState::new(self.realm, self.tracker.maps());
        self.places.clear();
        self.base = 0;
        self.unstore(0);
        let from = order.iter().position(|source| Some(source.order_key()) == first_new);
        let from = from.unwrap_or_default() as u64;
        let mut committed = Vec::new();
        for chunk in order.chunks(REFOLD_BATCH) {
            let events = chunk.iter().map(|s| s.load(log)).collect::<Result<Vec<_>>>()?;
            let folded = self.fold_all(rules, events, false)?;
            self.settle()?;
            committed.extend(folded.into_iter().filter(|event| event.position.0 >= from));
        }
        Ok(Change { committed, reorganised_from: Some(from) })
    }
}

/// An event of the whole order: in memory, or in the log.
enum Source {
    Here(Held),
    Log { lamport: u64, id: EventId, is_hollow: bool },
}

impl Source {
    fn order_key(&self) -> (u64, EventId) {
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

    fn load(&self, log: &PastLog<'_>) -> Result<Held> {
        match self {
            Self::Here(held) => Ok(held.clone()),
            Self::Log { id, .. } => {
                log.load(id)?.map(Held::alone).ok_or_else(|| NervousError::UnknownEvent(*id).into())
            }
        }
    }
}

fn collect_from_log(realm: RealmId, log: &PastLog<'_>, order: &mut Vec<Source>) -> Result<()> {
    let mut failure = None;
    log.reader.scan(LogPosition(0), &mut |at, bytes| match Run::decode(bytes) {
        _ if at >= log.end => ControlFlow::Break(()),
        Ok(run) if run.realm() == Some(realm) => {
            order.extend(run.events.iter().map(|event| {
                let (lamport, id) = order_key(event);
                Source::Log { lamport, id, is_hollow: event.payload.is_none() }
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
