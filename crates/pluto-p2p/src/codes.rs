//! The error codes of this crate, one per line; never reused.

use pluto_error::{Code, Kind};

/// A frame above its bound.
pub const FRAME_TOO_LARGE: Code =
    Code::new("P2P-0001", Kind::Reject, "a message of a peer is above its bound");
/// A message that fits no request.
pub const UNEXPECTED: Code =
    Code::new("P2P-0002", Kind::Reject, "a peer sent what nobody asked for");
/// A sketch that no set can have made.
pub const BAD_SKETCH: Code =
    Code::new("P2P-0003", Kind::Reject, "the sketch of a peer contradicts itself");
/// Equal sets with different states.
pub const STATES_DIFFER: Code =
    Code::new("P2P-0004", Kind::Bug, "two nodes made different states of the same events");
/// Two events that prove nothing against their author.
pub const NO_EQUIVOCATION: Code =
    Code::new("P2P-0005", Kind::Reject, "the two events are no equivocation");
/// A witness set that cannot decide.
pub const BAD_WITNESSES: Code =
    Code::new("P2P-0006", Kind::Reject, "the witness set is empty, too large or cannot decide");
/// A witness was asked to sign what contradicts its memory.
pub const WITNESS_REFUSES: Code =
    Code::new("P2P-0007", Kind::Denied, "the witness has signed something else for this number");
/// An address that names no node.
pub const BAD_ADDRESS: Code =
    Code::new("P2P-0008", Kind::Reject, "the address is none, or names no node at its end");
/// The network cannot be used.
pub const NETWORK: Code =
    Code::new("P2P-0009", Kind::Environment, "the network cannot be used as asked");
/// The network thread is gone, or has too much to do.
pub const NETWORK_BUSY: Code =
    Code::new("P2P-0010", Kind::Busy, "the network thread takes no commands now");
