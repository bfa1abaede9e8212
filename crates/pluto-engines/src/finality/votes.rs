//! What witnesses signed: a record for each, and one for each that contradicted itself.

use pluto_core::codec::{CodecError, Decoded};
use pluto_core::state::read;
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Did, Digest, EventId, Reader};

use super::WitnessSet;

/// Checkpoints kept of one witness; beyond that the oldest no longer counts.
pub const VOTES_MAX: usize = 256;

/// One cosignature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Number of the checkpoint.
    pub number: u64,
    /// Payload hash of the event: the same for all who signed the same checkpoint.
    pub checkpoint: Digest,
    /// The event.
    pub event: EventId,
}

/// What a witness signed from the last final checkpoint on, in component `Consensus` under
/// [`votes_key`]: by number, each once, at most [`VOTES_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VotesRecord(pub Vec<Vote>);

/// A witness that signed two checkpoints of one number, in component `Consensus` under
/// [`contradiction_key`]: the first time it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContradictionRecord {
    /// The number.
    pub number: u64,
    /// The event that counts, and the one that does not.
    pub events: [EventId; 2],
}

/// The key of what a witness signed: `v` ‖ DID.
#[must_use]
pub fn votes_key(witness: Did) -> Vec<u8> {
    [&b"v"[..], &witness.to_bytes()].concat()
}

/// The key of a contradiction: `x` ‖ DID.
#[must_use]
pub fn contradiction_key(witness: Did) -> Vec<u8> {
    [&b"x"[..], &witness.to_bytes()].concat()
}

/// What a witness signed from the last final checkpoint on, as far as it is kept.
#[must_use]
pub fn votes(view: &dyn StateView, witness: Did) -> VotesRecord {
    read(view, Component::Consensus, &votes_key(witness)).unwrap_or_default()
}

/// What is known of a witness that contradicted itself.
#[must_use]
pub fn contradiction(view: &dyn StateView, witness: Did) -> Option<ContradictionRecord> {
    read(view, Component::Consensus, &contradiction_key(witness))
}

/// The witnesses of `set` that signed the checkpoint of that number with that payload hash, and in
/// which event each did.
pub fn cosignatures(
    view: &dyn StateView,
    set: &WitnessSet,
    number: u64,
    checkpoint: Digest,
) -> Vec<(Did, EventId)> {
    let signed = |witness: &Did| {
        let vote = votes(view, *witness).of(number)?;
        (vote.checkpoint == checkpoint).then_some((*witness, vote.event))
    };
    set.witnesses().iter().filter_map(signed).collect()
}

impl VotesRecord {
    /// The vote on that number.
    #[must_use]
    pub fn of(&self, number: u64) -> Option<Vote> {
        let at = self.0.binary_search_by_key(&number, |vote| vote.number).ok()?;
        self.0.get(at).copied()
    }

    /// The highest number signed; 0 for none.
    #[must_use]
    pub fn last_number(&self) -> u64 {
        self.0.last().map_or(0, |vote| vote.number)
    }

    /// Adds a vote above all others, and lets go of what is below the last final checkpoint.
    pub(super) fn push(&mut self, vote: Vote, last_final: u64) {
        self.0.retain(|old| old.number >= last_final);
        let surplus = (self.0.len() + 1).saturating_sub(VOTES_MAX);
        self.0.drain(..surplus);
        self.0.push(vote);
    }
}

impl Canonical for VotesRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let count = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&count.to_be_bytes());
        for vote in &self.0 {
            out.extend_from_slice(&vote.number.to_be_bytes());
            out.extend_from_slice(&vote.checkpoint.0);
            out.extend_from_slice(&vote.event.0);
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let count = usize::from(input.u16()?);
        if count > VOTES_MAX {
            return Err(CodecError::TooLarge { what: "votes", found: count, max: VOTES_MAX });
        }
        let mut vote = || {
            let (number, checkpoint) = (input.u64()?, Digest(input.array()?));
            Ok(Vote { number, checkpoint, event: EventId(input.array()?) })
        };
        let votes = (0..count).map(|_| vote()).collect::<Decoded<Vec<_>>>()?;
        if !votes.is_sorted_by(|a, b| a.number < b.number) {
            return Err(CodecError::NotCanonical("order of votes"));
        }
        Ok(Self(votes))
    }
}

impl Canonical for ContradictionRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.number.to_be_bytes());
        self.events.iter().for_each(|event| out.extend_from_slice(&event.0));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let number = input.u64()?;
        Ok(Self { number, events: [EventId(input.array()?), EventId(input.array()?)] })
    }
}
