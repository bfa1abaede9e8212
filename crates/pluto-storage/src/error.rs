//! Why storage could not do what was asked.
//!
//! Each value names the file, and where it helps the offset, so that a report can be acted on.

use std::io;

use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;

/// An error of this crate.
#[derive(Debug, Error)]
pub enum StorageError {
    /// The operating system refused.
    #[error("cannot {action} `{file}`")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        file: String,
        /// The cause.
        source: io::Error,
    },
    /// No space left.
    #[error("the disk is full: cannot {action} `{file}`; free space and try again")]
    DiskFull {
        /// What was tried.
        action: &'static str,
        /// The file.
        file: String,
        /// The cause.
        source: io::Error,
    },
    /// Damage in the log.
    #[error("`{file}` is damaged at offset `{offset}`: {what}; run `pluto fsck`")]
    Damaged {
        /// The file.
        file: String,
        /// Byte offset in the file.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A write after a failed write.
    #[error("the log refuses writes since `{why}`; open it anew")]
    Poisoned {
        /// The first failure.
        why: String,
    },
    /// A write to a damaged log.
    #[error(
        "the log is read-only: `{file}` is damaged at offset `{offset}`: {what}; run `pluto fsck`"
    )]
    ReadOnly {
        /// The file.
        file: String,
        /// Byte offset in the file.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The lock is held.
    #[error("`{dir}` is in use by {}", holder(*.pid))]
    Locked {
        /// The directory.
        dir: String,
        /// The process that holds the lock, if it said so.
        pid: Option<u32>,
    },
    /// No record there.
    #[error("no record starts at position `{position}`")]
    NoRecord {
        /// The position.
        position: u64,
    },
    /// A batch that cannot be stored.
    #[error("{what} is `{found}`, the bound is `{max}`")]
    BadBatch {
        /// What was measured.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// A record whose bytes do not fit its ids.
    #[error("record `{index}` of the batch is not a run of `{ids}` events")]
    NotARun {
        /// Index in the batch.
        index: usize,
        /// How many ids came with it.
        ids: usize,
    },
    /// Damage in an index file.
    #[error("index `{file}` is damaged at offset `{offset}`: {what}; run `pluto fsck --rebuild`")]
    IndexDamaged {
        /// The file.
        file: String,
        /// Byte offset in the file.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Another format version.
    #[error("`{file}` says format `{found}`, this build knows `{known}`")]
    UnknownFormat {
        /// The file.
        file: String,
        /// The version found.
        found: String,
        /// The version known.
        known: u8,
    },
    /// A file that is not ours.
    #[error("`{file}` does not belong to a store; move it away")]
    ForeignFile {
        /// The file.
        file: String,
    },
    /// The key-value store failed.
    #[error("the key-value store cannot {action}: {why}; run `pluto fsck --rebuild`")]
    Kv {
        /// What was tried.
        action: &'static str,
        /// The cause, as text: it may come from a caught panic.
        why: String,
    },
    /// The key-value store after a write that failed.
    #[error("the key-value store takes no more calls since: {why}; open the store anew")]
    KvEnded {
        /// The code of the first failure.
        code: Code,
        /// The first failure.
        why: String,
    },
    /// The blob is not here.
    #[error("blob `{id}` is not here")]
    NoBlob {
        /// The blob.
        id: String,
    },
    /// A damaged blob.
    #[error("blob file `{file}` is damaged: {what}; fetch the blob again from a peer")]
    BlobDamaged {
        /// The file.
        file: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A blob above the bound.
    #[error("the blob has `{found}` bytes, the bound is `{max}`")]
    BlobTooLarge {
        /// Its size.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// Too many submissions wait.
    #[error("`{waiting}` submissions wait already")]
    QueueFull {
        /// The bound.
        waiting: usize,
    },
    /// The writer thread is gone.
    #[error("the writer has ended")]
    WriterEnded,
    /// The group that held a submission failed.
    #[error("the batch was not stored: {why}")]
    GroupFailed {
        /// The code of the cause.
        code: Code,
        /// The cause.
        why: String,
    },
    /// The key-value store is still open.
    #[error("the index is still open in this process")]
    IndexInUse,
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process `{pid}`"))
}

impl StorageError {
    /// An [`io::Error`] with what was tried on which file.
    #[must_use]
    pub fn io(action: &'static str, file: impl Into<String>, source: io::Error) -> Self {
        let file = file.into();
        if is_full(&source) {
            Self::DiskFull { action, file, source }
        } else {
            Self::Io { action, file, source }
        }
    }
}

impl StorageError {
    /// The file it is about.
    pub(crate) fn file(&self) -> Option<&str> {
        match self {
            Self::Io { file, .. }
            | Self::DiskFull { file, .. }
            | Self::Damaged { file, .. }
            | Self::IndexDamaged { file, .. }
            | Self::BlobDamaged { file, .. } => Some(file),
            _ => None,
        }
    }

    /// Whether the file is not there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Whether the error says that no space is left.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl Coded for StorageError {
    fn code(&self) -> Code {
        match self {
            Self::Io { .. } => codes::IO,
            Self::DiskFull { .. } => codes::DISK_FULL,
            Self::Damaged { .. } => codes::LOG_DAMAGED,
            Self::Poisoned { .. } => codes::POISONED,
            Self::ReadOnly { .. } => codes::READ_ONLY,
            Self::Locked { .. } => codes::LOCKED,
            Self::NoRecord { .. } => codes::NO_RECORD,
            Self::BadBatch { .. } | Self::NotARun { .. } => codes::BAD_BATCH,
            Self::IndexDamaged { .. } => codes::INDEX_DAMAGED,
            Self::UnknownFormat { .. } => codes::UNKNOWN_FORMAT,
            Self::ForeignFile { .. } => codes::FOREIGN_FILE,
            Self::Kv { .. } => codes::KV_FAILED,
            Self::NoBlob { .. } => codes::NO_BLOB,
            Self::BlobDamaged { .. } => codes::BLOB_DAMAGED,
            Self::BlobTooLarge { .. } => codes::BLOB_TOO_LARGE,
            Self::QueueFull { .. } => codes::QUEUE_FULL,
            Self::WriterEnded => codes::WRITER_ENDED,
            Self::GroupFailed { code, .. } | Self::KvEnded { code, .. } => *code,
            Self::IndexInUse => codes::INDEX_IN_USE,
        }
    }
}
