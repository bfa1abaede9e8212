//! What enters the writer's queue, and how an answer finds its way back.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pluto_core::oneshot::{self, Receiver, Sender, Waiter};
use pluto_core::traits::LogRecord;
use pluto_core::{Digest, EventId, Position, RealmId, Run, Verdict};
use pluto_error::{Error, Result};

use crate::error::NervousError;
use crate::event_sourcing::{RealmView, Tip};
use crate::merkle_tracker::Roots;

/// One event of an acknowledged run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The event.
    pub id: EventId,
    /// Its place in the canonical order when it was folded; late events may still move it.
    pub position: Position,
    /// Whether it has effect.
    pub verdict: Verdict,
}

/// The acknowledgement of a run: it is durable, folded and under a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The realm.
    pub realm: RealmId,
    /// The state root after the batch that held the run.
    pub root: Digest,
    /// The events that were new; empty when all were known already.
    pub events: Vec<Acknowledged>,
}

/// Waits for one answer: a thread with [`Ticket::wait`], a task by awaiting it.
///
/// # Cancel safety
/// Dropping it recalls nothing: what was submitted goes its way.
#[derive(Debug)]
#[must_use = "only its answer tells what became of the request"]
pub struct Ticket<T>(Receiver<Result<T>>);

fn answered<T>(answer: Option<Result<T>>) -> Result<T> {
    answer.unwrap_or_else(|| Err(NervousError::Stopped("no answer".into()).into()))
}

impl<T> Ticket<T> {
    pub(crate) fn new() -> (Reply<T>, Self) {
        let (sender, receiver) = oneshot::channel();
        (Reply(sender), Self(receiver))
    }

    /// Blocks until the answer is there.
    ///
    /// # Errors
    /// The error of the request, or `NRV-0008` when the writer stopped before it answered.
    pub fn wait(self) -> Result<T> {
        answered(self.0.wait())
    }
}

/// As [`Ticket::wait`].
impl<T> Future for Ticket<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        Pin::new(&mut self.0).poll(context).map(answered)
    }
}

/// Gives one answer.
#[derive(Debug)]
pub(crate) struct Reply<T>(Sender<Result<T>>);

impl<T> Reply<T> {
    /// Answers; whoever asked may have gone.
    pub(crate) fn send(self, answer: Result<T>) {
        self.0.send(answer);
    }

    /// Answers and leaves the waking to the caller.
    pub(crate) fn put(self, answer: Result<T>) -> Option<Waiter> {
        self.0.put(answer)
    }
}

/// A run on its way in.
pub(crate) struct Submission {
    pub(crate) run: Run,
    pub(crate) record: LogRecord,
    pub(crate) verified: bool,
    pub(crate) reply: Option<Reply<Receipt>>,
}

impl Submission {
    /// Answers with an error, if somebody waits.
    pub(crate) fn refuse(self, error: Error) {
        if let Some(reply) = self.reply {
            reply.send(Err(error));
        }
    }
}

/// A question to the writer about a realm, answered after everything before it is durable.
pub(crate) type Question = Box<dyn FnOnce(Option<&RealmView<'_>>) -> Answer + Send>;

/// What is left to do once it is durable; gives whoever is to be woken.
pub(crate) type Answer = Box<dyn FnOnce(Result<()>) -> Option<Waiter> + Send>;

/// One item in the writer's queue.
pub(crate) enum Intake {
    Run(Box<Submission>),
    Ask(RealmId, Question),
    /// The roots over what an event with those parents stands behind, if that extends a checkpoint.
    Behind(RealmId, Vec<EventId>, Digest, Reply<Roots>),
    /// Takes payloads out of the log for good, which the footing of their realm stands for; gives the bytes freed.
    Erase(RealmId, Vec<EventId>, Reply<u64>),
    Checkpoint(Reply<()>),
}

impl Intake {
    /// The realm it is about.
    pub(crate) fn realm(&self) -> Option<RealmId> {
        match self {
            Self::Run(submission) => submission.run.realm(),
            Self::Ask(realm, _) | Self::Behind(realm, ..) | Self::Erase(realm, ..) => Some(*realm),
            Self::Checkpoint(_) => None,
        }
    }
}

/// What an author needs to write the next event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The author's last event in the realm, if any.
    pub tip: Option<Tip>,
    /// The heads to name as parents, ascending, at most 16.
    pub parents: Vec<EventId>,
    /// The Lamport time of the next event.
    pub lamport: u64,
}
