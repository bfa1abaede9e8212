//! Folding a realm anew: for an event that is late by more than memory can undo.
//!
//! The log holds every event that was acknowledged, memory those still on their way to it; together
//! they are the set. Put in canonical order and folded from the start they give the same roots as if
//! nothing had been late.

use std::ops::ControlFlow;
use std::sync::Arc;

use pluto_core::{Canonical, Event, EventId, LogPosition, RealmId, Run};
use pluto_error::Result;

use super::dag::PastLog;
use super::fold::{Rules, WorkingState};
use super::realm_state::{Change, RealmState, order_key};
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
        new: Vec<Arc<Event>>,
        log: &PastLog<'_>,
    ) -> Result<Change> {
        tracing::info!(realm = %self.realm, "folding the realm anew for a late event");
        let first_new = new.iter().map(|event| order_key(event)).min();
        let in_memory = std::mem::take(&mut self.entries).into_iter();
        let in_memory = in_memory.filter_map(|entry| entry.recent.map(|recent| recent.event));
        let mut order: Vec<Source> = in_memory.chain(new).map(Source::Here).collect();
        collect_from_log(self.realm, log, &mut order)?;
        order.sort_by_key(Source::order_key);
        order.dedup_by_key(|source| source.order_key());
        self.tracker = MerkleTracker::new(self.realm);
        self.working = WorkingState::new(self.realm, self.tracker.maps());
        self.base = 0;
        self.unstore(0);
        let from = order.iter().position(|source| Some(source.order_key()) == first_new);
        let from = from.unwrap_or_default() as u64;
        let mut committed = Vec::new();
        for chunk in order.chunks(REFOLD_BATCH) {
            let start = self.len();
            let events = chunk.iter().map(|s| s.load(log)).collect::<Result<Vec<_>>>()?;
            let folded = self.fold_all(rules, events, false);
            self.working.flush(&mut self.tracker)?;
            self.append_leaves(start);
            committed.extend(folded.into_iter().filter(|event| event.position.0 >= from));
        }
        Ok(Change { committed, reorganised_from: Some(from) })
    }
}

/// An event of the whole order: in memory, or in the log.
enum Source {
    Here(Arc<Event>),
    Log { lamport: u64, id: EventId },
}

impl Source {
    fn order_key(&self) -> (u64, EventId) {
        match self {
            Self::Here(event) => order_key(event),
            Self::Log { lamport, id } => (*lamport, *id),
        }
    }

    fn load(&self, log: &PastLog<'_>) -> Result<Arc<Event>> {
        match self {
            Self::Here(event) => Ok(Arc::clone(event)),
            Self::Log { id, .. } => {
                log.load(id)?.map(Arc::new).ok_or_else(|| NervousError::UnknownEvent(*id).into())
            }
        }
    }
}

fn collect_from_log(realm: RealmId, log: &PastLog<'_>, order: &mut Vec<Source>) -> Result<()> {
    let mut failure = None;
    log.reader.scan(LogPosition(0), &mut |at, bytes| match Run::decode(bytes) {
        _ if at >= log.end => ControlFlow::Break(()),
        Ok(run) if run.realm() == Some(realm) => {
            order.extend(
                run.events
                    .iter()
                    .map(|event| Source::Log { lamport: event.header.lamport, id: event.id }),
            );
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
