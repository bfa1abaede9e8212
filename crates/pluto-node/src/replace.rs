//! Writing a file all at once.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use pluto_error::Result;

use crate::error::NodeError;

/// Replaces a file in one step: who reads it sees the old text or the new one, never half of it.
///
/// # Errors
/// `NOD-0004`.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error| NodeError::file("write", path, error);
    // A link stays a link: the file it leads to is replaced.
    let target = if path.exists() { path.canonicalize().map_err(failed)? } else { path.into() };
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = target.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written =
        write_new(&beside, &target, bytes).and_then(|()| std::fs::rename(&beside, &target));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    Ok(written.map_err(failed)?)
}

fn write_new(beside: &Path, like: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create_new(beside)?;
    if let Ok(old) = std::fs::metadata(like) {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
