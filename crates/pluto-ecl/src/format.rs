//! The one way a source is laid out, with every comment kept.
//!
//! 1. `comments` gives each comment to a token: to the one before it on the same line, else to the
//!    one after it.
//! 2. `printer` walks the lossless tree and emits layout operations. Commas between elements are not
//!    taken from the source but put where the layout wants them.
//! 3. `layout` turns the operations into lines of at most 100 columns, where that can be done.
//!
//! Formatting twice gives the same text, because the first result has the same tokens and gives its
//! comments to the same tokens.

mod comments;
mod layout;
mod printer;
#[cfg(test)]
mod tests;

use crate::codes;
use crate::diagnostic::{Diagnostic, Span};
use crate::limits::SOURCE_BYTES_MAX;
use crate::syntax::parse;

/// Lays a source out anew.
///
/// # Errors
/// The diagnostics of a source that does not parse, and ECL-0001 if the result would be above the
/// bound of a source.
pub fn format(source: &str) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse(source);
    if parsed.has_errors() {
        return Err(parsed.diagnostics);
    }
    let text = layout::render(&printer::print(&parsed.syntax()));
    if text.len() > SOURCE_BYTES_MAX {
        let message = format!("the formatted source has {} bytes", text.len());
        let label = "laid out, this source is too large";
        return Err(vec![Diagnostic::error(
            codes::SOURCE_TOO_LARGE,
            message,
            Span::default(),
            label,
        )]);
    }
    Ok(text)
}
