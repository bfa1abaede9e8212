//! Finality: keeps the last checkpoint of a realm, and with it the realm's clock.
//!
//! The witness set is the realm's creator alone. A checkpoint has effect when its number follows the
//! last one and its time does not go back, so realm time never runs backwards and no number is
//! signed twice with effect. Whether its roots are right is not asked here: a pure step has no log to
//! compare them with, and a node that finds them wrong reports it.

use pluto_core::payload::{CheckpointSigned, payload_of};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, RULES_KEY, RulesRecord, read};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Canonical, Component, Event, Kind, Verdict, VoidReason};

/// Steps on signed checkpoints; writes [`FinalityRecord`] under [`FINALITY_KEY`].
#[derive(Clone, Copy, Debug, Default)]
pub struct FinalityEngine;

impl Engine for FinalityEngine {
    fn component(&self) -> Component {
        Component::Consensus
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::CheckpointSigned]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        match next_record(view, event) {
            Ok(record) => {
                out.put(Component::Consensus, FINALITY_KEY.to_vec(), record.encode());
                Verdict::Effective
            }
            Err(reason) => Verdict::Void(reason),
        }
    }
}

fn next_record(view: &dyn StateView, event: &Event) -> Result<FinalityRecord, VoidReason> {
    let checkpoint: CheckpointSigned = payload_of(event)?;
    let rules: Option<RulesRecord> = read(view, Component::Realm, RULES_KEY);
    if rules.is_none_or(|rules| rules.creator != event.header.author) {
        return Err(VoidReason::NotAllowed);
    }
    let last: FinalityRecord = read(view, Component::Consensus, FINALITY_KEY).unwrap_or_default();
    let follows = last.number.checked_add(1) == Some(checkpoint.number);
    if !follows || checkpoint.time_ms < last.time_ms {
        return Err(VoidReason::NotMonotone);
    }
    Ok(FinalityRecord { number: checkpoint.number, time_ms: checkpoint.time_ms, event: event.id })
}

#[cfg(test)]
mod tests;
