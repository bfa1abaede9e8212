//! How peers behaved, and what follows: less traffic, or none for a while.
//!
//! Every peer has points, whole numbers, that go back to zero with time; deeds add and take. Below
//! [`THROTTLE_BELOW`] a peer gets a tenth of the traffic, below [`BAN_BELOW`] it is shut out, twice as
//! long each time. Nothing here decides what belongs to the set: a peer that lies costs time, never
//! events.

mod bucket;

use std::collections::BTreeMap;

use crate::peer::{Millis, PeerId};
pub(crate) use bucket::Bucket;

/// Points at which a peer is slowed down.
pub const THROTTLE_BELOW: i32 = -40;
/// Points at which a peer is shut out.
pub const BAN_BELOW: i32 = -100;
/// Most points of a peer, so that a long good past buys little.
pub const POINTS_MAX: i32 = 50;
/// Time in which one point comes back, or is forgotten.
pub const POINT_MS: u64 = 15_000;
/// The first time of being shut out; each later one is twice as long.
pub const BAN_MS: u64 = 60_000;
/// The longest.
pub const BAN_MS_MAX: u64 = 24 * 3_600_000;
/// Peers that are remembered.
pub const PEERS_MAX: usize = 4_096;
/// Messages a peer may send at once, and for each second.
pub const MESSAGES: (u64, u64) = (512, 256);
/// Bytes a peer may send or ask for at once, and for each second.
pub const BYTES: (u64, u64) = (64 << 20, 32 << 20);

/// What a peer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Sent events that were new here.
    Useful,
    /// Let a request wait too long.
    Silent,
    /// Answered, but hardly anything in a long time.
    Slow,
    /// Claims events that it does not show.
    Stale,
    /// Sent what nobody asked for.
    Unexpected,
    /// Sent more than its share.
    Flood,
    /// Sent bytes that are no message, no run, or a sketch that contradicts itself.
    Garbage,
    /// Sent a frame above its bound.
    Oversize,
    /// Sent events that the rules of admission refuse.
    Invalid,
}

impl Deed {
    /// What it adds.
    #[must_use]
    pub const fn points(self) -> i32 {
        match self {
            Self::Useful => 2,
            Self::Silent => -10,
            Self::Slow => -15,
            Self::Stale => -15,
            Self::Unexpected => -20,
            Self::Flood => -5,
            Self::Garbage => -40,
            Self::Oversize => -50,
            Self::Invalid => -50,
        }
    }
}

/// What happens to the scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A peer did something.
    Did(PeerId, Deed),
    /// An operator shuts a peer out, or lets it in again.
    Banned(PeerId, bool),
    /// A frame of that many bytes came in or is asked for.
    Traffic(PeerId, u64),
    /// Time passed.
    Tick,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Cut the connection, and take none until then; none for good.
    ShutOut(PeerId, Option<Millis>),
    /// Connections are taken again.
    LetIn(PeerId),
    /// Do not handle this frame: the peer is over its share.
    Drop(PeerId),
}

#[derive(Clone, Debug)]
struct Standing {
    points: i32,
    as_of: Millis,
    bans: u32,
    banned_until: Option<Millis>,
    for_good: bool,
    messages: Bucket,
    bytes: Bucket,
}

/// The scores of all peers.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    peers: BTreeMap<PeerId, Standing>,
}

impl Scores {
    /// Takes one input.
    pub fn step(&mut self, input: Input, now: Millis) -> Vec<Output> {
        match input {
            Input::Did(peer, deed) => self.did(peer, deed, now).into_iter().collect(),
            Input::Banned(peer, true) => {
                self.standing(peer, now).for_good = true;
                vec![Output::ShutOut(peer, None)]
            }
            Input::Banned(peer, false) => match self.peers.remove(&peer) {
                Some(_) => vec![Output::LetIn(peer)],
                None => Vec::new(),
            },
            Input::Traffic(peer, bytes) => self.traffic(peer, bytes, now).into_iter().collect(),
            Input::Tick => self.tick(now),
        }
    }

    /// The points of a peer.
    #[must_use]
    pub fn points(&self, peer: &PeerId, now: Millis) -> i32 {
        self.peers.get(peer).map_or(0, |standing| standing.points_at(now))
    }

    /// Whether a peer is shut out.
    #[must_use]
    pub fn is_banned(&self, peer: &PeerId, now: Millis) -> bool {
        self.peers.get(peer).is_some_and(|standing| standing.is_banned(now))
    }

    /// Peers that are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.peers.len()
    }

    /// Whether no peer is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    fn did(&mut self, peer: PeerId, deed: Deed, now: Millis) -> Option<Output> {
        let standing = self.standing(peer, now);
        standing.points = standing.points_at(now).saturating_add(deed.points()).min(POINTS_MAX);
        standing.as_of = now;
        if standing.points > BAN_BELOW || standing.is_banned(now) {
            return None;
        }
        let long = BAN_MS.saturating_mul(1 << standing.bans.min(20)).min(BAN_MS_MAX);
        let until = now.saturating_add(long);
        standing.bans += 1;
        standing.banned_until = Some(until);
        Some(Output::ShutOut(peer, Some(until)))
    }

    fn traffic(&mut self, peer: PeerId, bytes: u64, now: Millis) -> Option<Output> {
        let standing = self.standing(peer, now);
        let share = if standing.points_at(now) < THROTTLE_BELOW { 10 } else { 1 };
        // Both are asked, so that a refused frame costs the peer as much as one that is handled.
        let within = [
            standing.messages.take(share, now),
            standing.bytes.take(bytes.saturating_mul(share), now),
        ];
        if within == [true, true] {
            return None;
        }
        let banned = self.did(peer, Deed::Flood, now);
        Some(banned.unwrap_or(Output::Drop(peer)))
    }

    fn tick(&mut self, now: Millis) -> Vec<Output> {
        let mut out = Vec::new();
        for (peer, standing) in &mut self.peers {
            if standing.banned_until.is_some_and(|until| until <= now) {
                standing.banned_until = None;
                standing.points = THROTTLE_BELOW;
                standing.as_of = now;
                if !standing.for_good {
                    out.push(Output::LetIn(*peer));
                }
            }
        }
        out
    }

    fn standing(&mut self, peer: PeerId, now: Millis) -> &mut Standing {
        if !self.peers.contains_key(&peer) && self.peers.len() >= PEERS_MAX {
            self.forget_one(now);
        }
        self.peers.entry(peer).or_insert_with(|| Standing {
            points: 0,
            as_of: now,
            bans: 0,
            banned_until: None,
            for_good: false,
            messages: Bucket::new(MESSAGES, now),
            bytes: Bucket::new(BYTES, now),
        })
    }

    /// Forgets the peer of whom there is least to remember.
    fn forget_one(&mut self, now: Millis) {
        let worth = |standing: &Standing| {
            let banned = standing.for_good || standing.is_banned(now);
            (standing.for_good, banned, standing.bans, standing.points_at(now).unsigned_abs())
        };
        let least = self.peers.iter().min_by_key(|(peer, standing)| (worth(standing), **peer));
        if let Some(peer) = least.map(|(peer, _)| *peer) {
            self.peers.remove(&peer);
        }
    }
}

impl Standing {
    /// The points as they have gone back towards zero since.
    fn points_at(&self, now: Millis) -> i32 {
        let back = now.saturating_sub(self.as_of) / POINT_MS;
        let left = u64::from(self.points.unsigned_abs()).saturating_sub(back);
        i32::try_from(left).unwrap_or(i32::MAX) * self.points.signum()
    }

    fn is_banned(&self, now: Millis) -> bool {
        self.for_good || self.banned_until.is_some_and(|until| until > now)
    }
}

#[cfg(test)]
mod tests;
