//! Storage: the event log, a key-value store for what can be rebuilt from it, and blobs.
//!
//! The log is the truth and is durable before it is acknowledged; everything else on disk can be
//! recreated from it, but for what kept files hold in place of payloads that were erased. All of it runs on [`disk::Disk`], so that tests can cut the power at every write
//! and every sync. sled is used here and nowhere else.

mod blob;
pub mod codes;
pub mod disk;
mod error;
mod frame;
mod fsck;
mod group;
mod index;
mod kept;
mod kv;
mod log;
mod memory_log;
mod runs;
mod store;

pub use blob::{BLOB_BYTES_MAX, BLOB_FORMAT, BlobPlan, CHUNK_BYTES, FileBlobs};
pub use error::StorageError;
pub use frame::{LOG_FORMAT, PLAIN_LOG_FORMAT};
pub use fsck::{Finding, Report, fsck, fsck_log, rebuild_indexes};
pub use group::{
    GROUP_BYTES_MAX, GROUP_RECORDS_MAX, GroupCommit, QUEUE_SUBMISSIONS_MAX, Ticket, WINDOW,
};
pub use index::INDEX_FORMAT;
pub use kept::KeptFiles;
pub use kv::{MemoryKv, SledKv, SplitKv, VALUES_FORMAT};
pub use log::{
    BATCH_BYTES_MAX, BATCH_RECORDS_MAX, Damage, LogOptions, OpenReport, SegmentLog,
    TABLE_EVENTS_MAX,
};
pub use memory_log::MemoryLog;
pub use store::{STALE_INDEX, STORE_FORMAT, Store, StoreIndex};
