//! Group commit: many threads submit, one thread appends, one sync serves all that came meanwhile.
//!
//! While a sync runs, submissions queue up; the next append takes all of them. A lone submitter never
//! waits for company. Where the last group had several, its members are just being told and will be
//! back: the writer waits for as many again, for `window` at most.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
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
    queue: Option<SyncSender<Submission>>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Submission {
    records: Vec<LogRecord>,
    answer: Arc<Answer>,
}

impl Submission {
    fn bytes(&self) -> usize {
        self.records.iter().map(|record| record.bytes.len()).sum()
    }
}

#[derive(Debug, Default)]
struct Answer {
    state: Mutex<Option<Result<Vec<LogPosition>, StorageError>>>,
    given: Condvar,
}

impl Answer {
    fn give(&self, outcome: Result<Vec<LogPosition>, StorageError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_none() {
            *state = Some(outcome);
            self.given.notify_one();
        }
    }
}

/// Tells whoever waits that the writer is gone, whatever ended it.
impl Drop for Submission {
    fn drop(&mut self) {
        self.answer.give(Err(StorageError::WriterEnded));
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
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(outcome) = state.take() {
                return Ok(outcome?);
            }
            state = self.0.given.wait(state).unwrap_or_else(PoisonError::into_inner);
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
        let (queue, submissions) = sync_channel(QUEUE_SUBMISSIONS_MAX);
        let window = window.min(WINDOW);
        let writer = std::thread::Builder::new()
            .name("pluto-log".to_owned())
            .spawn(move || Writer { log, submissions, window, expected: 1, carried: None }.run())
            .map_err(|error| StorageError::io("start the thread of", "log", error))?;
        Ok(Self { queue: Some(queue), writer: Some(writer) })
    }

    /// Hands records over as one batch: after a crash all of them are there or none.
    ///
    /// # Errors
    /// `STO-0016` when too many submissions wait: slow down and try again; `STO-0017` when the writer
    /// has ended.
    pub fn submit(&self, records: Vec<LogRecord>) -> Result<Ticket> {
        let answer = Arc::new(Answer::default());
        let submission = Submission { records, answer: Arc::clone(&answer) };
        let queue = self.queue.as_ref().ok_or(StorageError::WriterEnded)?;
        match queue.try_send(submission) {
            Ok(()) => Ok(Ticket(answer)),
            Err(TrySendError::Full(_)) => {
                Err(StorageError::QueueFull { waiting: QUEUE_SUBMISSIONS_MAX }.into())
            }
            Err(TrySendError::Disconnected(_)) => Err(StorageError::WriterEnded.into()),
        }
    }
}

/// Everything submitted is written before the log is let go.
impl Drop for GroupCommit {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has told every waiter already.
            let _ = writer.join();
        }
    }
}

struct Writer<L> {
    log: L,
    submissions: Receiver<Submission>,
    window: Duration,
    /// Submissions in the last group.
    expected: usize,
    /// A submission that did not fit into the last group.
    carried: Option<Submission>,
}

impl<L: EventLog> Writer<L> {
    fn run(mut self) {
        while let Some(first) = self.carried.take().or_else(|| self.submissions.recv().ok()) {
            let group = self.gather(first);
            self.expected = group.len();
            self.write(group);
        }
    }

    fn gather(&mut self, first: Submission) -> Vec<Submission> {
        let deadline = Instant::now() + self.window;
        let (mut records, mut bytes) = (first.records.len(), first.bytes());
        let mut group = vec![first];
        while let Some(next) = self.next(group.len() < self.expected, deadline) {
            records += next.records.len();
            bytes += next.bytes();
            if records > GROUP_RECORDS_MAX || bytes > GROUP_BYTES_MAX {
                self.carried = Some(next);
                break;
            }
            group.push(next);
        }
        group
    }

    fn next(&self, worth_waiting: bool, deadline: Instant) -> Option<Submission> {
        match self.submissions.try_recv() {
            Ok(next) => Some(next),
            Err(_) if !worth_waiting => None,
            Err(_) => {
                let left = deadline.saturating_duration_since(Instant::now());
                match self.submissions.recv_timeout(left) {
                    Ok(next) => Some(next),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
                }
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
                for (submission, count) in group.iter().zip(counts) {
                    submission.answer.give(Ok(rest.by_ref().take(count).collect()));
                }
            }
            Err(error) => {
                let (code, why) = (error.code(), error.chain());
                for submission in &group {
                    let why = why.clone();
                    submission.answer.give(Err(StorageError::GroupFailed { code, why }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
