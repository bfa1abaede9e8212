//! Source text to trees: a lossless one for tools, an owned one for the checker.
//!
//! ```text
//! text ─ lexer ─► tokens ─ parser ─► tree (every byte) ─ lower ─► ast (what was understood)
//!           └────────────────┴─► diagnostics
//! ```
//!
//! Total: any text gives a tree with exactly that text. Time is linear in its length, and no nesting
//! is deeper than [`NESTING_MAX`](crate::limits::NESTING_MAX), operators included, so that whoever
//! walks either tree may recurse.

mod kind;
mod lexer;
mod lower;
mod parser;
pub(crate) mod similar;
#[cfg(test)]
pub(crate) mod tests;
mod values;

use rowan::{GreenNode, GreenNodeBuilder, Language};

use crate::ast;
use crate::codes;
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::limits::{DIAGNOSTICS_MAX, SOURCE_BYTES_MAX};

pub use kind::{Ecl, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

/// What a source says.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The lossless tree; can be shared between threads.
    pub tree: GreenNode,
    /// What was understood of it. Where there are errors, something is left out.
    pub ast: ast::Source,
    /// What is wrong, in the order of the source; at most `DIAGNOSTICS_MAX`.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// The root of the lossless tree.
    #[must_use]
    pub fn syntax(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.tree.clone())
    }

    /// Whether there is an error: then `ast` is not the whole program.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }
}

/// Parses a source. A source above its bound is not looked at: ECL-0001.
#[must_use]
pub fn parse(source: &str) -> Parsed {
    if source.len() > SOURCE_BYTES_MAX {
        return too_large(source);
    }
    let lexed = lexer::lex(source);
    let (tree, found) = parser::parse(source, &lexed.tokens);
    let ast = lower::source(&SyntaxNode::new_root(tree.clone()));
    let mut diagnostics = lexed.diagnostics;
    diagnostics.extend(found);
    diagnostics.sort_by_key(|found| found.primary.span);
    diagnostics.truncate(DIAGNOSTICS_MAX);
    Parsed { tree, ast, diagnostics }
}

fn too_large(source: &str) -> Parsed {
    let mut builder = GreenNodeBuilder::new();
    builder.start_node(Ecl::kind_to_raw(SyntaxKind::Source));
    // The tree counts in 32 bits.
    if u32::try_from(source.len()).is_ok() {
        builder.token(Ecl::kind_to_raw(SyntaxKind::Unknown), source);
    }
    builder.finish_node();
    let message =
        format!("the source has {} bytes, at most {SOURCE_BYTES_MAX} are allowed", source.len());
    let found = Diagnostic::error(
        codes::SOURCE_TOO_LARGE,
        message,
        Span::default(),
        "this source is too large",
    );
    Parsed {
        tree: builder.finish(),
        ast: ast::Source::default(),
        diagnostics: vec![
            found.note("split it: policies of one realm may stand in several sources"),
        ],
    }
}
