//! `pluto ecl fmt`.

use std::io::Write;
use std::path::{Path, PathBuf};

use pluto_ecl::format::format;
use pluto_error::Result;
use serde_json::json;

use super::super::Context;
use super::check::counted;
use super::sources::Sources;
use super::{diagnostics, files};
use crate::error::NodeError;
use crate::replace::replace;

pub(super) fn run(context: &Context, paths: &[PathBuf], check: bool) -> Result<()> {
    if let [only] = paths
        && only == Path::new(files::STDIN)
    {
        return standard_input(context, only, check);
    }
    if paths.iter().any(|path| path == Path::new(files::STDIN)) {
        return Err(
            NodeError::BadArgument("expected `-` alone, found it among files".into()).into()
        );
    }
    let paths = files::sources(paths)?;
    let (mut changed, mut refused) = (Vec::new(), Vec::new());
    for path in &paths {
        let sources = files::source(path)?;
        match format(sources.text()) {
            Err(found) => {
                diagnostics::show(context, &sources, &found);
                refused.push(diagnostics::summary(&sources, &found));
            }
            Ok(text) if text == sources.text() => {}
            Ok(text) => {
                if !check {
                    replace(path, text.as_bytes())?;
                }
                changed.push(path.display().to_string());
            }
        }
    }
    let done = if check { "to format" } else { "formatted" };
    let total = counted(paths.len(), "source");
    let mut text: String = changed.iter().map(|path| format!("{path}\n")).collect();
    text += &format!("{total}, {} {done}, {} with errors", changed.len(), refused.len());
    context.out.show(&json!({ "changed": changed, "refused": refused, "check": check }), &text);
    match refused.first() {
        Some(first) => Err(NodeError::SourceRefused(first.clone()).into()),
        None if check && !changed.is_empty() => {
            Err(NodeError::NotFormatted(counted(changed.len(), "source")).into())
        }
        None => Ok(()),
    }
}

/// Text for text, also in JSON mode: an editor wants nothing else.
fn standard_input(context: &Context, path: &Path, check: bool) -> Result<()> {
    let sources: Sources = files::source(path)?;
    let text =
        format(sources.text()).map_err(|found| diagnostics::refuse(context, &sources, &found))?;
    if !check {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
        Ok(())
    } else if text == sources.text() {
        Ok(())
    } else {
        Err(NodeError::NotFormatted(counted(1, "source")).into())
    }
}
