//! When a checkpoint is due, and the thread that writes it behind.
//!
//! One checkpoint is under way at a time. It is due after 5,000 events or 60 seconds with news; a
//! realm with more state entries waits until twice as many events have passed, so that writing
//! state costs a bounded share of every event however large the state grows. It is due early when
//! memory is full of realms with changes.

use std::sync::{Arc, Mutex, PoisonError};

use pluto_core::{LogPosition, RealmId};
use pluto_error::Error;

use super::intake::Reply;
use crate::error::NervousError;
use crate::event_sourcing::{Capture, Checkpoints};
use crate::nervous_system::Options;
use crate::shards::Shards;

/// When checkpoints are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interval {
    pub(crate) events: u64,
    pub(crate) millis: u64,
}

impl Interval {
    pub(crate) const fn of(options: Options) -> Self {
        Self { events: options.checkpoint_events, millis: options.checkpoint_ms }
    }
}

/// How a checkpoint ended.
struct Outcome {
    written: bool,
    /// The captured realms and their lengths.
    realms: Vec<(RealmId, u64)>,
}

type Done = Arc<Mutex<Option<Outcome>>>;

/// A checkpoint on its way to the store.
pub(crate) struct Job {
    captures: Vec<Capture>,
    pub(crate) log_end: LogPosition,
    replies: Vec<Reply<()>>,
    done: Done,
}

impl Job {
    /// The realms it takes down.
    pub(crate) fn realms(&self) -> Vec<RealmId> {
        self.captures.iter().map(|capture| capture.realm).collect()
    }

    /// Writes it and says so; whether it is written.
    pub(crate) fn write(self, checkpoints: &mut Checkpoints) -> bool {
        let result = checkpoints.write(&self.captures, self.log_end);
        if let Err(error) = &result {
            tracing::warn!(%error, "checkpoint not written");
        }
        let written = result.is_ok();
        self.conclude(written, result.err());
        written
    }

    /// Says that it was not written.
    pub(crate) fn fail(self, error: Error) {
        self.conclude(false, Some(error));
    }

    fn conclude(self, written: bool, error: Option<Error>) {
        let realms = self.captures.iter().map(|c| (c.realm, c.roots.position)).collect();
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Outcome { written, realms });
        let why = error.map(|error| error.chain());
        for reply in self.replies {
            reply.send(match &why {
                None => Ok(()),
                Some(why) => Err(NervousError::Stopped(why.clone()).into()),
            });
        }
    }
}

/// The writer's side: counts, decides, captures.
pub(crate) struct Checkpointer {
    interval: Interval,
    events: u64,
    last_ms: u64,
    under_way: bool,
    asked: Vec<Reply<()>>,
    done: Done,
}

impl Checkpointer {
    pub(crate) fn new(interval: Interval, now_ms: u64) -> Self {
        Self {
            interval,
            events: 0,
            last_ms: now_ms,
            under_way: false,
            asked: Vec::new(),
            done: Done::default(),
        }
    }

    /// So many events came that no checkpoint holds.
    pub(crate) fn count(&mut self, events: u64) {
        self.events += events;
    }

    pub(crate) fn is_due(&self, shards: &Shards, now_ms: u64) -> bool {
        if self.under_way || (self.events == 0 && self.asked.is_empty()) {
            return false;
        }
        let is_enough = || {
            self.events >= self.interval.events
                && self.events >= shards.changed_entries().saturating_mul(2)
        };
        !self.asked.is_empty()
            || now_ms.saturating_sub(self.last_ms) >= self.interval.millis
            || is_enough()
            || shards.wants_checkpoint()
    }

    /// Somebody wants a checkpoint as soon as none is under way.
    pub(crate) fn ask(&mut self, reply: Reply<()>) {
        self.asked.push(reply);
    }

    /// Captures every changed realm.
    pub(crate) fn begin(&mut self, shards: &mut Shards, now_ms: u64) -> Job {
        let captures = shards.capture();
        (self.events, self.last_ms, self.under_way) = (0, now_ms, true);
        let replies = std::mem::take(&mut self.asked);
        Job { captures, log_end: LogPosition(0), replies, done: Arc::clone(&self.done) }
    }

    /// Takes note of how the checkpoint under way ended, if it has.
    pub(crate) fn finish(&mut self, shards: &mut Shards) {
        let outcome = self.done.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(outcome) = outcome else { return };
        self.under_way = false;
        for (realm, len) in outcome.realms {
            shards.captured(realm, len, outcome.written);
        }
        shards.make_room();
    }
}
