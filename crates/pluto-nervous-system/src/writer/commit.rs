//! The committing thread: append and sync, then publish and answer, in order.
//!
//! Everything that queued up while a sync was running goes into the next append together: that is the
//! group commit, and it needs no timer. All of a group have their answers before the first of them is
//! woken: tasks of one thread cost one wake-up then.
//!
//! When the log finds no room, everybody who waits is told so, what was folded stays in line, and the
//! log is asked again until it takes it: nothing was written, so nothing is in doubt. The line is no
//! longer than what the event bus held: it takes nothing in meanwhile. After any other failure the log
//! is poisoned, what was folded is ahead of what is durable, and only opening anew brings the two
//! together.

use std::collections::VecDeque;
use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use pluto_core::EventId;
use pluto_core::oneshot::Waiter;
use pluto_core::traits::{EventLog, LogRecord, Observed};
use pluto_error::{Error, Result};

use super::checkpointer::Job;
use super::intake::{Answer, Reply};
use crate::error::NervousError;
use crate::snapshot::Snapshot;

/// Most commits that share one sync.
const COMMITS_PER_SYNC_MAX: usize = 64;
/// Most records handed to the log at once.
const RECORDS_PER_APPEND_MAX: usize = 2048;
/// Most bytes handed to the log at once, unless a single record has more.
const BYTES_PER_APPEND_MAX: usize = 16 * 1024 * 1024;
/// How long a log that found no room is left alone.
const RETRY: Duration = Duration::from_millis(250);

/// A realm's new version and what observers hear of it.
pub(crate) struct Published {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) observed: Observed,
}

/// One batch on its way to the disk.
pub(crate) struct Commit {
    pub(crate) records: Vec<LogRecord>,
    pub(crate) published: Vec<Published>,
    pub(crate) answers: Vec<Answer>,
    /// Payloads to take out of the log once it is durable.
    pub(crate) erase: Option<(Vec<EventId>, Reply<u64>)>,
    pub(crate) checkpoint: Option<Job>,
}

impl Commit {
    pub(crate) fn of(records: Vec<LogRecord>) -> Self {
        let (published, answers) = (Vec::new(), Vec::new());
        Self { records, published, answers, erase: None, checkpoint: None }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let asks = self.erase.is_some() || self.checkpoint.is_some();
        self.records.is_empty() && self.answers.is_empty() && !asks
    }
}

/// Why nothing becomes durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) why: String,
    /// Whether that is for good; else the log is asked again.
    pub(crate) ended: bool,
}

/// Hears how writing stands whenever that changes.
pub(crate) type Told = Box<dyn FnMut(Option<&Failure>) + Send>;

/// What the committing thread owns.
pub(crate) struct Committer {
    log: Box<dyn EventLog>,
    publish: Box<dyn FnMut(Published) + Send>,
    checkpoints: SyncSender<Job>,
    told: Told,
    /// Folded and not durable yet: the records, and what follows once they are.
    records: VecDeque<LogRecord>,
    waiting: Vec<Commit>,
    failure: Option<Failure>,
}

impl Committer {
    pub(crate) fn new(
        log: Box<dyn EventLog>,
        publish: Box<dyn FnMut(Published) + Send>,
        checkpoints: SyncSender<Job>,
        told: Told,
    ) -> Self {
        let (records, waiting) = (VecDeque::new(), Vec::new());
        Self { log, publish, checkpoints, told, records, waiting, failure: None }
    }

    /// Runs until the writer is gone.
    pub(crate) fn run(mut self, commits: &Receiver<Commit>) {
        loop {
            let group = match commits.recv_timeout(RETRY) {
                Ok(first) => Self::group(first, commits),
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let is_stuck = self.failure.as_ref().is_some_and(|failure| !failure.ended);
            if is_stuck || !group.is_empty() {
                self.commit(group);
            }
        }
    }

    fn commit(&mut self, group: Vec<Commit>) {
        for mut commit in group {
            self.records.extend(commit.records.drain(..));
            self.waiting.push(commit);
        }
        let has_ended = self.failure.as_ref().is_some_and(|failure| failure.ended);
        if !has_ended {
            match self.append() {
                Ok(()) => return self.conclude(),
                Err(error) => self.fail(&error),
            }
        }
        self.refuse();
    }

    /// Appends what is not durable yet, in batches that every log takes.
    fn append(&mut self) -> Result<()> {
        while !self.records.is_empty() {
            let mut bytes = 0;
            let fits = self.records.iter().take(RECORDS_PER_APPEND_MAX).take_while(|record| {
                bytes += record.bytes.len();
                bytes <= BYTES_PER_APPEND_MAX
            });
            let count = fits.count().max(1);
            let batch = self.records.make_contiguous().get(..count).unwrap_or_default();
            self.log.append(batch)?;
            self.records.drain(..count);
        }
        Ok(())
    }

    /// Notes a failure. A log that found no room either wrote nothing and takes the same again, or is
    /// poisoned and says so when it is asked again; after anything else asking again is no use.
    fn fail(&mut self, error: &Error) {
        let first = self.failure.take();
        let is_new = first.is_none();
        let why = first.map_or_else(|| error.chain(), |first| first.why);
        let failure = Failure { why, ended: !found_no_room(error) };
        if is_new || failure.ended {
            (self.told)(Some(&failure));
        }
        self.failure = Some(failure);
    }

    /// Tells everybody who waits that it is not durable. What was folded stays in line, in case the
    /// log takes it later: then it is as if the answer had been lost.
    fn refuse(&mut self) {
        let Some(Failure { why, ended }) = self.failure.clone() else { return };
        let stopped = || Error::from(NervousError::Stopped(why.clone()));
        let mut sleeping: Vec<Waiter> = Vec::new();
        for commit in &mut self.waiting {
            let answers = std::mem::take(&mut commit.answers).into_iter();
            sleeping.extend(answers.filter_map(|answer| answer(Err(stopped()))));
            if let Some((_, reply)) = commit.erase.take() {
                reply.send(Err(stopped()));
            }
            if let Some(job) = commit.checkpoint.take() {
                job.fail(stopped());
            }
        }
        sleeping.into_iter().for_each(Waiter::wake);
        if ended {
            self.records.clear();
            self.waiting.clear();
        }
    }

    /// Everything in line is durable: publishes it, answers, wakes.
    fn conclude(&mut self) {
        if self.failure.take().is_some() {
            (self.told)(None);
        }
        let mut sleeping: Vec<Waiter> = Vec::new();
        let mut checkpoint = None;
        for commit in std::mem::take(&mut self.waiting) {
            commit.published.into_iter().for_each(&mut self.publish);
            sleeping.extend(commit.answers.into_iter().filter_map(|answer| answer(Ok(()))));
            if let Some((ids, reply)) = commit.erase {
                sleeping.extend(reply.put(self.log.erase(&ids)));
            }
            checkpoint = commit.checkpoint.or(checkpoint);
        }
        sleeping.into_iter().for_each(Waiter::wake);
        if let Some(job) = checkpoint {
            self.checkpoint(job);
        }
    }

    /// What shares one sync with `first`. Ends with a checkpoint, which covers the log up to there.
    fn group(first: Commit, commits: &Receiver<Commit>) -> Vec<Commit> {
        let mut group = vec![first];
        while group.len() < COMMITS_PER_SYNC_MAX
            && group.last().is_some_and(|last| last.checkpoint.is_none())
        {
            match commits.try_recv() {
                Ok(next) => group.push(next),
                Err(_) => break,
            }
        }
        group
    }

    fn checkpoint(&mut self, mut job: Job) {
        job.log_end = self.log.reader().end();
        if let Err(error) = self.log.checkpoint() {
            tracing::warn!(%error, "checkpoint skipped");
            job.fail(error);
            return;
        }
        if let Err(back) = self.checkpoints.send(job) {
            back.0.fail(NervousError::Stopped("checkpoints ended".into()).into());
        }
    }
}

/// Whether the disk was full; storage has codes for it, and this crate does not know storage.
fn found_no_room(error: &Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    let kind = cause.map(io::Error::kind);
    matches!(kind, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
}
