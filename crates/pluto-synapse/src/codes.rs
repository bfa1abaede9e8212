//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// A chain of reactions is as long as it may get.
pub const HOPS_SPENT: Code =
    Code::new("SYN-0001", Kind::Reject, "the chain of reactions is too long");
/// The queue of intents is full.
pub const INTENTS_FULL: Code = Code::new("SYN-0002", Kind::Busy, "too many reactions are waiting");
/// Nobody takes intents any more.
pub const INTENTS_CLOSED: Code = Code::new("SYN-0003", Kind::Retry, "the node is shutting down");
/// An intent that can never become an event.
pub const BAD_INTENT: Code =
    Code::new("SYN-0004", Kind::Reject, "the reaction cannot become an event");
/// As many observers or subscribers as there may be.
pub const CROWDED: Code = Code::new("SYN-0005", Kind::Busy, "too many listeners");
/// The log does not hold the events a subscriber must catch up with.
pub const GAP: Code = Code::new("SYN-0006", Kind::Retry, "missed events cannot be read yet");
