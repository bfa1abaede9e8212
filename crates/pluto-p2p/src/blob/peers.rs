//! Whom to ask: who is connected, not asked for much, and within its pace.

use std::collections::BTreeMap;

use super::Heard;
use crate::peer::{Millis, PeerId};
use crate::score::Bucket;

/// Parts that are asked for, or being checked, at once; each may be 1 MiB.
pub const PARTS_IN_FLIGHT_MAX: usize = 8;
/// Parts that one peer is asked for at once.
pub const PARTS_OF_PEER_MAX: usize = 2;
/// Parts that one peer is asked for in a burst, and for each second: half of what it gives.
const PACE: (u64, u64) = (32, 16);
/// How long a peer that is busy is left alone.
const BUSY_MS: u64 = 1_000;

#[derive(Debug)]
struct Peer {
    in_flight: usize,
    asked_at: Millis,
    not_before: Millis,
    pace: Bucket,
}

/// The peers that are connected.
#[derive(Debug, Default)]
pub(super) struct Peers(BTreeMap<PeerId, Peer>);

impl Peers {
    pub(super) fn came(&mut self, peer: PeerId, now: Millis) {
        let new = Peer { in_flight: 0, asked_at: 0, not_before: 0, pace: Bucket::new(PACE, now) };
        self.0.entry(peer).or_insert(new);
    }

    pub(super) fn left(&mut self, peer: PeerId) {
        self.0.remove(&peer);
    }

    /// Who is asked next: of those that are free who waited longest.
    pub(super) fn next(&self, now: Millis, may: impl Fn(&PeerId) -> bool) -> Option<PeerId> {
        let free = self.0.iter().filter(|(peer, known)| {
            let is_free = known.in_flight < PARTS_OF_PEER_MAX && known.not_before <= now;
            is_free && may(peer)
        });
        free.min_by_key(|(peer, known)| (known.in_flight, known.asked_at, **peer))
            .map(|(peer, _)| *peer)
    }

    pub(super) fn asked(&mut self, peer: PeerId, now: Millis) {
        let Some(known) = self.0.get_mut(&peer) else { return };
        known.in_flight += 1;
        known.asked_at = now;
        if !known.pace.take(1, now) {
            known.not_before = now.saturating_add(BUSY_MS);
        }
    }

    pub(super) fn answered(&mut self, peer: PeerId, heard: &Heard, now: Millis) {
        let Some(known) = self.0.get_mut(&peer) else { return };
        known.in_flight = known.in_flight.saturating_sub(1);
        if *heard == Heard::Busy {
            known.not_before = now.saturating_add(BUSY_MS);
        }
    }
}
