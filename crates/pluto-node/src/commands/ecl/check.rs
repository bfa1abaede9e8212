//! `pluto ecl check`.

use std::path::PathBuf;

use pluto_ecl::compile::compile;
use pluto_ecl::{Diagnostic, Severity};
use pluto_error::Result;
use serde_json::json;

use super::super::Context;
use super::{diagnostics, files};
use crate::error::NodeError;

pub(super) fn run(context: &Context, paths: &[PathBuf]) -> Result<()> {
    let paths = files::sources(paths)?;
    let (mut errors, mut warnings, mut values) = (0, 0, Vec::new());
    for path in &paths {
        let sources = files::source(path)?;
        let found = compile(sources.text()).diagnostics;
        diagnostics::show(context, &sources, &found);
        errors += count(&found, Severity::Error);
        warnings += count(&found, Severity::Warning);
        values.push(json!({
            "file": sources.name(),
            "diagnostics": diagnostics::data(&sources, &found),
        }));
    }
    let summary = format!(
        "{} checked: {}, {}",
        counted(paths.len(), "source"),
        counted(errors, "error"),
        counted(warnings, "warning")
    );
    let value = json!({ "sources": values, "errors": errors, "warnings": warnings });
    if errors == 0 {
        context.out.show(&value, &summary);
        return Ok(());
    }
    if context.out.json {
        context.out.show(&value, "");
    }
    Err(NodeError::SourceRefused(summary).into())
}

fn count(found: &[Diagnostic], severity: Severity) -> usize {
    found.iter().filter(|found| found.severity == severity).count()
}

/// `1 error`, `2 errors`.
pub(super) fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
