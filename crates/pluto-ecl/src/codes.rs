//! Error codes of this crate. Diagnostics of the language have codes from 0100 on, by phase: 01 lexer
//! and parser, 02 names, 03 types, 04 totality and bounds, 05 stores, 06 tests, 07 advice.

use pluto_error::{Code, Kind};

/// The source is above its bound.
pub const SOURCE_TOO_LARGE: Code =
    Code::new("ECL-0001", Kind::Reject, "the source is above its bound");
/// The source has errors; its diagnostics say which.
pub const REFUSED: Code = Code::new("ECL-0002", Kind::Reject, "the source has errors");
/// Code from elsewhere breaks a rule of portable code.
pub const CODE_REFUSED: Code = Code::new("ECL-0010", Kind::Reject, "the code does not verify");
