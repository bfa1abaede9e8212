//! Storage: the event log, a key-value store for what can be rebuilt from it, and blobs.
//!
//! The log is the truth and is durable before it is acknowledged; everything else on disk can be
//! recreated from it. All of it runs on [`disk::Disk`], so that tests can cut the power at every write
//! and every sync. sled is used here and nowhere else.

pub mod codes;
pub mod disk;
mod error;
mod frame;
mod index;
mod log;
mod memory_log;
mod runs;

pub use error::StorageError;
pub use frame::LOG_FORMAT;
pub use index::INDEX_FORMAT;
pub use log::{
    BATCH_BYTES_MAX, BATCH_RECORDS_MAX, Damage, LogOptions, OpenReport, SegmentLog,
    TABLE_EVENTS_MAX,
};
pub use memory_log::MemoryLog;
