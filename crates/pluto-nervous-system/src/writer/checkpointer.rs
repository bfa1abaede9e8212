//! When a checkpoint is due, and the thread that writes it behind.
//!
//! One checkpoint is under way at a time. It is due after 5,000 events or 60 seconds with news; a
//! realm with more state entries waits until twice as many events have passed, so that writing
//! state costs a bounded share of every event however large the state grows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use pluto_core::{LogPosition, RealmId};
use pluto_error::Error;

use super::intake::Reply;
use crate::error::NervousError;
use crate::event_sourcing::{Capture, Checkpoints, RealmState};

/// When checkpoints are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interval {
    pub(crate) events: u64,
    pub(crate) millis: u64,
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
    changed: BTreeSet<RealmId>,
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
            changed: BTreeSet::new(),
            events: 0,
            last_ms: now_ms,
            under_way: false,
            asked: Vec::new(),
            done: Done::default(),
        }
    }

    /// Goes on after a recovery that left `changed` realms behind their checkpoint.
    pub(crate) fn resume(&mut self, changed: BTreeSet<RealmId>, events: u64) {
        self.changed.extend(changed);
        self.events += events;
    }

    /// Realms with events after the last checkpoint.
    pub(crate) fn changed(self) -> BTreeSet<RealmId> {
        self.changed
    }

    pub(crate) fn count(&mut self, realm: RealmId, events: u64) {
        self.changed.insert(realm);
        self.events += events;
    }

    pub(crate) fn is_due(&self, realms: &BTreeMap<RealmId, RealmState>, now_ms: u64) -> bool {
        if self.under_way || (self.events == 0 && self.asked.is_empty()) {
            return false;
        }
        if !self.asked.is_empty() {
            return true;
        }
        let states = self.changed.iter().filter_map(|realm| realms.get(realm));
        let entries: usize = states.map(|state| state.tracker.maps().len()).sum();
        self.events >= self.interval.events.max(2 * entries as u64)
            || now_ms.saturating_sub(self.last_ms) >= self.interval.millis
    }

    /// Somebody wants a checkpoint as soon as none is under way.
    pub(crate) fn ask(&mut self, reply: Reply<()>) {
        self.asked.push(reply);
    }

    /// Captures every changed realm.
    pub(crate) fn begin(&mut self, realms: &mut BTreeMap<RealmId, RealmState>, now_ms: u64) -> Job {
        let mut captures = Vec::with_capacity(self.changed.len());
        for realm in std::mem::take(&mut self.changed) {
            if let Some(state) = realms.get_mut(&realm) {
                state.capturing();
                captures.push(Capture::of(state));
            }
        }
        (self.events, self.last_ms, self.under_way) = (0, now_ms, true);
        let replies = std::mem::take(&mut self.asked);
        Job { captures, log_end: LogPosition(0), replies, done: Arc::clone(&self.done) }
    }

    /// Takes note of how the checkpoint under way ended, if it has.
    pub(crate) fn finish(&mut self, realms: &mut BTreeMap<RealmId, RealmState>) {
        let outcome = self.done.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(outcome) = outcome else { return };
        self.under_way = false;
        for (realm, len) in outcome.realms {
            match realms.get_mut(&realm) {
                Some(state) if outcome.written => state.stored(len),
                _ => {
                    self.changed.insert(realm);
                }
            }
        }
    }
}
