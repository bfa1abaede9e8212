//! The blob machine: which part of a wanted blob to ask of whom.
//!
//! A blob has a name that is the hash of its manifest, and a manifest that names the hash of each
//! chunk: so every part can come from anybody, and is checked before it is kept. For each wanted blob:
//!
//! 1. its manifest (part 0) is asked for, then the chunks that are not here, a few at once and of
//!    several peers;
//! 2. a part that came is checked and kept by the node ([`BlobShelf`]); one that is wrong costs the
//!    peer points, and it is not asked for this blob again;
//! 3. who has nothing, is busy or silent is passed over for a while;
//! 4. when all chunks are here the manifest is written, and the blob is there.
//!
//! A cut costs the parts on their way: chunks stay. Of whom to ask the machine knows who is connected;
//! who has the blob is found out by asking.

mod message;
mod peers;
mod shelf;
mod want;

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::BlobId;

use crate::peer::{Millis, PeerId};
use crate::score::Deed;
use peers::Peers;
use want::Want;

pub use message::{ASK_BYTES, Answer, AskPart, BLOB_EXCHANGE_FORMAT, PART_BYTES_MAX, PartMessage};
pub use peers::{PARTS_IN_FLIGHT_MAX, PARTS_OF_PEER_MAX};
pub use shelf::{BlobShelf, Plan};

/// Blobs that are wanted at once.
pub const WANTED_MAX: usize = 16;
/// How long a blob is wanted of which nothing comes.
pub const FRUITLESS_MS_MAX: u64 = 600_000;
/// After how long a peer that had nothing is asked again.
pub const AGAIN_MS: u64 = 15_000;

/// What happens to the machine.
#[derive(Clone, Debug)]
pub enum Input {
    /// A blob is wanted, if it has no more bytes than that.
    Want(BlobId, u64),
    /// It is wanted no more.
    Forget(BlobId),
    /// A peer is there.
    PeerUp(PeerId),
    /// A peer is gone.
    PeerDown(PeerId),
    /// A peer answered, or did not.
    Answered(PeerId, BlobId, u16, Heard),
    /// What became of [`Output::Check`] or [`Output::Finish`].
    Checked(BlobId, u16, Checked),
    /// Time passed.
    Tick,
}

/// What came of asking a peer for a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Bytes, which may be anything.
    Part(Arc<[u8]>),
    /// It is not there.
    Absent,
    /// The peer has too much to do.
    Busy,
    /// No answer, in time or at all.
    Silent,
    /// Bytes that are no answer.
    Garbage,
}

/// What became of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is the manifest.
    Plan(Plan),
    /// It is the chunk, and kept.
    Kept,
    /// It is something else.
    Wrong,
    /// All parts are there: so is the blob.
    Whole,
    /// The disk failed.
    Failed,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask a peer for a part.
    Ask(PeerId, BlobId, u16),
    /// Check a part and keep it: the manifest, if no manifest stands beside it.
    Check(BlobId, u16, Arc<[u8]>, Option<Arc<[u8]>>),
    /// Make the blob of its chunks.
    Finish(BlobId, Arc<[u8]>),
    /// A peer did something: for its score.
    Did(PeerId, Deed),
    /// A blob is wanted no more.
    Ended(BlobId, Outcome),
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The blob is here.
    Here,
    /// It has more bytes than were wanted.
    TooLarge,
    /// Nobody who was met has it, or nothing came for too long.
    Nowhere,
    /// The disk here failed.
    Unwritten,
}

/// The blob machine of a node.
#[derive(Debug, Default)]
pub struct BlobMachine {
    peers: Peers,
    wants: BTreeMap<BlobId, Want>,
}

impl BlobMachine {
    /// Takes one input and says what is to be done, in order.
    pub fn step(&mut self, input: Input, now: Millis) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Want(id, bytes_max) => {
                if self.wants.len() < WANTED_MAX {
                    self.wants.entry(id).or_insert_with(|| Want::new(bytes_max, now));
                } else if !self.wants.contains_key(&id) {
                    out.push(Output::Ended(id, Outcome::Nowhere));
                }
            }
            Input::Forget(id) => drop(self.wants.remove(&id)),
            Input::PeerUp(peer) => self.peers.came(peer, now),
            Input::PeerDown(peer) => {
                self.peers.left(peer);
                self.wants.values_mut().for_each(|want| want.lost(peer));
            }
            Input::Answered(peer, id, part, heard) => {
                self.peers.answered(peer, &heard, now);
                if let Some(want) = self.wants.get_mut(&id) {
                    want.answered(id, peer, part, heard, now, &mut out);
                }
            }
            Input::Checked(id, part, checked) => self.checked(id, part, checked, now, &mut out),
            Input::Tick => self.tick(now, &mut out),
        }
        self.ask(now, &mut out);
        out
    }

    /// The blobs that are wanted.
    pub fn wanted(&self) -> impl Iterator<Item = &BlobId> {
        self.wants.keys()
    }

    fn checked(
        &mut self,
        id: BlobId,
        part: u16,
        checked: Checked,
        now: Millis,
        out: &mut Vec<Output>,
    ) {
        let Some(want) = self.wants.get_mut(&id) else { return };
        if let Some(outcome) = want.checked(id, part, checked, now, out) {
            self.wants.remove(&id);
            out.push(Output::Ended(id, outcome));
        }
    }

    fn tick(&mut self, now: Millis, out: &mut Vec<Output>) {
        self.wants.retain(|id, want| {
            want.tick(now);
            let is_fruitless = want.is_fruitless(now);
            if is_fruitless {
                out.push(Output::Ended(*id, Outcome::Nowhere));
            }
            !is_fruitless
        });
    }

    /// Asks for whatever may be asked for now.
    fn ask(&mut self, now: Millis, out: &mut Vec<Output>) {
        let mut under_way: usize = self.wants.values().map(Want::under_way).sum();
        for (id, want) in &mut self.wants {
            while under_way < PARTS_IN_FLIGHT_MAX
                && let Some(part) = want.next_part()
                && let Some(peer) = self.peers.next(now, |peer| want.may_ask(peer))
            {
                want.asked(part, peer);
                self.peers.asked(peer, now);
                under_way += 1;
                out.push(Output::Ask(peer, *id, part));
            }
        }
    }
}

#[cfg(test)]
mod tests;
