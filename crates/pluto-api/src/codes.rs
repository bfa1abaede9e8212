//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// A question or an argument that does not fit its bounds or its form.
pub const BAD_QUESTION: Code =
    Code::new("API-0001", Kind::Reject, "the question does not have the form it must have");
/// As many calls at once as there may be.
pub const CROWDED: Code = Code::new("API-0002", Kind::Busy, "too many calls at once");
/// A call that took too long.
pub const TIMED_OUT: Code = Code::new("API-0003", Kind::Retry, "the call took too long");
/// A configuration of the proxy that does not fit.
pub const BAD_CONFIG: Code =
    Code::new("API-0004", Kind::Reject, "the configuration of the proxy does not fit");
/// The server behind the proxy.
pub const UPSTREAM: Code =
    Code::new("API-0005", Kind::Environment, "the server behind the proxy does not answer");
/// An action that was denied, or could not be decided.
pub const NOT_ALLOWED: Code = Code::new("API-0006", Kind::Denied, "the action is not allowed");
/// An action that waits for an approval.
pub const ESCALATED: Code = Code::new("API-0007", Kind::Retry, "the action waits for an approval");
/// A tool call from which no question can be made.
pub const NOT_MAPPED: Code =
    Code::new("API-0008", Kind::Reject, "the call cannot be put as a question");
/// An address or a stream that cannot be served.
pub const NOT_SERVED: Code =
    Code::new("API-0009", Kind::Environment, "the face cannot be served there");
/// A thread that ended without an answer.
pub const LOST: Code = Code::new("API-0010", Kind::Bug, "a question was lost");
/// A request without the bearer token.
pub const NO_TOKEN: Code = Code::new("API-0011", Kind::Denied, "a bearer token is needed");
/// A call that the server behind the proxy refused.
pub const REFUSED: Code =
    Code::new("API-0012", Kind::Reject, "the server behind the proxy refused the call");
