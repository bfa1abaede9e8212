//! The error codes of authentication and of what guards the HTTP face; never reused.

use pluto_error::{Code, Kind};

/// Nobody said who asks.
pub const NOBODY: Code = Code::new("API-0101", Kind::Denied, "who asks must be shown");
/// A bearer token that is none of ours.
pub const BAD_TOKEN: Code = Code::new("API-0102", Kind::Denied, "the bearer token does not hold");
/// A message signature that does not verify.
pub const BAD_SIGNATURE: Code =
    Code::new("API-0103", Kind::Denied, "the message signature does not hold");
/// A message signature over too little.
pub const NOT_COVERED: Code =
    Code::new("API-0104", Kind::Denied, "the message signature covers too little");
/// A token or signature outside of its time.
pub const OUT_OF_TIME: Code =
    Code::new("API-0105", Kind::Denied, "the token or signature is outside of its time");
/// A signed message that came before.
pub const REPLAYED: Code = Code::new("API-0106", Kind::Denied, "the signed message came before");
/// A body that is not the one signed.
pub const BODY_CHANGED: Code =
    Code::new("API-0107", Kind::Denied, "the body is not the one that was signed");
/// A key that nobody here has.
pub const UNKNOWN_KEY: Code = Code::new("API-0108", Kind::Denied, "the key is not known here");
/// Who asks may not.
pub const FORBIDDEN: Code = Code::new("API-0109", Kind::Denied, "who asks may not do that");
/// More requests than the limit.
pub const TOO_FAST: Code = Code::new("API-0110", Kind::Busy, "more requests than the limit");
/// A page or a name from elsewhere.
pub const ELSEWHERE: Code =
    Code::new("API-0112", Kind::Denied, "the origin or the host is not one of this node's");
/// Keys of tokens that cannot be used.
pub const BAD_KEYS: Code = Code::new("API-0113", Kind::Reject, "the keys of tokens do not fit");
/// A certificate that cannot be used.
pub const BAD_TLS: Code =
    Code::new("API-0114", Kind::Environment, "the certificate or its key cannot be used");
/// No place to remember one more signed message.
pub const FULL: Code = Code::new("API-0115", Kind::Busy, "too many signed messages at once");
