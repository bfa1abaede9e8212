//! A directory of files, as little of it as storage needs: real, or in memory and failing on purpose.
//!
//! All storage code runs on this trait, so that every write and every sync is a point at which a test
//! can cut the power. Names are plain file names; nothing here knows what the files mean.

mod memory;
mod real;

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use pluto_error::Result;

use crate::error::StorageError;

pub use memory::{Fault, MemoryDisk, Survival};
pub use real::RealDisk;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// An existing file, to read.
    Read,
    /// An existing file, to read and write.
    Write,
    /// An empty file, new or emptied.
    Create,
}

/// The outcome of asking for a lock.
pub enum Lock {
    /// Ours until dropped.
    Held(Box<dyn Send + Sync>),
    /// Someone else's.
    Taken {
        /// The process that holds it, if it said so.
        pid: Option<u32>,
    },
}

/// One directory.
pub trait Disk: Debug + Send + Sync {
    /// Opens a file.
    ///
    /// # Errors
    /// As the operating system says.
    fn open(&self, name: &str, how: Open) -> io::Result<Arc<dyn DiskFile>>;

    /// The names of all files, sorted.
    ///
    /// # Errors
    /// As the operating system says.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Renames a file, replacing any other of the new name. Durable after [`Disk::sync_dir`].
    ///
    /// # Errors
    /// As the operating system says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file. Durable after [`Disk::sync_dir`].
    ///
    /// # Errors
    /// As the operating system says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes creations, renames and removals durable.
    ///
    /// # Errors
    /// As the operating system says.
    fn sync_dir(&self) -> io::Result<()>;

    /// Takes the lock of that name, without waiting.
    ///
    /// # Errors
    /// As the operating system says.
    fn lock(&self, name: &str) -> io::Result<Lock>;

    /// The directory, for messages.
    fn label(&self) -> String;
}

/// One open file.
pub trait DiskFile: Debug + Send + Sync {
    /// Reads from `offset` until `into` is full or the file ends; gives the number of bytes read.
    ///
    /// # Errors
    /// As the operating system says.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`, growing the file if need be.
    ///
    /// # Errors
    /// As the operating system says; any part may have been written then.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything written to the file durable, its length included (`fdatasync`).
    ///
    /// # Errors
    /// As the operating system says; nothing is known about the data then.
    fn sync_data(&self) -> io::Result<()>;

    /// Cuts the file or extends it with zeros.
    ///
    /// # Errors
    /// As the operating system says.
    fn set_len(&self, bytes: u64) -> io::Result<()>;

    /// The length in bytes.
    ///
    /// # Errors
    /// As the operating system says.
    fn size(&self) -> io::Result<u64>;
}

/// Suffix of files that are being written; left behind by a crash, removed at the next open.
pub(crate) const TEMPORARY: &str = ".tmp";

/// Replaces a file as a whole: after a crash it has the old content or the new.
pub(crate) fn replace(disk: &dyn Disk, name: &str, content: &[u8]) -> Result<(), StorageError> {
    let temporary = format!("{name}{TEMPORARY}");
    let context = |action| move |source| StorageError::io(action, name, source);
    let file = disk.open(&temporary, Open::Create).map_err(context("create"))?;
    file.write_at(0, content).map_err(context("write"))?;
    file.sync_data().map_err(context("sync"))?;
    disk.rename(&temporary, name).map_err(context("rename"))?;
    disk.sync_dir().map_err(context("sync the directory of"))
}

/// Reads a whole file of at most `max` bytes.
pub(crate) fn read_all(disk: &dyn Disk, name: &str, max: u64) -> io::Result<Vec<u8>> {
    let file = disk.open(name, Open::Read)?;
    let size = file.size()?;
    if size > max {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is larger than expected"));
    }
    let mut content = vec![0; usize::try_from(size).unwrap_or_default()];
    let read = file.read_at(0, &mut content)?;
    content.truncate(read);
    Ok(content)
}

/// Takes the lock `name`, or says who has it.
pub(crate) fn take_lock(disk: &dyn Disk, name: &str) -> Result<Box<dyn Send + Sync>> {
    match disk.lock(name).map_err(|source| StorageError::io("lock", name, source))? {
        Lock::Held(lock) => Ok(lock),
        Lock::Taken { pid } => Err(StorageError::Locked { dir: disk.label(), pid }.into()),
    }
}

#[cfg(test)]
mod tests;
