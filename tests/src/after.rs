//! What must hold of a node after anything went wrong: nothing acknowledged is lost, and the roots are
//! those of the log alone.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use pluto_core::traits::{EventLog, EventLogReader, KvStore, LogRecord};
use pluto_core::{Canonical, EventId, LogPosition, RealmId, Run};
use pluto_error::Result;
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_nervous_system::{NervousError, NervousSystem};
use pluto_storage::MemoryKv;

use crate::node::open_over;

/// Events between the checkpoints of a replay: more than any scenario has.
const NO_CHECKPOINTS: u64 = u64::MAX;

/// Places looked up in one check of one realm.
const PLACES_MAX: usize = 100;

/// A log that somebody else writes.
pub struct ReadOnlyLog(pub Arc<dyn EventLogReader>);

impl EventLog for ReadOnlyLog {
    fn append(&mut self, _batch: &[LogRecord]) -> Result<Vec<LogPosition>> {
        Err(NervousError::Stopped("this log is only read".into()).into())
    }

    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }

    fn erase(&mut self, _ids: &[EventId]) -> Result<u64> {
        Err(NervousError::Stopped("this log is only read".into()).into())
    }

    fn reader(&self) -> Arc<dyn EventLogReader> {
        Arc::clone(&self.0)
    }
}

/// The roots of every realm.
#[must_use]
pub fn roots_of(system: &NervousSystem) -> BTreeMap<RealmId, Roots> {
    let snapshots = system.realms().into_iter().filter_map(|realm| system.snapshot(realm));
    snapshots
        .map(|snapshot| (pluto_core::traits::StateView::realm(&*snapshot), snapshot.roots()))
        .collect()
}

/// The roots that the log alone leads to: everything folded from its first record, no checkpoint.
///
/// # Errors
/// When the log is damaged.
pub fn clean_replay(log: Arc<dyn EventLogReader>) -> Result<BTreeMap<RealmId, Roots>> {
    let empty: Arc<dyn KvStore> = Arc::new(MemoryKv::new());
    let (system, _) = open_over(Box::new(ReadOnlyLog(log)), empty, NO_CHECKPOINTS, |_| {})?;
    Ok(roots_of(&system))
}

/// Those of `ids` that cannot be had any more, each with why: in the log under its id, decoding to
/// itself, and at its place in the canonical order of its realm. The place, a search over the order, is
/// looked up for at most [`PLACES_MAX`] of them, evenly spread; the last one is always among them.
///
/// # Errors
/// When the node answers nothing at all.
pub fn lost(system: &NervousSystem, ids: &[EventId]) -> Result<Vec<(EventId, String)>> {
    let mut lost = Vec::new();
    let mut runs: BTreeMap<LogPosition, Run> = BTreeMap::new();
    let mut by_realm: BTreeMap<RealmId, Vec<(u64, EventId)>> = BTreeMap::new();
    for id in ids {
        match stored(system, *id, &mut runs) {
            Ok((realm, lamport)) => by_realm.entry(realm).or_default().push((lamport, *id)),
            Err(why) => lost.push((*id, why)),
        }
    }
    for (realm, all) in by_realm {
        let step = all.len().div_ceil(PLACES_MAX).max(1);
        let wanted: Vec<(u64, EventId)> = all.into_iter().rev().step_by(step).collect();
        lost.extend(system.ask(realm, move |view| {
            let mut misplaced = Vec::new();
            for (lamport, id) in wanted {
                let place = view.position(lamport, id)?.map(|position| view.place(position));
                let place = place.transpose()?.flatten();
                if place.is_none_or(|place| place.id != id) {
                    misplaced.push((id, "not in the canonical order".to_owned()));
                }
            }
            Ok(misplaced)
        })?);
    }
    Ok(lost)
}

/// The realm and Lamport time of an event as read from the log.
fn stored(
    system: &NervousSystem,
    id: EventId,
    runs: &mut BTreeMap<LogPosition, Run>,
) -> Result<(RealmId, u64), String> {
    let log = system.log();
    let found = log.find(&id).map_err(|error| error.chain())?;
    let at = found.ok_or_else(|| "not in the log".to_owned())?;
    let run = match runs.entry(at.record) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(vacant) => {
            let bytes = log.read(at.record).map_err(|error| error.chain())?;
            vacant.insert(Run::decode(&bytes).map_err(|error| error.to_string())?)
        }
    };
    match run.events.get(usize::from(at.slot)) {
        Some(event) if event.id == id => Ok((event.header.realm_of(id), event.header.lamport)),
        _ => Err("the log holds another event in its place".to_owned()),
    }
}
