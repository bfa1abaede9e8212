//! Error codes of this crate. 0001 to 0099: event sourcing; 0101 to 0199: bus, graph, modes.

use pluto_error::{Code, Kind};

/// A signature does not hold.
pub const BAD_SIGNATURE: Code = Code::new("NRV-0001", Kind::Reject, "the signature does not hold");
/// An event breaks a rule about its causal past.
pub const BAD_CAUSALITY: Code =
    Code::new("NRV-0002", Kind::Reject, "the event contradicts its own causal past");
/// A kind that is never authored.
pub const NOT_AUTHORABLE: Code =
    Code::new("NRV-0003", Kind::Reject, "events of this kind are derived, never authored");
/// Something in the causal past is not here yet.
pub const PAST_MISSING: Code =
    Code::new("NRV-0004", Kind::Retry, "an event in the causal past has not arrived yet");
/// Too many events wait for their past.
pub const PENDING_FULL: Code =
    Code::new("NRV-0005", Kind::Busy, "too many events wait for their causal past");
/// The realm is not here.
pub const UNKNOWN_REALM: Code = Code::new("NRV-0006", Kind::Missing, "the realm is not known here");
/// The event is not here.
pub const UNKNOWN_EVENT: Code = Code::new("NRV-0007", Kind::Missing, "the event is not known here");
/// The node stopped accepting writes.
pub const STOPPED: Code = Code::new("NRV-0008", Kind::Retry, "the node does not accept writes now");
/// A checkpoint does not match what it claims.
pub const CHECKPOINT_MISMATCH: Code =
    Code::new("NRV-0009", Kind::Corrupt, "a checkpoint does not match its own roots");
/// State that can be rebuilt is missing.
pub const TILE_MISSING: Code =
    Code::new("NRV-0010", Kind::Corrupt, "a part of the canonical order is missing");
/// Impossible by construction.
pub const INTERNAL: Code = Code::new("NRV-0011", Kind::Bug, "an internal rule was broken");
/// Two chains of final checkpoints.
pub const TWO_CHAINS: Code =
    Code::new("NRV-0012", Kind::Denied, "two chains of final checkpoints contradict each other");
/// Nothing may extend the checkpoint.
pub const NOT_EXTENDED: Code =
    Code::new("NRV-0013", Kind::Reject, "nothing may extend this checkpoint now");
/// A footing is not what was signed.
pub const FOOTING_MISMATCH: Code =
    Code::new("NRV-0014", Kind::Corrupt, "the footing of a realm is not what was signed");
/// Nothing final covers the event.
pub const NOT_FINAL: Code =
    Code::new("NRV-0015", Kind::Denied, "no final checkpoint covers the event");
/// The payload is needed by whoever reads the log.
pub const NEEDED: Code =
    Code::new("NRV-0016", Kind::Denied, "the payload says who may sign or what is final");
/// A lane of the event bus, or the share of one source in it, is full.
pub const BUS_BUSY: Code =
    Code::new("NRV-0101", Kind::Busy, "the node is busy; try again a little later");
/// The event bus takes nothing more.
pub const BUS_CLOSED: Code = Code::new("NRV-0102", Kind::Retry, "the node is shutting down");
/// The system mode cannot be left this way.
pub const MODE_FORBIDDEN: Code =
    Code::new("NRV-0103", Kind::Denied, "this change of the system mode is not allowed");
/// The system mode does not allow the operation.
pub const MODE_REFUSES: Code =
    Code::new("NRV-0104", Kind::Denied, "the system mode does not allow this now");
