//! The error codes of this crate, one per line; never reused.

use pluto_error::{Code, Kind};

/// Bytes that are no canonical encoding.
pub const MALFORMED: Code = Code::new("MRK-0001", Kind::Reject, "a proof is malformed");
/// A length or count above its bound.
pub const TOO_LARGE: Code = Code::new("MRK-0002", Kind::Reject, "a proof or entry is too large");
/// A format version this build does not know.
pub const UNKNOWN_VERSION: Code = Code::new("MRK-0003", Kind::Reject, "unknown proof version");
/// An index, size or component outside the tree.
pub const OUT_OF_RANGE: Code =
    Code::new("MRK-0004", Kind::Reject, "a position is outside the tree");
/// A proof with too few or too many hashes.
pub const PROOF_LENGTH: Code = Code::new("MRK-0005", Kind::Reject, "a proof has the wrong length");
/// A proof that leads to another root.
pub const ROOT_MISMATCH: Code =
    Code::new("MRK-0006", Kind::Reject, "a proof leads to another root");
/// A proof of presence where absence is claimed, or the other way round.
pub const OTHER_CLAIM: Code = Code::new("MRK-0007", Kind::Reject, "a proof shows another claim");
/// Leaf digests that are no longer in memory and that no source provides.
pub const TILE_MISSING: Code =
    Code::new("MRK-0008", Kind::Missing, "old leaf digests are not here");
/// Leaf digests from a source that do not match the tree.
pub const TILE_DAMAGED: Code =
    Code::new("MRK-0009", Kind::Corrupt, "stored leaf digests are damaged");
/// Operations of a delta that are not strictly ascending.
pub const UNORDERED_OPS: Code =
    Code::new("MRK-0010", Kind::Reject, "a delta repeats or misorders keys");
/// A delta whose witness does not cover an operation.
pub const WITNESS_INCOMPLETE: Code = Code::new("MRK-0011", Kind::Reject, "a delta lacks a proof");
