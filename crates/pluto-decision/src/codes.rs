//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// The bytes are no whole file of the format that was expected.
pub const NO_BUNDLE: Code =
    Code::new("DCN-0001", Kind::Corrupt, "the file is not whole, or of another format");
/// A check of a bundle does not hold.
pub const CHECK_FAILED: Code = Code::new("DCN-0002", Kind::Reject, "a check of a bundle fails");
/// A bundle cannot be made.
pub const NOT_PROVABLE: Code =
    Code::new("DCN-0003", Kind::Reject, "the decision cannot be proven yet");
