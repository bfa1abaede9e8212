//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// A child realm or a room with weaker rules than what is above it.
pub const WEAKENED: Code =
    Code::new("RLM-0001", Kind::Reject, "a rule is weaker than that of the parent");
/// Something archived that is on legal hold.
pub const HELD: Code = Code::new("RLM-0010", Kind::Denied, "it is on legal hold");
/// Something archived whose minimum retention is not over.
pub const RETAINED: Code = Code::new("RLM-0011", Kind::Denied, "its minimum retention is not over");
/// Something that the archive of the realm does not have.
pub const NOT_ARCHIVED: Code = Code::new("RLM-0012", Kind::Reject, "it is not in the archive");
/// A blueprint that nobody published in the realm.
pub const NOT_PUBLISHED: Code = Code::new("RLM-0013", Kind::Reject, "it is not published here");
/// A blueprint that lacks an attestation which the realm requires.
pub const NOT_ATTESTED: Code =
    Code::new("RLM-0014", Kind::Denied, "a required attestation is missing");
