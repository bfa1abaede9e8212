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
/// A path that no route has.
pub const NO_ROUTE: Code = Code::new("API-0020", Kind::Missing, "there is no such route");
/// A method that the route does not have.
pub const WRONG_METHOD: Code =
    Code::new("API-0021", Kind::Reject, "the route does not have this method");
/// A body above its bound.
pub const BODY_TOO_LARGE: Code = Code::new("API-0022", Kind::Reject, "the body is too large");
/// A body that is not what the route takes.
pub const BAD_BODY: Code = Code::new("API-0023", Kind::Reject, "the body does not fit the route");
/// A body of another media type.
pub const WRONG_MEDIA: Code =
    Code::new("API-0024", Kind::Reject, "the route does not take this media type");
/// A parameter of the path or the query that does not fit.
pub const BAD_PARAMETER: Code = Code::new("API-0025", Kind::Reject, "a parameter does not fit");
/// A cursor that did not come from this list.
pub const BAD_CURSOR: Code =
    Code::new("API-0026", Kind::Reject, "the cursor did not come from this list");
/// A range that lies beyond the end.
pub const BAD_RANGE: Code = Code::new("API-0027", Kind::Reject, "the range cannot be satisfied");
/// An idempotency key that came with another request before.
pub const KEY_REUSED: Code =
    Code::new("API-0028", Kind::Reject, "the idempotency key belongs to another request");
/// An idempotency key whose request is under way.
pub const KEY_IN_USE: Code =
    Code::new("API-0029", Kind::Busy, "the request with this idempotency key is under way");
/// A body that did not come in time.
pub const BODY_LATE: Code = Code::new("API-0032", Kind::Retry, "the body did not come in time");
