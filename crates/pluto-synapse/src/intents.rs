//! Intents: the one thing an observer can do about what it hears.
//!
//! An intent names the event it reacts to and carries its hop: 1 for a reaction to an event from
//! outside, one more for a reaction to the event that an intent became. Above [`HOPS_MAX`] it is
//! refused, so two observers that answer each other fall silent. Hops are remembered for the last
//! [`HOPS_REMEMBERED_MAX`] events made from intents, on this node only: a header does not carry them.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pluto_core::kind::Class;
use pluto_core::limits::PAYLOAD_BYTES_MAX;
use pluto_core::traits::Committed;
use pluto_core::{EventId, Kind, RealmId};
use pluto_error::Result;

use crate::error::SynapseError;

/// Longest chain of reactions to reactions.
pub const HOPS_MAX: u8 = 3;
/// Most intents waiting for the node.
pub const INTENTS_MAX: usize = 1_024;
/// How many events made from intents are remembered with their hop.
pub const HOPS_REMEMBERED_MAX: usize = 16_384;

/// A wish for a new event; the node signs it, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The realm of the event it reacts to.
    pub realm: RealmId,
    /// What to say; authoritative.
    pub kind: Kind,
    /// The encoded payload.
    pub payload: Vec<u8>,
    /// The event it reacts to.
    pub cause: EventId,
    /// Its place in the chain of reactions, 1 to [`HOPS_MAX`].
    pub hop: u8,
}

/// The observers' end: clones share one bounded queue.
#[derive(Clone, Debug)]
pub struct Intents {
    sender: SyncSender<Intent>,
    shared: Arc<Shared>,
}

/// The node's end.
#[derive(Debug)]
pub struct IntentQueue {
    receiver: Receiver<Intent>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    hops: Mutex<Hops>,
    accepted: AtomicU64,
    refused: AtomicU64,
}

/// Hops of the last events made from intents.
#[derive(Debug, Default)]
struct Hops {
    by_event: HashMap<EventId, u8>,
    oldest_first: VecDeque<EventId>,
}

/// A new queue of intents, with both its ends.
#[must_use]
pub fn intents() -> (Intents, IntentQueue) {
    let (sender, receiver) = sync_channel(INTENTS_MAX);
    let shared = Arc::new(Shared::default());
    (Intents { sender, shared: Arc::clone(&shared) }, IntentQueue { receiver, shared })
}

impl Intents {
    /// Asks for a new event in reaction to `cause`. Never waits.
    ///
    /// # Errors
    /// `SYN-0001` at the end of the hop budget, `SYN-0002` when too many intents wait, `SYN-0003`
    /// when nobody takes them any more, `SYN-0004` when it could never become an event.
    pub fn submit(&self, cause: &Committed, kind: Kind, payload: Vec<u8>) -> Result<()> {
        let outcome = self.try_submit(cause, kind, payload);
        let counter = match outcome {
            Ok(()) => &self.shared.accepted,
            Err(_) => &self.shared.refused,
        };
        counter.fetch_add(1, Relaxed);
        Ok(outcome?)
    }

    /// How many intents were accepted and refused so far.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.shared.accepted.load(Relaxed), self.shared.refused.load(Relaxed))
    }

    fn try_submit(
        &self,
        cause: &Committed,
        kind: Kind,
        payload: Vec<u8>,
    ) -> Result<(), SynapseError> {
        if kind.class() != Class::Authoritative {
            return Err(SynapseError::NotAuthored(kind));
        }
        if payload.len() > PAYLOAD_BYTES_MAX {
            let found = payload.len();
            return Err(SynapseError::PayloadTooLarge { found, max: PAYLOAD_BYTES_MAX });
        }
        let hop = self.shared.hop_of(&cause.id) + 1;
        if hop > HOPS_MAX {
            return Err(SynapseError::HopsSpent { cause: cause.id, hop, max: HOPS_MAX });
        }
        let intent = Intent { realm: cause.realm, kind, payload, cause: cause.id, hop };
        self.sender.try_send(intent).map_err(|refused| match refused {
            TrySendError::Full(_) => SynapseError::IntentsFull(INTENTS_MAX),
            TrySendError::Disconnected(_) => SynapseError::IntentsClosed,
        })
    }
}

impl IntentQueue {
    /// Takes up to `items_max` intents; waits up to `wait` for the first.
    #[must_use]
    pub fn take(&self, items_max: usize, wait: Duration) -> Vec<Intent> {
        if items_max == 0 {
            return Vec::new();
        }
        let first = self.receiver.recv_timeout(wait).into_iter();
        first.chain(self.receiver.try_iter()).take(items_max).collect()
    }

    /// Remembers that `intent` became `event`. Call it before the event is committed, else a
    /// reaction to the event starts a new chain.
    pub fn authored(&self, intent: &Intent, event: EventId) {
        self.shared.remember(event, intent.hop);
    }
}

impl Shared {
    fn hop_of(&self, event: &EventId) -> u8 {
        let hops = self.hops.lock().unwrap_or_else(PoisonError::into_inner);
        hops.by_event.get(event).copied().unwrap_or(0)
    }

    fn remember(&self, event: EventId, hop: u8) {
        let mut hops = self.hops.lock().unwrap_or_else(PoisonError::into_inner);
        if hops.by_event.insert(event, hop).is_none() {
            hops.oldest_first.push_back(event);
        }
        if hops.oldest_first.len() > HOPS_REMEMBERED_MAX
            && let Some(oldest) = hops.oldest_first.pop_front()
        {
            hops.by_event.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
