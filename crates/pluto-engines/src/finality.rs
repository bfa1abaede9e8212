//! Finality: who witnesses a realm, what they signed, the last final checkpoint, and with it the realm's
//! clock.
//!
//! As long as nobody declared witnesses, the creator is the only one: a checkpoint of version 1 has effect
//! when its number follows the last one and its time does not go back. Declared witnesses cosign chained
//! checkpoints (version 2), each with the very same payload. Which of them is final is no step of an event:
//! it follows from the set of events, wherever they stand (`docs/sync.md`, "Finality"), and so does the
//! border behind what it covers. A cosignature by itself is kept, held against its witness, and moves
//! nothing; at the border realm time moves, and the declaration that was covered takes effect.
//!
//! Whether the roots are right is not asked here: a pure step has no log to compare them with, and a
//! witness asks before it signs.

mod votes;
mod witnesses;

use pluto_core::payload::{CheckpointSigned, PAYLOAD_VERSION, RoundVote, payload_of, vote_of};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, RULES_KEY, RulesRecord, read};
use pluto_core::traits::{Effects, Engine, Finality, StateView};
use pluto_core::{Canonical, Component, Did, Event, EventId, Kind, Verdict, VoidReason};

pub use votes::{
    ContradictionRecord, VOTES_MAX, Vote, VotesRecord, contradiction, contradiction_key,
    cosignatures, votes, votes_key,
};
pub use witnesses::{
    NEXT_WITNESSES_KEY, WITNESSES_KEY, WITNESSES_MAX, WitnessSet, next_witnesses, witnesses,
};

/// How far beyond the last final number a cosignature may be: no threshold of witnesses can use up the
/// numbers of a realm.
pub const GAP_MAX: u64 = u32::MAX as u64;

/// Steps on declarations of witnesses and on signed checkpoints, and says who decides what is final;
/// writes [`FinalityRecord`] under [`FINALITY_KEY`] when something is.
#[derive(Clone, Copy, Debug, Default)]
pub struct FinalityEngine;

impl Engine for FinalityEngine {
    fn component(&self) -> Component {
        Component::Consensus
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::CheckpointSigned, Kind::WitnessesDeclared]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            Some(Kind::WitnessesDeclared) => witnesses::declare(view, event, out),
            _ => sign(view, event, out),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }

    fn finality(&self) -> Option<&dyn Finality> {
        Some(self)
    }
}

impl Finality for FinalityEngine {
    fn quorum(&self, view: &dyn StateView) -> Option<(Vec<Did>, usize)> {
        witnesses(view).map(|set| (set.witnesses().to_vec(), set.threshold()))
    }

    fn close(&self, view: &dyn StateView, event: &Event, out: &mut Effects) {
        if let Ok(RoundVote { chained, .. }) = vote_of(event) {
            // Several events may carry it: only what they share is the same on every node.
            finalise(view, EventId(chained.hash().0), &chained.checkpoint, out);
            witnesses::take_effect(view, out);
        }
    }
}

/// Whether checkpoints of the realm are chained: witnesses are declared, or wait for the next border.
#[must_use]
pub fn is_chained(view: &dyn StateView) -> bool {
    witnesses::declared(view).is_some() || next_witnesses(view).is_some()
}

/// The number that `witness` signs next, if nobody has proposed one: above the last final checkpoint and
/// above everything it signed.
#[must_use]
pub fn next_number(view: &dyn StateView, witness: Did) -> u64 {
    last_final(view).number.max(votes(view, witness).last_number()).saturating_add(1)
}

fn last_final(view: &dyn StateView) -> FinalityRecord {
    read(view, Component::Consensus, FINALITY_KEY).unwrap_or_default()
}

fn sign(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    if event.header.payload_version > PAYLOAD_VERSION {
        return cosign(view, event, &vote_of(event)?, out);
    }
    let checkpoint: CheckpointSigned = payload_of(event)?;
    match witnesses::declared(view) {
        Some(_) => Err(VoidReason::NotAllowed),
        None => sign_alone(view, event, &checkpoint, out),
    }
}

/// The creator's checkpoint, in a realm that declared no witnesses.
fn sign_alone(
    view: &dyn StateView,
    event: &Event,
    checkpoint: &CheckpointSigned,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let rules: Option<RulesRecord> = read(view, Component::Realm, RULES_KEY);
    if rules.is_none_or(|rules| rules.creator != event.header.author) {
        return Err(VoidReason::NotAllowed);
    }
    let last = last_final(view);
    let follows = last.number.checked_add(1) == Some(checkpoint.number);
    if !follows || checkpoint.time_ms < last.time_ms {
        return Err(VoidReason::NotMonotone);
    }
    finalise(view, event.id, checkpoint, out);
    Ok(())
}

fn cosign(
    view: &dyn StateView,
    event: &Event,
    said: &RoundVote,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let (witness, checkpoint) = (event.header.author, &said.chained.checkpoint);
    if witnesses(view).is_none_or(|set| !set.contains(&witness)) {
        return Err(VoidReason::NotAllowed);
    }
    // Where there are no rounds the number of the checkpoint stands for one.
    let number = if said.round == 0 { checkpoint.number } else { said.round };
    let last = last_final(view);
    let vote = Vote { number, checkpoint: said.chained.hash(), event: event.id };
    let mut signed = votes(view, witness);
    if let Some(first) = signed.of(number) {
        if first.checkpoint == vote.checkpoint && said.round > 0 && said.commits {
            return Ok(());
        }
        if first.checkpoint == vote.checkpoint || contradiction(view, witness).is_some() {
            return Err(VoidReason::AlreadyExists);
        }
        let record = ContradictionRecord { number, events: [first.event, event.id] };
        out.put(Component::Consensus, contradiction_key(witness), record.encode());
        return Ok(());
    }
    // The last final number is still taken: who signs it late may contradict itself later.
    if number < last.number.max(1) || number <= signed.last_number() {
        return Err(VoidReason::NotMonotone);
    }
    if checkpoint.time_ms < last.time_ms && number > last.number {
        return Err(VoidReason::NotMonotone);
    }
    if number - last.number > GAP_MAX {
        return Err(VoidReason::OutOfRange);
    }
    signed.push(vote, last.number);
    out.put(Component::Consensus, votes_key(witness), signed.encode());
    Ok(())
}

/// Numbers and time only go forward, also where a chain begins beside checkpoints of version 1.
fn finalise(
    view: &dyn StateView,
    event: EventId,
    checkpoint: &CheckpointSigned,
    out: &mut Effects,
) {
    let last = last_final(view);
    let number = checkpoint.number.max(last.number);
    let time_ms = checkpoint.time_ms.max(last.time_ms);
    let record = FinalityRecord { number, time_ms, event };
    out.put(Component::Consensus, FINALITY_KEY.to_vec(), record.encode());
}

#[cfg(test)]
mod tests;
