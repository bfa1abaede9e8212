//! Group commit: many threads submit, one thread appends, one sync serves all that came meanwhile.
//!
//! While a sync runs, submissions queue up; the next append takes all of them. A lone submitter never
//! waits for company. Where the last group had several, its members are being told and will be back: the
//! writer waits for half as many, for `window` at most, so that one half is told while the other half is
//! synced. It is woken by the first and by the last it waits for, not by each: that would cost more than
//! the sync.

use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pluto_core::LogPosition;
use pluto_core::traits::{EventLog, LogRecord};
use pluto_error::Result;

use crate::error::StorageError;
use crate::log::BATCH_BYTES_MAX;

/// Most records of one group; a single larger submission is a group of its own.
pub const GROUP_RECORDS_MAX: usize = 256;
/// Most bytes of one group, of several submissions together.
pub const GROUP_BYTES_MAX: usize = BATCH_BYTES_MAX / 4;
/// Most submissions that wait.
pub const QUEUE_SUBMISSIONS_MAX: usize = 1024;
/// Longest a submission waits for company.
pub const WINDOW: Duration = Duration::from_millis(5);

/// A front to an event log for many threads.
#[derive(Debug)]
pub struct GroupCommit {
    queue: Arc<Queue>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Queue {
    state: Mutex<Pending>,
    changed: Condvar,
}

#[derive(Debug)]
struct Pending {
    requests: VecDeque<Request>,
    /// How many requests the writer waits for.
    wanted: usize,
    is_open: bool,
}

/// What the writer does next.
enum Next {
    Group(Vec<Submission>),
    Checkpoint(SyncSender<Result<()>>),
}

impl Pending {
    /// The checkpoint at the front, or the submissions before the next one that fit into a group.
    fn next(&mut self) -> Next {
        let (mut group, mut records, mut bytes) = (Vec::new(), 0, 0);
        loop {
            match self.requests.pop_front() {
                None => return Next::Group(group),
                Some(Request::Checkpoint(answer)) if group.is_empty() => {
                    return Next::Checkpoint(answer);
                }
                Some(Request::Append(next)) if group.is_empty() || next.fits(records, bytes) => {
                    records += next.records.len();
                    bytes += next.bytes();
                    group.push(next);
                }
                Some(other) => {
                    self.requests.push_front(other);
                    return Next::Group(group);
                }
            }
        }
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, Pending> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, request: Request) -> Result<(), StorageError> {
        let mut state = self.state();
        if !state.is_open {
            return Err(StorageError::WriterEnded);
        }
        if state.requests.len() >= QUEUE_SUBMISSIONS_MAX {
            return Err(StorageError::QueueFull { waiting: QUEUE_SUBMISSIONS_MAX });
        }
        state.requests.push_back(request);
        let waiting = state.requests.len();
        let wakes = waiting == 1 || waiting == state.wanted;
        drop(state);
        if wakes {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Waits for a request, then until `expected` are there, for `window` at most. `None` when the
    /// queue is closed and empty.
    fn wait(&self, expected: usize, window: Duration) -> Option<Next> {
        let mut state = self.state();
        state.wanted = expected;
        while state.requests.is_empty() {
            if !state.is_open {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let deadline = Instant::now() + window;
        while state.requests.len() < expected && state.is_open {
            let left = deadline.saturating_duration_since(Instant::now());
            let waited = self.changed.wait_timeout(state, left);
            let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if timeout.timed_out() {
                break;
            }
        }
        Some(state.next())
    }

    fn close(&self) {
        self.state().is_open = false;
        self.changed.notify_one();
    }
}

#[derive(Debug)]
enum Request {
    Append(Submission),
    Checkpoint(SyncSender<Result<()>>),
}

#[derive(Debug)]
struct Submission {
    records: Vec<LogRecord>,
    /// None once it was given.
    answer: Option<Arc<Answer>>,
}

impl Submission {
    fn bytes(&self) -> usize {
        self.records.iter().map(|record| record.bytes.len()).sum()
    }

    fn fits(&self, records: usize, bytes: usize) -> bool {
        records + self.records.len() <= GROUP_RECORDS_MAX && bytes + self.bytes() <= GROUP_BYTES_MAX
    }
}

#[derive(Debug, Default)]
struct Answer {
    outcome: Mutex<Option<Result<Vec<LogPosition>, StorageError>>>,
    given: Condvar,
}

impl Submission {
    fn answer(mut self, outcome: Result<Vec<LogPosition>, StorageError>) {
        if let Some(answer) = self.answer.take() {
            answer.give(outcome);
        }
    }
}

impl Answer {
    fn give(&self, outcome: Result<Vec<LogPosition>, StorageError>) {
        // The lock is released first: a waiter woken while it is held would only block again.
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.given.notify_one();
    }
}

/// Tells whoever waits that the writer is gone, whatever ended it.
impl Drop for Submission {
    fn drop(&mut self) {
        if let Some(answer) = self.answer.take() {
            answer.give(Err(StorageError::WriterEnded));
        }
    }
}

/// A submission under way.
#[derive(Debug)]
#[must_use = "only `wait` tells whether the records are stored"]
pub struct Ticket(Arc<Answer>);

impl Ticket {
    /// Waits until the records are durable; gives their positions.
    ///
    /// # Errors
    /// What [`EventLog::append`] said of the group, with its code; `STO-0017` when the writer ended.
    pub fn wait(self) -> Result<Vec<LogPosition>> {
        let mut outcome = self.0.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(outcome) = outcome.take() {
                return Ok(outcome?);
            }
            outcome = self.0.given.wait(outcome).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl GroupCommit {
    /// Starts the writer thread over `log`. A group whose first member has waited for `window`, at
    /// most [`WINDOW`], is written.
    ///
    /// # Errors
    /// `STO-0001` when no thread can be started.
    pub fn start(log: impl EventLog + 'static, window: Duration) -> Result<Self> {
        let pending = Pending { requests: VecDeque::new(), wanted: 1, is_open: true };
        let queue = Arc::new(Queue { state: Mutex::new(pending), changed: Condvar::new() });
        let window = window.min(WINDOW);
        let writer = Writer { log, queue: Arc::clone(&queue), window, last: 0 };
        let writer = std::thread::Builder::new()
            .name("pluto-log".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| StorageError::io("start the thread of", "log", error))?;
        Ok(Self { queue, writer: Some(writer) })
    }

    /// Hands records over as one batch: after a crash all of them are there or none.
    ///
    /// # Errors
    /// `STO-0016` when too many submissions wait: slow down and try again; `STO-0017` when the writer
    /// has ended.
    pub fn submit(&self, records: Vec<LogRecord>) -> Result<Ticket> {
        let answer = Arc::new(Answer::default());
        let submission = Submission { records, answer: Some(Arc::clone(&answer)) };
        self.queue.push(Request::Append(submission))?;
        Ok(Ticket(answer))
    }

    /// Has the writer make a checkpoint of its log between two groups, and waits for it.
    ///
    /// # Errors
    /// What [`EventLog::checkpoint`] says; `STO-0016` and `STO-0017` as [`GroupCommit::submit`].
    pub fn checkpoint(&self) -> Result<()> {
        let (answer, outcome) = sync_channel(1);
        self.queue.push(Request::Checkpoint(answer))?;
        outcome.recv().map_err(|_| StorageError::WriterEnded)?
    }
}

/// Everything submitted is written before the log is let go.
impl Drop for GroupCommit {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has told every waiter already.
            let _ = writer.join();
        }
    }
}

struct Writer<L> {
    log: L,
    queue: Arc<Queue>,
    window: Duration,
    /// Submissions in the last group.
    last: usize,
}

/// Whatever ends the writer, nobody waits for it in vain.
impl<L> Drop for Writer<L> {
    fn drop(&mut self) {
        self.queue.close();
        let abandoned = std::mem::take(&mut self.queue.state().requests);
        drop(abandoned);
    }
}

impl<L: EventLog> Writer<L> {
    fn run(mut self) {
        while let Some(next) = self.queue.wait(self.last / 2, self.window) {
            match next {
                Next::Group(group) => {
                    self.last = group.len();
                    self.write(group);
                }
                // Whoever asked may have stopped waiting.
                Next::Checkpoint(answer) => drop(answer.try_send(self.log.checkpoint())),
            }
        }
    }

    fn write(&mut self, mut group: Vec<Submission>) {
        let mut batch = Vec::new();
        let mut counts = Vec::with_capacity(group.len());
        for submission in &mut group {
            counts.push(submission.records.len());
            batch.append(&mut submission.records);
        }
        match self.log.append(&batch) {
            Ok(positions) => {
                let mut rest = positions.into_iter();
                for (submission, count) in group.into_iter().zip(counts) {
                    submission.answer(Ok(rest.by_ref().take(count).collect()));
                }
            }
            Err(error) => {
                let (code, why) = (error.code(), error.chain());
                for submission in group {
                    let why = why.clone();
                    submission.answer(Err(StorageError::GroupFailed { code, why }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
