//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// The operating system gave no random bytes.
pub(crate) const NO_RANDOMNESS: Code =
    Code::new("IDN-0001", Kind::Environment, "the system gives no random bytes");
/// A run of no events, or of too many.
pub(crate) const RUN_LENGTH: Code =
    Code::new("IDN-0002", Kind::Reject, "a run has 1 to 256 events");
/// Text that is no `did:key`.
pub(crate) const BAD_DID_KEY: Code =
    Code::new("IDN-0003", Kind::Reject, "the text is not a did:key");
/// A `did:key` of another key type than Ed25519.
pub(crate) const KEY_TYPE: Code =
    Code::new("IDN-0004", Kind::Reject, "the key type of the did:key is not supported");
/// A public key that is not canonical, not on the curve, or of small order.
pub(crate) const KEY_REFUSED: Code =
    Code::new("IDN-0005", Kind::Reject, "the public key is not acceptable");
