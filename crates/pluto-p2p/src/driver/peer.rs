//! What the driver keeps of a connected peer: its greeting, and the frames that wait for it.

use std::collections::{BTreeMap, VecDeque};

use libp2p::Multiaddr;
use pluto_core::{Did, Digest, RealmId};

use crate::hello::Hello;
use crate::message::Message;
use crate::peer::Millis;
use crate::sync::Outcome;
use crate::traced::Traceparent;

/// Frames on their way to a peer that are not acknowledged.
pub const IN_FLIGHT_MAX: usize = 8;
/// Frames that wait to be sent to a peer, and their bytes; more are dropped.
pub const OUTBOX_MAX: usize = 256;
/// As [`OUTBOX_MAX`], in bytes.
pub const OUTBOX_BYTES_MAX: usize = 4 << 20;
/// Frames that came before the greeting.
const EARLY_MAX: usize = 4;
/// Requests and announcements to a peer at once, and for each second: below what peers take.
const PACE: (u64, u64) = (192, 48);

/// How it stands with a peer in one realm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The root over its heads, as it said last.
    pub heads_root: Option<Digest>,
    /// How the last comparison ended.
    pub outcome: Option<Outcome>,
    /// Events that came from it.
    pub events: u64,
}

/// A frame in line, and the trace context it goes with where the peer takes one.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) frame: Vec<u8>,
    pub(super) context: Option<Traceparent>,
}

/// A connected peer.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) address: Multiaddr,
    pub(super) hello: Option<Hello>,
    pub(super) owner: Option<Did>,
    pub(super) realms: Vec<RealmId>,
    pub(super) standing: BTreeMap<RealmId, Standing>,
    pub(super) since: Millis,
    /// Whether it is given trace context: its operator is trusted with it, and it speaks the protocol.
    pub(super) takes_context: bool,
    early: VecDeque<Vec<u8>>,
    outbox: VecDeque<Letter>,
    outbox_bytes: usize,
    in_flight: usize,
    /// Requests that were sent and not answered.
    asked: usize,
    tokens: u64,
    as_of: Millis,
}

impl Peer {
    pub(super) fn new(address: Multiaddr, now: Millis) -> Self {
        Self {
            address,
            hello: None,
            owner: None,
            realms: Vec::new(),
            standing: BTreeMap::new(),
            since: now,
            takes_context: false,
            early: VecDeque::new(),
            outbox: VecDeque::new(),
            outbox_bytes: 0,
            in_flight: 0,
            asked: 0,
            tokens: PACE.0,
            as_of: now,
        }
    }

    /// Keeps a frame that came before the greeting.
    pub(super) fn keep(&mut self, frame: Vec<u8>) {
        if self.early.len() < EARLY_MAX {
            self.early.push_back(frame);
        }
    }

    pub(super) fn early(&mut self) -> VecDeque<Vec<u8>> {
        std::mem::take(&mut self.early)
    }

    /// Whether a frame was asked for: it does not count as traffic of the peer then.
    pub(super) fn was_asked(&mut self, frame: &[u8]) -> bool {
        let is_answer = Message::is_answer(frame) && self.asked > 0;
        self.asked -= usize::from(is_answer);
        is_answer
    }

    /// Puts a frame in line; false when the line is too long.
    pub(super) fn line_up(&mut self, letter: Letter) -> bool {
        let bytes = self.outbox_bytes.saturating_add(letter.frame.len());
        if self.outbox.len() >= OUTBOX_MAX || bytes > OUTBOX_BYTES_MAX {
            return false;
        }
        self.outbox_bytes = bytes;
        self.outbox.push_back(letter);
        true
    }

    /// The next one that may go out now.
    pub(super) fn next_letter(&mut self, now: Millis) -> Option<Letter> {
        let (burst, rate) = PACE;
        let new = now.saturating_sub(self.as_of).saturating_mul(rate) / 1_000;
        if new > 0 {
            self.tokens = self.tokens.saturating_add(new).min(burst);
            self.as_of = now;
        }
        let is_answer = Message::is_answer(&self.outbox.front()?.frame);
        if self.in_flight >= IN_FLIGHT_MAX || (!is_answer && self.tokens == 0) {
            return None;
        }
        let letter = self.outbox.pop_front()?;
        self.outbox_bytes = self.outbox_bytes.saturating_sub(letter.frame.len());
        self.in_flight += 1;
        if !is_answer {
            self.tokens = self.tokens.saturating_sub(1);
            let is_request = !Message::is_announcement(&letter.frame);
            self.asked = (self.asked + usize::from(is_request)).min(OUTBOX_MAX);
        }
        Some(letter)
    }

    /// A frame arrived there, or never will.
    pub(super) fn acknowledged(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Takes note of the root that a frame tells.
    pub(super) fn note_root(&mut self, realm: RealmId, heads_root: Digest) {
        if self.realms.contains(&realm) {
            self.standing.entry(realm).or_default().heads_root = Some(heads_root);
        }
    }
}
