//! What makes a checked source too large to become code.

use pluto_error::{Code, Kind};

/// The worst case of a policy is above the bound.
pub const GAS_ABOVE_BOUND: Code =
    Code::new("ECL-0451", Kind::Reject, "the gas bound of a policy exceeds the limit");
/// A policy needs more registers, inputs, nodes, rules or literals than there are.
pub const TOO_MANY: Code =
    Code::new("ECL-0452", Kind::Reject, "a policy needs more room than portable code has");
/// Statements and expressions are nested too deeply for portable code.
pub const TOO_DEEP: Code =
    Code::new("ECL-0453", Kind::Reject, "a policy is nested too deeply for portable code");
/// A policy copies values so wide that its gas does not pay for the work.
pub const UNPAID_WORK: Code =
    Code::new("ECL-0454", Kind::Reject, "the gas of a policy does not pay for its work");
/// The typed tree breaks its own rules; the checker is to blame, not the source.
pub const NOT_LOWERED: Code =
    Code::new("ECL-0455", Kind::Bug, "the typed tree cannot be turned into code");
