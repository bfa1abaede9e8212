//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// A child realm or a room with weaker rules than what is above it.
pub const WEAKENED: Code =
    Code::new("RLM-0001", Kind::Reject, "a rule is weaker than that of the parent");
