//! Brings what is told to its outlets, each behind a queue of its own with a bound.
//!
//! 1. Whoever tells never waits: when a queue is full, the newest is dropped and counted.
//! 2. An outlet gets batches, each when it is full or a second old.
//! 3. What an outlet cannot take now is kept and tried again, ever later; meanwhile its queue fills up.
//! 4. At the end everything that waits is tried once more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pluto_error::Result;

use super::record::Record;
use crate::error::NodeError;

/// Records that wait before one outlet.
pub const QUEUE_MAX: usize = 4_096;
/// Records of one batch.
pub const BATCH_MAX: usize = 512;
const BATCH_AGE: Duration = Duration::from_secs(1);
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Records that no outlet took, since the process began.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Records that were lost since the process began, once for each outlet.
#[must_use]
pub fn lost() -> u64 {
    LOST.load(Relaxed)
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is there.
    Done,
    /// It may be taken later.
    Later,
    /// It is never taken.
    Never,
}

/// Where records go.
pub trait Outlet: Send + 'static {
    /// What it is called in the log.
    const NAME: &'static str;

    /// Delivers a batch. It may block, for a bounded time.
    fn deliver(&mut self, batch: &[Arc<Record>]) -> Delivery;
}

/// All outlets.
#[derive(Clone, Debug, Default)]
pub struct Outlets {
    queues: Vec<SyncSender<Arc<Record>>>,
}

impl Outlets {
    /// Tells all outlets, and waits for none.
    pub fn tell(&self, record: Record) {
        let record = Arc::new(record);
        for queue in &self.queues {
            if queue.try_send(Arc::clone(&record)).is_err() {
                LOST.fetch_add(1, Relaxed);
            }
        }
    }
}

/// The threads behind the outlets. Dropping it delivers what waits, once.
#[derive(Debug, Default)]
pub struct Deliveries {
    is_closing: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Deliveries {
    /// Adds an outlet.
    ///
    /// # Errors
    /// `NOD-0004` when there can be no thread.
    pub fn add(&mut self, outlets: &mut Outlets, outlet: impl Outlet) -> Result<()> {
        let (queue, records) = sync_channel(QUEUE_MAX);
        let is_closing = Arc::clone(&self.is_closing);
        let thread = std::thread::Builder::new()
            .name("pluto-observe".into())
            .spawn(move || run(&records, &is_closing, outlet))
            .map_err(|error| NodeError::file("start", "pluto-observe", error))?;
        self.threads.push(thread);
        outlets.queues.push(queue);
        Ok(())
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.is_closing.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn run<O: Outlet>(records: &Receiver<Arc<Record>>, is_closing: &AtomicBool, mut outlet: O) {
    let mut batch = Vec::new();
    let mut pause = None;
    loop {
        gather(records, is_closing, &mut batch);
        let closes = is_closing.load(Relaxed);
        let delivery = if batch.is_empty() { Delivery::Done } else { outlet.deliver(&batch) };
        match delivery {
            Delivery::Later if !closes => {
                if pause.is_none() {
                    tracing::warn!(outlet = O::NAME, "telemetry is not taken now");
                }
                let length = pause.unwrap_or(PAUSE_MIN);
                std::thread::park_timeout(length);
                pause = Some((length * 2).min(PAUSE_MAX));
                continue;
            }
            Delivery::Done => pause = None,
            Delivery::Later | Delivery::Never => {
                LOST.fetch_add(batch.len() as u64, Relaxed);
            }
        }
        batch.clear();
        if closes {
            return;
        }
    }
}

/// Fills a batch, until it is full or old enough; when it ends, with everything there is.
fn gather(records: &Receiver<Arc<Record>>, is_closing: &AtomicBool, batch: &mut Vec<Arc<Record>>) {
    const LOOK: Duration = Duration::from_millis(100);
    let end = Instant::now() + BATCH_AGE;
    while batch.len() < BATCH_MAX && !is_closing.load(Relaxed) {
        let left = end.saturating_duration_since(Instant::now());
        match records.recv_timeout(left.min(LOOK)) {
            Ok(record) => batch.push(record),
            Err(_) if left.is_zero() => return,
            Err(_) => {}
        }
    }
    if is_closing.load(Relaxed) {
        batch.extend(records.try_iter().take(QUEUE_MAX));
    }
}

#[cfg(test)]
mod tests;
