//! Entries about forks in component `Event`, and the payload that lifts a freeze.

use pluto_core::codec::{Canonical, Decoded, Reader};
use pluto_core::{Did, EventId};

/// The payload of `FreezeLifted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreezeLifted {
    /// Who is frozen.
    pub subject: Did,
    /// The event that froze it: the newest proof.
    pub proof: EventId,
}

/// A frozen author, under [`freeze_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreezeRecord {
    /// The newest proof: the event that carried it.
    pub event: EventId,
    /// The place it proves.
    pub seq: u64,
}

/// A proven fork, under [`proven_key`]; it stays when the freeze is lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenRecord {
    /// The event that carried the proof.
    pub event: EventId,
    /// The two events, ascending.
    pub first: EventId,
    /// The other.
    pub second: EventId,
}

/// `f` ‖ DID: the freeze of an author.
#[must_use]
pub fn freeze_key(did: Did) -> Vec<u8> {
    [b"f".as_slice(), &did.to_bytes()].concat()
}

/// `p` ‖ DID ‖ sequence number: a proven fork.
#[must_use]
pub fn proven_key(author: Did, seq: u64) -> Vec<u8> {
    [b"p".as_slice(), &author.to_bytes(), &seq.to_be_bytes()].concat()
}

impl Canonical for FreezeLifted {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.subject.encode_into(out);
        out.extend_from_slice(&self.proof.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { subject: Did::decode_from(input)?, proof: EventId(input.array()?) })
    }
}

impl Canonical for FreezeRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.event.0);
        out.extend_from_slice(&self.seq.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { event: EventId(input.array()?), seq: input.u64()? })
    }
}

impl Canonical for ProvenRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        [self.event, self.first, self.second].iter().for_each(|id| out.extend_from_slice(&id.0));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let mut id = || input.array().map(EventId);
        Ok(Self { event: id()?, first: id()?, second: id()? })
    }
}
