//! Tests of the front end: what parses, what it means, and that nothing is ever lost.

mod lossless;
mod meaning;
pub(crate) mod programs;

use super::{Parsed, parse};

/// Parses what has to be right.
fn parsed(source: &str) -> Parsed {
    let parsed = parse(source);
    assert_eq!(parsed.syntax().text().to_string(), source);
    assert!(parsed.diagnostics.is_empty(), "{source}\n{:#?}", parsed.diagnostics);
    parsed
}
