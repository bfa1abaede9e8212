//! The keystore's file: private, replaced whole, locked while it changes.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use pluto_error::Result;

use super::layout::FILE_BYTES_MAX;
use crate::error::IdentityError;

/// The path with every link followed, so that a change replaces the file and not a link to it.
/// Anything but a plain file is refused here: opening a pipe would wait for a writer.
pub(super) fn resolve(path: &Path) -> Result<PathBuf> {
    let resolved = path.canonicalize().map_err(|source| match source.kind() {
        ErrorKind::NotFound => IdentityError::KeystoreMissing(path.to_owned()),
        _ => io("find", path, source),
    })?;
    if !resolved.is_file() {
        return Err(IdentityError::KeystoreDamaged("it is not a plain file".to_owned()).into());
    }
    Ok(resolved)
}

/// Whether anything is at `path`, be it a broken link.
pub(super) fn exists(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(source) => Err(io("look at", path, source).into()),
    }
}

/// The bytes of a file that only its owner can read. The mode is taken from the open file, so that
/// nobody can put another in its place in between.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|source| io("open", path, source))?;
    check_mode(&file, path)?;
    let mut bytes = Vec::new();
    let bound = FILE_BYTES_MAX as u64 + 1;
    file.take(bound).read_to_end(&mut bytes).map_err(|source| io("read", path, source))?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(IdentityError::KeystoreDamaged("it is too large".to_owned()).into());
    }
    Ok(bytes)
}

/// Holds the keystore at `path` for one change; waits for whoever holds it. Released when dropped.
pub(super) fn lock(path: &Path) -> Result<File> {
    let path = beside(path, ".lock");
    let file = private().create(true).truncate(false).open(&path);
    let file = file.map_err(|source| io("create", &path, source))?;
    file.lock().map_err(|source| io("lock", &path, source))?;
    Ok(file)
}

/// Puts `bytes` in the place of `path`: after a crash the file is the old one or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let new = beside(path, ".new");
    let written = write_new(&new, bytes).and_then(|()| std::fs::rename(&new, path));
    if let Err(source) = written {
        let _ = std::fs::remove_file(&new);
        return Err(io("replace", path, source).into());
    }
    sync_parent(path).map_err(|source| io("sync the folder of", path, source))?;
    Ok(())
}

/// Under the lock: a file of that name is what a crash left behind.
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_parent(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn io(doing: &'static str, path: &Path, source: std::io::Error) -> IdentityError {
    IdentityError::KeystoreIo { doing, path: path.to_owned(), source }
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    options
}

#[cfg(unix)]
fn check_mode(file: &File, path: &Path) -> Result<(), IdentityError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|source| io("look at", path, source))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(IdentityError::KeystoreMode { mode }) }
}

/// Without Unix modes the folder's access list is what protects the file.
#[cfg(not(unix))]
fn check_mode(_file: &File, _path: &Path) -> Result<(), IdentityError> {
    Ok(())
}
