//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// The operating system refused an operation on a file.
pub const IO: Code = Code::new("STO-0001", Kind::Environment, "a file operation failed");
/// No space is left; nothing was lost and reads go on.
pub const DISK_FULL: Code = Code::new("STO-0002", Kind::Environment, "the disk is full");
/// Bytes of the log are not what was written.
pub const LOG_DAMAGED: Code = Code::new("STO-0003", Kind::Corrupt, "a stored record is damaged");
/// A write or sync failed before; the log must be opened anew.
pub const POISONED: Code =
    Code::new("STO-0004", Kind::Environment, "the log refuses writes after a failed write");
/// The log was opened with damage in it.
pub const READ_ONLY: Code =
    Code::new("STO-0005", Kind::Corrupt, "the log is damaged and accepts no writes");
/// Another process has the store open.
pub const LOCKED: Code = Code::new("STO-0006", Kind::Busy, "the store is in use");
/// No record starts at the position.
pub const NO_RECORD: Code = Code::new("STO-0007", Kind::Missing, "no record starts there");
/// A batch is larger than its bound, or a record is no run.
pub const BAD_BATCH: Code = Code::new("STO-0008", Kind::Reject, "the batch cannot be stored");
/// An index file is not what was written.
pub const INDEX_DAMAGED: Code = Code::new("STO-0009", Kind::Corrupt, "the index is damaged");
/// The store has a format this build does not know.
pub const UNKNOWN_FORMAT: Code =
    Code::new("STO-0010", Kind::Environment, "the store has another format version");
/// A file that is not ours stands among the files of the store.
pub const FOREIGN_FILE: Code =
    Code::new("STO-0011", Kind::Environment, "a foreign file is in the store");
/// The key-value store failed.
pub const KV_FAILED: Code = Code::new("STO-0012", Kind::Corrupt, "the key-value store failed");
/// The blob is not here.
pub const NO_BLOB: Code = Code::new("STO-0013", Kind::Missing, "the blob is not here");
/// A part of a blob is missing or not what its name says.
pub const BLOB_DAMAGED: Code = Code::new("STO-0014", Kind::Corrupt, "a blob is damaged");
/// The blob is above its bound.
pub const BLOB_TOO_LARGE: Code = Code::new("STO-0015", Kind::Reject, "the blob is too large");
/// The queue of submissions is full.
pub const QUEUE_FULL: Code = Code::new("STO-0016", Kind::Busy, "the queue of writes is full");
/// The writer has ended.
pub const WRITER_ENDED: Code = Code::new("STO-0017", Kind::Environment, "the writer has ended");
/// The key-value store is still open somewhere in this process.
pub const INDEX_IN_USE: Code = Code::new("STO-0018", Kind::Busy, "the index is in use");
/// A batch was cut off by a crash before it was acknowledged.
pub const TORN_TAIL: Code =
    Code::new("STO-0019", Kind::Retry, "an unacknowledged batch is cut off at the end of the log");
/// A file of the store is missing.
pub const FILE_MISSING: Code =
    Code::new("STO-0020", Kind::Corrupt, "a file of the store is missing");
/// A file that nothing refers to.
pub const ORPHAN_FILE: Code = Code::new("STO-0021", Kind::Retry, "a file is left over");
