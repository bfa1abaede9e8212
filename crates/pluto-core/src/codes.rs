//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// The bytes end before the value does.
pub const TRUNCATED: Code = Code::new("COR-0001", Kind::Reject, "the encoded value is cut short");
/// Bytes remain after the value.
pub const TRAILING: Code =
    Code::new("COR-0002", Kind::Reject, "the encoded value has bytes after its end");
/// The same value has another, canonical encoding.
pub const NOT_CANONICAL: Code =
    Code::new("COR-0003", Kind::Reject, "the encoding is not the canonical one");
/// A length or count is above its bound.
pub const TOO_LARGE: Code = Code::new("COR-0004", Kind::Reject, "a length is above its bound");
/// A version this build does not know.
pub const UNKNOWN_VERSION: Code =
    Code::new("COR-0005", Kind::Reject, "the format version is not known");
/// A field holds a value outside its set.
pub const BAD_VALUE: Code = Code::new("COR-0006", Kind::Reject, "a field holds an invalid value");
/// A textual id or DID cannot be parsed.
pub const BAD_TEXT: Code =
    Code::new("COR-0007", Kind::Reject, "the text is not a valid identifier");
/// Events of one run do not follow each other.
pub const BROKEN_RUN: Code =
    Code::new("COR-0008", Kind::Reject, "the events of the run do not follow each other");
/// A payload does not match the hash in its header.
pub const PAYLOAD_MISMATCH: Code =
    Code::new("COR-0009", Kind::Reject, "the payload does not match its header");
