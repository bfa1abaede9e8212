//! In which order runs are handed on, and what they wait for.

use std::collections::{BTreeMap, BTreeSet};

use pluto_core::{Event, EventId, Run};
use pluto_error::Result;

use super::{Incoming, Turn};

/// What an event comes after.
pub(super) fn links(event: &Event) -> impl Iterator<Item = EventId> + '_ {
    event.header.prev.into_iter().chain(event.header.parents.iter().copied())
}

/// Keys, revocations and grants first, each after what it comes after; otherwise as they stand.
pub(super) fn critical_first(runs: Vec<Incoming>) -> Vec<Incoming> {
    let mut holder = BTreeMap::new();
    for (index, incoming) in runs.iter().enumerate() {
        holder.extend(incoming.run.events.iter().map(|event| (event.id, index)));
    }
    let mut early = BTreeSet::new();
    for (index, incoming) in runs.iter().enumerate().rev() {
        let is_critical =
            |event: &Event| event.header.kind.known().is_some_and(|k| k.is_critical());
        if early.contains(&index) || incoming.run.events.iter().any(is_critical) {
            early.insert(index);
            early.extend(
                incoming.run.events.iter().flat_map(links).filter_map(|id| holder.get(&id)),
            );
        }
    }
    let numbered = runs.into_iter().enumerate();
    let (first, then): (Vec<_>, Vec<_>) = numbered.partition(|(index, _)| early.contains(index));
    first.into_iter().chain(then).map(|(_, incoming)| incoming).collect()
}

/// The first event the run comes after that is not here, and whether it is the author's own.
pub(super) fn missing(
    run: &Run,
    coming: &BTreeSet<EventId>,
    turn: &Turn<'_>,
) -> Result<Option<(EventId, bool)>> {
    let mut own: BTreeSet<EventId> = BTreeSet::new();
    for event in &run.events {
        for link in links(event) {
            let is_here = own.contains(&link) || coming.contains(&link);
            if !is_here && !turn.store.has(turn.realm, &link)? {
                return Ok(Some((link, event.header.prev == Some(link))));
            }
        }
        own.insert(event.id);
    }
    Ok(None)
}
