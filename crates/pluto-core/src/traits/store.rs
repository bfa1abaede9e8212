//! Storage: the event log, a key-value store for what can be rebuilt, and blobs.

use std::ops::ControlFlow;
use std::sync::Arc;

use pluto_error::Result;

use crate::ids::{BlobId, EventId, LogPosition};

/// One record of the log: an encoded run and the ids of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// The encoded run.
    pub bytes: Arc<[u8]>,
    /// The ids of its events, in order.
    pub ids: Vec<EventId>,
}

/// Where an event stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventLocation {
    /// The record.
    pub record: LogPosition,
    /// Index of the event within its run.
    pub slot: u16,
}

/// The writing half of the event log. One owner.
pub trait EventLog: Send {
    /// Appends records as one batch: after a crash all of them are there or none. Durable on return.
    /// Gives the position of each record.
    ///
    /// # Errors
    /// After a failed write or sync the log is poisoned: it refuses every later append and must be
    /// opened anew; reads go on. One that found no room before it wrote may be asked again.
    fn append(&mut self, batch: &[LogRecord]) -> Result<Vec<LogPosition>>;

    /// Makes the index on disk cover everything appended so far, so that opening does not scan it.
    ///
    /// # Errors
    /// When the index cannot be written; nothing is lost then.
    fn checkpoint(&mut self) -> Result<()>;

    /// Takes the payloads of events out of the log: records, positions and ids stay. Gives the bytes freed.
    /// Durable on return; cut off by a crash, each segment is as before or done, and asking again finishes it.
    ///
    /// # Errors
    /// As [`EventLog::append`]; nothing but payloads asked for is gone then.
    fn erase(&mut self, ids: &[EventId]) -> Result<u64>;

    /// A reader that sees everything appended, from any thread.
    fn reader(&self) -> Arc<dyn EventLogReader>;
}

/// What a visitor is handed for each record.
pub type Visit<'a> = dyn FnMut(LogPosition, &[u8]) -> ControlFlow<()> + 'a;

/// What a visitor is handed for each entry of a [`KvStore`]: key and value.
pub type VisitEntry<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// The reading half of the event log.
pub trait EventLogReader: Send + Sync {
    /// The record at `position`.
    ///
    /// # Errors
    /// When no record starts there, or it is damaged.
    fn read(&self, position: LogPosition) -> Result<Vec<u8>>;

    /// Where the event stands, if it is here.
    ///
    /// # Errors
    /// When the index cannot be read.
    fn find(&self, id: &EventId) -> Result<Option<EventLocation>> {
        self.find_before(id, LogPosition(u64::MAX))
    }

    /// The same before `end`; of several records the newest, where a payload stands that came late.
    ///
    /// # Errors
    /// When the index cannot be read.
    fn find_before(&self, id: &EventId, end: LogPosition) -> Result<Option<EventLocation>>;

    /// Visits the records from `from` on, in arrival order, until the visitor breaks.
    ///
    /// # Errors
    /// When a record is damaged.
    fn scan(&self, from: LogPosition, visit: &mut Visit<'_>) -> Result<()>;

    /// The position after the last record.
    fn end(&self) -> LogPosition;
}

/// Changes that a [`KvStore`] makes together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KvBatch {
    /// Keys and their new values; `None` removes.
    pub writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// An ordered key-value store for what can be rebuilt from the log.
pub trait KvStore: Send + Sync {
    /// The value under `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Makes all changes of `batch`, or none.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn apply(&self, batch: &KvBatch) -> Result<()>;

    /// Visits the entries whose key starts with `prefix`, in key order, until the visitor breaks.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn scan(&self, prefix: &[u8], visit: &mut VisitEntry<'_>) -> Result<()>;

    /// Makes every change so far durable.
    ///
    /// # Errors
    /// When it cannot.
    fn flush(&self) -> Result<()>;
}

/// Content-addressed bytes of any size.
pub trait BlobStore: Send + Sync {
    /// Stores `bytes` durably and names them. Storing the same bytes again changes nothing.
    ///
    /// # Errors
    /// When they cannot be stored.
    fn put(&self, bytes: &[u8]) -> Result<BlobId>;

    /// The bytes, checked against their name.
    ///
    /// # Errors
    /// When a part is missing or damaged.
    fn get(&self, id: &BlobId) -> Result<Option<Vec<u8>>>;

    /// Protects a blob from [`BlobStore::sweep`], or lifts the protection.
    ///
    /// # Errors
    /// When the blob is not here, or the mark cannot be written.
    fn pin(&self, id: &BlobId, pinned: bool) -> Result<()>;

    /// Removes what is neither pinned nor in `live`; gives the bytes freed.
    ///
    /// # Errors
    /// When a file cannot be removed.
    fn sweep(&self, live: &[BlobId]) -> Result<u64>;
}
