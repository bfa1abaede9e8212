//! What goes into the sync machine and what comes out of it.

use std::sync::Arc;

use pluto_core::{EventId, RealmId, Run};

use crate::equivocation::Equivocation;
use crate::error::P2pError;
use crate::message::SessionId;
use crate::peer::PeerId;
use crate::score::Deed;

/// Names one hand-over of runs to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    /// Who sent the runs.
    pub peer: PeerId,
    /// The realm.
    pub realm: RealmId,
    /// The exchange; 0 for an announcement.
    pub session: SessionId,
    /// Number within the exchange.
    pub number: u32,
}

/// A run of a peer: decoded, its signature not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The encoded run.
    pub bytes: Arc<[u8]>,
    /// The run.
    pub run: Arc<Run>,
}

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunOutcome {
    /// So many of its events are new in the set.
    New(u32),
    /// All of it was here; payloads that were absent may have been filled in.
    Known,
    /// It waits for an event.
    Waits(EventId),
    /// It can never join the set.
    Refused,
}

/// What happens to the machine.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// Time passed; a few times a second.
    Tick,
    /// A peer is there, and which realms it may know of.
    PeerUp(PeerId, Vec<RealmId>),
    /// A peer is gone.
    PeerDown(PeerId),
    /// A frame came from a peer.
    Frame(PeerId, &'a [u8]),
    /// What became of the runs of [`Output::Apply`], in order.
    Applied(Ticket, Vec<RunOutcome>),
    /// The set of a realm has grown; with the run, if it was written here.
    Changed(RealmId, Option<Arc<[u8]>>),
    /// Events of a realm whose payloads are not here and wanted, at most [`super::HOLLOW_MAX`].
    Hollow(RealmId, Vec<EventId>),
    /// Somebody asks to compare with all peers now.
    SyncNow(RealmId),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a frame to a peer.
    Send(PeerId, Vec<u8>),
    /// Check signatures, admit and fold these runs, in this order, and say what became of them. Their
    /// past is here or stands before them.
    Apply(Ticket, Vec<Incoming>),
    /// A peer did something: for its score.
    Did(PeerId, Deed),
    /// Somebody signed two events for one place; both are here.
    Fork(RealmId, Box<Equivocation>),
    /// A peer has the same events and another state; both roots in the error, code `P2P-0004`.
    Fault(RealmId, PeerId, P2pError),
    /// A comparison with a peer came to an end, after that many new events.
    Ended(PeerId, RealmId, Outcome, u64),
}

/// How a comparison ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Both sides have the same events.
    Equal,
    /// Nothing is missing here; the other side may fetch.
    Ahead,
    /// What is left came from somebody else meanwhile.
    Overtaken,
    /// The peer does not have some of its events any more: another must be asked.
    Partial,
    /// The peer claims events that it does not show.
    Stale,
    /// The peer broke a rule.
    Misbehaved,
    /// The peer did not answer in time.
    TimedOut,
    /// The peer refused.
    Refused,
    /// The store here could not be read.
    Unread,
}

impl Outcome {
    pub(super) const fn is_good(self) -> bool {
        matches!(self, Self::Equal | Self::Ahead | Self::Overtaken)
    }
}
