//! Group commit: many submit, as threads or as tasks; one thread appends, one sync serves all that came
//! meanwhile.
//!
//! While a sync runs, submissions queue up; the next append takes all of them. A lone submitter never
//! waits for company. Where the last group had several, its members are being told and will be back: the
//! writer waits for half as many, for `window` at most, so that one half is told while the other half is
//! synced. It is woken by the first and by the last it waits for, not by each: that would cost more than
//! the sync. For the same reason a group gets all its answers first and is woken after that: tasks on one
//! thread then cost one wake-up, and a thread that runs at once finds no lock held.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pluto_core::LogPosition;
use pluto_core::oneshot::{self, Receiver, Sender, Waiter};
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
    /// How many requests the sleeping writer waits for; 0 while it is awake and looks by itself.
    wanted: usize,
    is_open: bool,
}

/// What the writer does next.
enum Next {
    Group(Vec<Submission>),
    Checkpoint(Sender<Result<()>>),
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
        let wakes = state.requests.len() == state.wanted;
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
        while state.requests.is_empty() {
            if !state.is_open {
                return None;
            }
            state.wanted = 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let deadline = Instant::now() + window;
        while state.requests.len() < expected && state.is_open {
            state.wanted = expected;
            let left = deadline.saturating_duration_since(Instant::now());
            let waited = self.changed.wait_timeout(state, left);
            let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if timeout.timed_out() {
                break;
            }
        }
        state.wanted = 0;
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
    Checkpoint(Sender<Result<()>>),
}

/// Positions of the records, or why there are none.
type Outcome = Result<Vec<LogPosition>, StorageError>;

/// Dropped unanswered, its sender tells whoever waits that the writer is gone.
#[derive(Debug)]
struct Submission {
    records: Vec<LogRecord>,
    answer: Sender<Outcome>,
}

impl Submission {
    fn bytes(&self) -> usize {
        self.records.iter().map(|record| record.bytes.len()).sum()
    }

    fn fits(&self, records: usize, bytes: usize) -> bool {
        records + self.records.len() <= GROUP_RECORDS_MAX && bytes + self.bytes() <= GROUP_BYTES_MAX
    }
}

/// A submission under way: a thread calls [`Ticket::wait`], a task awaits it.
///
/// # Cancel safety
/// Dropping it recalls nothing: the records may be stored all the same.
#[derive(Debug)]
#[must_use = "only its outcome tells whether the records are stored"]
pub struct Ticket(Receiver<Outcome>);

fn outcome(answer: Option<Outcome>) -> Result<Vec<LogPosition>> {
    Ok(answer.unwrap_or(Err(StorageError::WriterEnded))?)
}

impl Ticket {
    /// Waits until the records are durable; gives their positions.
    ///
    /// # Errors
    /// What [`EventLog::append`] said of the group, with its code; `STO-0017` when the writer ended.
    pub fn wait(self) -> Result<Vec<LogPosition>> {
        outcome(self.0.wait())
    }
}

/// As [`Ticket::wait`].
impl Future for Ticket {
    type Output = Result<Vec<LogPosition>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(outcome)
    }
}

impl GroupCommit {
    /// Starts the writer thread over `log`. A group whose first member has waited for `window`, at
    /// most [`WINDOW`], is written.
    ///
    /// # Errors
    /// `STO-0001` when no thread can be started.
    pub fn start(log: impl EventLog + 'static, window: Duration) -> Result<Self> {
        let pending = Pending { requests: VecDeque::new(), wanted: 0, is_open: true };
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
        let (answer, ticket) = oneshot::channel();
        self.queue.push(Request::Append(Submission { records, answer }))?;
        Ok(Ticket(ticket))
    }

    /// Has the writer make a checkpoint of its log between two groups, and waits for it.
    ///
    /// # Errors
    /// What [`EventLog::checkpoint`] says; `STO-0016` and `STO-0017` as [`GroupCommit::submit`].
    pub fn checkpoint(&self) -> Result<()> {
        let (answer, outcome) = oneshot::channel();
        self.queue.push(Request::Checkpoint(answer))?;
        outcome.wait().ok_or(StorageError::WriterEnded)?
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
                Next::Checkpoint(answer) => answer.send(self.log.checkpoint()),
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
        let sleeping: Vec<Waiter> = match self.log.append(&batch) {
            Ok(positions) => {
                let mut rest = positions.into_iter();
                let answered = group.into_iter().zip(counts);
                let answer = |(submission, count): (Submission, usize)| {
                    submission.answer.put(Ok(rest.by_ref().take(count).collect()))
                };
                answered.filter_map(answer).collect()
            }
            Err(error) => {
                let (code, why) = (error.code(), error.chain());
                let failed = || Err(StorageError::GroupFailed { code, why: why.clone() });
                group.into_iter().filter_map(|member| member.answer.put(failed())).collect()
            }
        };
        sleeping.into_iter().for_each(Waiter::wake);
    }
}

#[cfg(test)]
mod tests;
