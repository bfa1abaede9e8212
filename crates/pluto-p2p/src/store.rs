//! What sync asks about the events that are here.

use std::sync::Arc;

use pluto_core::codec::Decoded;
use pluto_core::{Canonical, Did, Digest, EventId, Reader, RealmId};
use pluto_error::Result;

use crate::head::ChainEnd;

/// The set of one realm in a few bytes; all fields of one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Root over the heads of the set (`pluto_core::payload::heads_root`): equal roots, equal sets.
    pub heads_root: Digest,
    /// The state root.
    pub state_root: Digest,
    /// Events in the set.
    pub events: u64,
    /// Chain ends in the set.
    pub ends: u32,
    /// Events whose payload is not here: erased, or never received. Two states can only be compared when
    /// there are none.
    pub absent: u64,
}

impl Canonical for Summary {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.heads_root.0);
        out.extend_from_slice(&self.state_root.0);
        out.extend_from_slice(&self.events.to_be_bytes());
        out.extend_from_slice(&self.ends.to_be_bytes());
        out.extend_from_slice(&self.absent.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            heads_root: Digest(input.array()?),
            state_root: Digest(input.array()?),
            events: input.u64()?,
            ends: input.u32()?,
            absent: input.u64()?,
        })
    }
}

/// The events that are here, for reading. A machine calls it while it steps; nothing may change meanwhile.
///
/// Only events that were admitted count, on disk or not. Errors are those of the disk: the machine gives
/// up what it was about to do and tries again later.
pub trait EventStore {
    /// The summary of a realm; none when the realm is not here.
    fn summary(&self, realm: RealmId) -> Option<Summary>;

    /// The chain ends of a realm, in any order.
    ///
    /// # Errors
    /// When they cannot be read.
    fn ends(&self, realm: RealmId) -> Result<Vec<ChainEnd>>;

    /// The events that `author` wrote under that number, with their Lamport times: none, one, or several
    /// after a fork.
    ///
    /// # Errors
    /// When they cannot be read.
    fn at(&self, realm: RealmId, author: &Did, seq: u64) -> Result<Vec<(EventId, u64)>>;

    /// The encoded run that holds the event; none when the event is not here, or not here any more.
    ///
    /// # Errors
    /// When it cannot be read.
    fn run_of(&self, realm: RealmId, id: &EventId) -> Result<Option<Arc<[u8]>>>;

    /// Whether the event is here.
    ///
    /// # Errors
    /// When that cannot be read.
    fn has(&self, realm: RealmId, id: &EventId) -> Result<bool>;
}
