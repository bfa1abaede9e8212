//! From source to portable code in one step, with everything there is to say about the source.

use crate::check::check_source;
use crate::code::Module;
use crate::diagnostic::Diagnostic;
use crate::hir::Bundle;
use crate::lower::lower;

/// What became of a source.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The typed tree and its code; none when the source has errors.
    pub result: Option<(Bundle, Module)>,
    /// Errors and warnings, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a source. The same source gives the same code everywhere.
#[must_use]
pub fn compile(source: &str) -> Compiled {
    let checked = check_source(source);
    let mut diagnostics = checked.diagnostics;
    let Some(bundle) = checked.bundle else { return Compiled { result: None, diagnostics } };
    match lower(&bundle) {
        Ok(module) => Compiled { result: Some((bundle, module)), diagnostics },
        Err(found) => {
            diagnostics.extend(found);
            Compiled { result: None, diagnostics }
        }
    }
}
