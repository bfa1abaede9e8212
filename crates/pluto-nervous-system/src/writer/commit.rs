//! The committing thread: append and sync, then publish and answer, in order.
//!
//! Everything that queued up while a sync was running goes into the next append together: that is the
//! group commit, and it needs no timer.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use pluto_core::traits::{EventLog, LogRecord, Observed};
use pluto_error::{Error, Result};

use super::checkpointer::Job;
use super::intake::Answer;
use crate::error::NervousError;
use crate::snapshot::Snapshot;

/// Most commits that share one sync.
const COMMITS_PER_SYNC_MAX: usize = 64;

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
    pub(crate) checkpoint: Option<Job>,
}

impl Commit {
    pub(crate) fn of(records: Vec<LogRecord>) -> Self {
        Self { records, published: Vec::new(), answers: Vec::new(), checkpoint: None }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.answers.is_empty() && self.checkpoint.is_none()
    }
}

/// What the committing thread owns.
pub(crate) struct Committer {
    pub(crate) log: Box<dyn EventLog>,
    pub(crate) publish: Box<dyn FnMut(Published) + Send>,
    pub(crate) checkpoints: SyncSender<Job>,
    /// Set once: why the log takes no more writes.
    pub(crate) failed: Box<dyn FnMut(&Error) + Send>,
}

impl Committer {
    /// Runs until the writer is gone. Gives the log back.
    pub(crate) fn run(mut self, commits: &Receiver<Commit>) -> Box<dyn EventLog> {
        let mut stopped: Option<String> = None;
        while let Ok(first) = commits.recv() {
            let group = Self::group(first, commits);
            if stopped.is_none()
                && let Err(error) = self.append(&group)
            {
                (self.failed)(&error);
                stopped = Some(error.chain());
            }
            for commit in group {
                self.conclude(commit, stopped.as_deref());
            }
        }
        self.log
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

    fn append(&mut self, group: &[Commit]) -> Result<()> {
        let records: Vec<LogRecord> =
            group.iter().flat_map(|commit| commit.records.iter().cloned()).collect();
        if records.is_empty() { Ok(()) } else { self.log.append(&records).map(|_| ()) }
    }

    fn conclude(&mut self, commit: Commit, stopped: Option<&str>) {
        let durable = || match stopped {
            None => Ok(()),
            Some(why) => Err(Error::from(NervousError::Stopped(why.to_owned()))),
        };
        if stopped.is_none() {
            for published in commit.published {
                (self.publish)(published);
            }
        }
        for answer in commit.answers {
            answer(durable());
        }
        if let Some(job) = commit.checkpoint {
            self.checkpoint(job, durable());
        }
    }

    fn checkpoint(&mut self, mut job: Job, durable: Result<()>) {
        job.log_end = self.log.reader().end();
        if let Err(error) = durable.and_then(|()| self.log.checkpoint()) {
            tracing::warn!(%error, "checkpoint skipped");
            job.fail(error);
            return;
        }
        if let Err(back) = self.checkpoints.send(job) {
            back.0.fail(NervousError::Stopped("checkpoints ended".into()).into());
        }
    }
}
