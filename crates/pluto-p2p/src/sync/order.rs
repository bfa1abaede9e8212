//! In which order runs are handed on, and what they wait for.

use std::collections::{BTreeSet, HashMap, HashSet};

use pluto_core::{Event, EventId, Run};
use pluto_error::Result;

use super::{Incoming, Turn};

/// What an event comes after.
pub(super) fn links(event: &Event) -> impl Iterator<Item = EventId> + '_ {
    event.header.prev.into_iter().chain(event.header.parents.iter().copied())
}

/// Keys, revocations and grants first, each after what it comes after; otherwise as they stand.
pub(super) fn critical_first(runs: Vec<Incoming>) -> Vec<Incoming> {
    let is_critical = |event: &Event| event.header.kind.known().is_some_and(|k| k.is_critical());
    if !runs.iter().flat_map(|incoming| &incoming.run.events).any(is_critical) {
        return runs;
    }
    let mut holder = HashMap::new();
    for (index, incoming) in runs.iter().enumerate() {
        holder.extend(incoming.run.events.iter().map(|event| (event.id, index)));
    }
    let mut early = BTreeSet::new();
    for (index, incoming) in runs.iter().enumerate().rev() {
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
    coming: &HashSet<EventId>,
    turn: &Turn<'_>,
) -> Result<Option<(EventId, bool)>> {
    for (at, event) in run.events.iter().enumerate() {
        let own = run.events.get(..at).unwrap_or_default();
        for link in links(event) {
            // Hardly any names another event of its run than the one before.
            let is_here = own.iter().rev().any(|own| own.id == link) || coming.contains(&link);
            if !is_here && !turn.store.has(turn.realm, &link)? {
                return Ok(Some((link, event.header.prev == Some(link))));
            }
        }
    }
    Ok(None)
}
