//! Runs that peers sent and that are on their way in.
//!
//! What joins the log and is found here did not begin on this node, and need not be decoded again.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::Run;
use pluto_p2p::sync::Incoming;

/// The signature at the front of a run, which tells runs apart before they are decoded.
pub(super) type Front = [u8; 64];

/// Runs on their way in, as many as sync hands on at once.
#[derive(Debug, Default)]
pub(super) struct Arriving(BTreeMap<Front, Incoming>);

impl Arriving {
    pub(super) fn extend(&mut self, runs: &[Incoming]) {
        let named = |one: &Incoming| Some((front(&one.bytes)?, one.clone()));
        self.0.extend(runs.iter().filter_map(named));
    }

    /// Takes a run out that joined: how it was decoded, if its bytes are those that came.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Arrived> {
        let came = self.0.remove(&front(bytes)?)?;
        let is_same = *came.bytes == *bytes;
        Some(if is_same { Arrived::Same(came.bytes, came.run) } else { Arrived::Completed })
    }

    /// Takes a run out that does not join.
    pub(super) fn forget(&mut self, bytes: &[u8]) {
        front(bytes).and_then(|front| self.0.remove(&front));
    }
}

/// A run that came and is in the log now.
pub(super) enum Arrived {
    /// As it came.
    Same(Arc<[u8]>, Arc<Run>),
    /// With payloads that were here before.
    Completed,
}

pub(super) fn front(bytes: &[u8]) -> Option<Front> {
    bytes.get(2..)?.first_chunk().copied()
}
