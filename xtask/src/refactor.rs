//! `cargo xtask refactor`: takes a monolith apart by a plan, with the compiler as the judge.
//!
//! 1. `plan` reads what is to move where; `source` knows every item with its comments by byte ranges.

#![expect(dead_code, reason = "the commands come with the moves")]

pub(crate) mod plan;
pub(crate) mod source;
