//! Finds events that contradict new ones, and reports each contradiction once.

use std::collections::BTreeSet;

use pluto_core::{Canonical, Did, RealmId, Run};
use pluto_error::Result;

use super::{Output, Turn};
use crate::equivocation::Equivocation;

/// Places whose contradiction is remembered as reported.
const REPORTED_MAX: usize = 4_096;

/// The contradictions that were reported.
#[derive(Debug, Default)]
pub(crate) struct Forks(BTreeSet<(RealmId, Did, u64)>);

/// Reports the first event of an admitted run whose place another event has.
///
/// A run forks where the part begins that was not here before: `new` says how many of its events were
/// new.
pub(super) fn report(run: &Run, new: u32, turn: &mut Turn<'_>) -> Result<()> {
    let new = usize::try_from(new).unwrap_or(usize::MAX);
    let Some(event) = run.events.get(run.events.len().saturating_sub(new)) else { return Ok(()) };
    let (author, seq) = (event.header.author, event.header.author_seq);
    let ids = turn.store.at(turn.realm, &author, seq)?;
    let place = (turn.realm, author, seq);
    let other = ids.iter().map(|(id, _)| id).find(|id| **id != event.id);
    let Some(other) = other.filter(|_| !turn.forks.0.contains(&place)) else { return Ok(()) };
    let Some(bytes) = turn.store.run_of(turn.realm, other)? else { return Ok(()) };
    // Events under different keys prove nothing, and behind the place where the chains part there is
    // nothing new to prove.
    if let Ok(proof) = Equivocation::between(&Run::decode(&bytes)?, run)
        && proof.first.header.prev == proof.second.header.prev
    {
        if turn.forks.0.len() >= REPORTED_MAX {
            turn.forks.0.pop_first();
        }
        turn.forks.0.insert(place);
        turn.out.push(Output::Fork(turn.realm, Box::new(proof)));
    }
    Ok(())
}
