//! What can go wrong between the hub and those who listen.

use pluto_core::ids::{Position, RealmId};
use pluto_core::{EventId, Kind};
use pluto_error::{Code, Coded};

use crate::codes;

/// An error of the hub.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SynapseError {
    /// A reaction to a reaction to a reaction, once too often.
    #[error("a reaction to `{cause}` would be hop `{hop}`, at most `{max}` are allowed")]
    HopsSpent {
        /// The event reacted to.
        cause: EventId,
        /// The hop the intent would have.
        hop: u8,
        /// The bound.
        max: u8,
    },
    /// Nobody took the intents that wait already.
    #[error("`{0}` intents are waiting already")]
    IntentsFull(usize),
    /// The other end of the intents is gone.
    #[error("nobody takes intents any more")]
    IntentsClosed,
    /// Only authoritative kinds can be authored.
    #[error("`{0:?}` is not a kind that anybody can author")]
    NotAuthored(Kind),
    /// The payload of an intent is too large for an event.
    #[error("the payload has `{found}` bytes, at most `{max}` are allowed")]
    PayloadTooLarge {
        /// Its length.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// No place for one more.
    #[error("there are `{max}` {what} already")]
    Crowded {
        /// Observers or subscribers.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// The log gave something else than the next event.
    #[error("the log of realm `{realm}` does not give event `{0}` of the order", expected.0)]
    Gap {
        /// The realm.
        realm: RealmId,
        /// The position asked for.
        expected: Position,
    },
}

impl Coded for SynapseError {
    fn code(&self) -> Code {
        match self {
            Self::HopsSpent { .. } => codes::HOPS_SPENT,
            Self::IntentsFull(_) => codes::INTENTS_FULL,
            Self::IntentsClosed => codes::INTENTS_CLOSED,
            Self::NotAuthored(_) | Self::PayloadTooLarge { .. } => codes::BAD_INTENT,
            Self::Crowded { .. } => codes::CROWDED,
            Self::Gap { .. } => codes::GAP,
        }
    }
}
