//! Kept files: what neither the log nor a blob can give back, replaced as a whole.
//!
//! The directory is made with the first file, so that a store without one is as it always was.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Mutex;

use pluto_error::Result;

use crate::disk::{Disk as _, RealDisk, TEMPORARY, read_all, replace};
use crate::error::StorageError;

/// Largest file in bytes.
const FILE_BYTES_MAX: u64 = 1 << 32;

/// Files of one directory by plain names.
#[derive(Debug)]
pub struct KeptFiles {
    dir: PathBuf,
    /// Held while one is written.
    writing: Mutex<()>,
}

impl KeptFiles {
    /// The files in `dir`, which need not be there.
    #[must_use]
    pub const fn new(dir: PathBuf) -> Self {
        Self { dir, writing: Mutex::new(()) }
    }

    /// The names of all files, sorted.
    ///
    /// # Errors
    /// `STO-0001` as the operating system says.
    pub fn names(&self) -> Result<Vec<String>> {
        let Some(disk) = self.disk()? else { return Ok(Vec::new()) };
        let listed = disk.list().map_err(|error| StorageError::io("list", disk.label(), error))?;
        Ok(listed.into_iter().filter(|name| !name.ends_with(TEMPORARY)).collect())
    }

    /// A file; none when there is none of that name.
    ///
    /// # Errors
    /// `STO-0001` as the operating system says.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(disk) = self.disk()? else { return Ok(None) };
        match read_all(&disk, name, FILE_BYTES_MAX) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StorageError::io("read", name, error).into()),
        }
    }

    /// Writes a file in place of the one before. Durable on return; after a crash either is there whole.
    ///
    /// # Errors
    /// `STO-0002` when the disk is full, `STO-0001` as the operating system says; the one before is there still.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let refused = |error| StorageError::io("create", self.dir.display().to_string(), error);
        let disk = RealDisk::create(&self.dir).map_err(refused)?;
        Ok(replace(&disk, name, bytes)?)
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// `STO-0001` as the operating system says.
    pub fn remove(&self, name: &str) -> Result<()> {
        let Some(disk) = self.disk()? else { return Ok(()) };
        match disk.remove(name).and_then(|()| disk.sync_dir()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(StorageError::io("remove", name, error).into())
            }
            _ => Ok(()),
        }
    }

    fn disk(&self) -> Result<Option<RealDisk>> {
        match RealDisk::existing(&self.dir) {
            Ok(disk) => Ok(Some(disk)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(StorageError::io("open", self.dir.display().to_string(), error).into())
            }
        }
    }
}

#[cfg(test)]
mod tests;
