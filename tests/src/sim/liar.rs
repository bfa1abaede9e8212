//! Peers that lie: what they say to whom, and when.

use std::sync::Arc;

use pluto_core::{Canonical, Digest, RealmId};
use pluto_p2p::head::HeadTuple;
use pluto_p2p::message::{Exchange, FRAME_BYTES_MAX, Message, RANGES_MAX};
use pluto_p2p::store::Summary;
use pluto_p2p::{PeerId, Random, Seeded};

/// How a peer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// Signs two runs for one place and gives them to different nodes.
    Equivocator,
    /// Sends bytes that mean nothing, and broken copies of messages it heard.
    Garbage,
    /// Sends frames above every bound, and long lists of nothing.
    Oversize,
    /// Claims events that it never shows.
    StaleHeads,
    /// Answers as late as is allowed, and as little.
    SlowLoris,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Equivocator, Self::Garbage, Self::Oversize, Self::StaleHeads, Self::SlowLoris];

    /// One of them.
    pub(super) fn any(random: &mut Seeded) -> Self {
        let at = random.next() % Self::ALL.len() as u64;
        let at = usize::try_from(at).unwrap_or(0);
        Self::ALL.get(at).copied().unwrap_or(Self::Garbage)
    }
}

/// A lying peer.
pub(super) struct Liar {
    pub(super) id: PeerId,
    pub(super) lie: Lie,
    pub(super) random: Seeded,
    realm: RealmId,
}

/// A frame and how long it takes before it is sent.
pub(super) type Late = (u64, Vec<u8>);

impl Liar {
    pub(super) fn new(id: PeerId, lie: Lie, realm: RealmId, seed: u64) -> Self {
        Self { id, lie, random: Seeded(seed), realm }
    }

    fn digest(&mut self) -> Digest {
        let mut digest = Digest::ZERO;
        digest.0.iter_mut().for_each(|byte| *byte = (self.random.next() >> 32) as u8);
        digest
    }

    fn tuple(&mut self) -> HeadTuple {
        HeadTuple { author: self.random.next(), seq: self.random.next() % 99, head: 1 }
    }

    /// What it says by itself, to each node.
    pub(super) fn tick(&mut self) -> Option<Vec<u8>> {
        match self.lie {
            Lie::Equivocator => None,
            Lie::Garbage => {
                let bytes = self.random.next() % 300;
                Some((0..bytes).map(|_| (self.random.next() >> 40) as u8).collect())
            }
            Lie::Oversize if self.random.next().is_multiple_of(8) => {
                Some(vec![1; FRAME_BYTES_MAX + 1])
            }
            Lie::Oversize | Lie::SlowLoris => {
                let (nonce, summary) = ([3; 16], self.summary());
                let session = Exchange { id: (self.random.next() >> 40) as u32, number: 1 };
                Some(Message::Open { session, realm: self.realm, nonce, summary }.encode())
            }
            Lie::StaleHeads => {
                let heads_root = self.digest();
                let realm = self.realm;
                Some(Message::Announce { realm, heads_root, run: None }.encode())
            }
        }
    }

    fn summary(&mut self) -> Summary {
        let (heads_root, state_root) = (self.digest(), self.digest());
        let ends = 1 + (self.random.next() % 60) as u32;
        let events = u64::from(ends) + self.random.next() % 1_000;
        Summary { heads_root, state_root, events, ends, absent: 0 }
    }

    /// What it answers.
    pub(super) fn answer(&mut self, frame: &[u8]) -> Option<Late> {
        let message = Message::from_frame(frame).ok()?;
        let delay = if self.lie == Lie::SlowLoris { 9_000 } else { 0 };
        match self.lie {
            Lie::Equivocator => return None,
            Lie::Garbage => {
                let mut broken = frame.to_vec();
                let at = self.random.next() as usize % broken.len().max(1);
                broken.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 0x55);
                return Some((0, broken));
            }
            Lie::Oversize | Lie::StaleHeads | Lie::SlowLoris => {}
        }
        let answer = match message {
            Message::Open { session, .. } => {
                Message::Opened { session, nonce: [4; 16], summary: self.summary() }
            }
            Message::AskSymbols { session, from, count } => {
                let more = if self.lie == Lie::Oversize { 500 } else { 0 };
                let symbols = (0..count + more).map(|_| (self.tuple(), self.random.next(), 3));
                Message::Symbols { session, from, symbols: symbols.collect() }
            }
            Message::AskVector { session, from } => {
                // More than it claimed is a lie already; far more, now and then, is a costly one.
                let count = match self.lie {
                    Lie::Oversize if self.random.next().is_multiple_of(16) => 9_000,
                    Lie::Oversize => 200,
                    _ => 1 + self.random.next() % 60,
                };
                let mut tuples: Vec<HeadTuple> = (0..count).map(|_| self.tuple()).collect();
                tuples.sort_unstable();
                tuples.dedup();
                Message::Vector { session, from, last: true, tuples }
            }
            Message::AskRanges { session, ranges, .. } => {
                let more = ranges.len() < RANGES_MAX && self.random.next().is_multiple_of(2);
                let runs = if more { vec![Arc::from([0_u8; 64])] } else { Vec::new() };
                Message::Page { session, more, gone: 0, runs }
            }
            Message::AskMore { session } | Message::AskEvents { session, .. } => {
                Message::Page { session, more: true, gone: 0, runs: Vec::new() }
            }
            _ => return None,
        };
        Some((delay, answer.encode()))
    }
}
