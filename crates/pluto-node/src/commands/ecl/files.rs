//! Files of policies: found, and read up to their bound.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use pluto_ecl::artifact::Artifact;
use pluto_ecl::limits::{ARTIFACT_BYTES_MAX, SOURCE_BYTES_MAX};
use pluto_error::{Error, Result};

use super::sources::Sources;
use crate::error::NodeError;

/// The extension of sources.
const SOURCE_EXTENSION: &str = "ecl";
/// The extension of artifacts.
const ARTIFACT_EXTENSION: &str = "eclc";
/// What stands for standard input.
pub(super) const STDIN: &str = "-";
/// Deepest folder that is looked into, and most files that are taken.
const DEPTH_MAX: usize = 16;
const FILES_MAX: usize = 10_000;

/// Files as they are named, folders as the sources in them, in order of their names.
pub(super) fn sources(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        walk(path, 0, &mut found)?;
        if found.len() == before {
            let name = path.display().to_string();
            let hint = "the folder has no file that ends in `.ecl`".to_owned();
            return Err(NodeError::NotFound { what: "source", name, hint }.into());
        }
    }
    Ok(found)
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |error| NodeError::file("read folder", folder, error);
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut entries = entries.collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (kind, path) = (entry.file_type().map_err(failed)?, entry.path());
        if kind.is_dir() && depth < DEPTH_MAX {
            walk(&path, depth + 1, found)?;
        } else if !kind.is_dir() && path.extension().is_some_and(|e| e == SOURCE_EXTENSION) {
            if found.len() >= FILES_MAX {
                let said = format!("expected at most {FILES_MAX} sources, found more");
                return Err(NodeError::BadArgument(said).into());
            }
            found.push(path);
        }
    }
    Ok(())
}

/// Whether the file is an artifact, by its name.
pub(super) fn is_artifact(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == ARTIFACT_EXTENSION)
}

/// A source by its file; `-` is standard input, an artifact gives the source it was made from.
pub(super) fn source(path: &Path) -> Result<Sources> {
    let name =
        if path == Path::new(STDIN) { "standard input".into() } else { path.to_string_lossy() };
    if is_artifact(path) {
        return Ok(Sources::file(name, artifact(path)?.1.source));
    }
    let bytes = read(path, SOURCE_BYTES_MAX)?;
    if bytes.len() > SOURCE_BYTES_MAX {
        return Err(NodeError::SourceTooLarge(name.into_owned()).into());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Sources::file(name, text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let said = format!("expected UTF-8 in `{name}`, found another byte at offset {at}");
            Err(NodeError::BadArgument(said).into())
        }
    }
}

/// An artifact by its file: its bytes, and what they hold. The code is not verified.
pub(super) fn artifact(path: &Path) -> Result<(Vec<u8>, Artifact)> {
    let bytes = read(path, ARTIFACT_BYTES_MAX)?;
    match Artifact::from_bytes(&bytes) {
        Ok(artifact) => Ok((bytes, artifact)),
        Err(error) => {
            let note = format!("`{}` is no artifact", path.display());
            Err(Error::from(error).note(note))
        }
    }
}

/// At most one byte more than `max`, whatever stands behind the path.
fn read(path: &Path, max: usize) -> Result<Vec<u8>> {
    let failed = |error| NodeError::file("read", path, error);
    let mut bytes = Vec::new();
    let limit = max as u64 + 1;
    if path == Path::new(STDIN) {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
