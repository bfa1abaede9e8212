//! Following: every event of a realm exactly once and in order, whatever a queue had to drop.
//!
//! A follower keeps, for each realm, the position it will give next. What comes before it was given
//! and is skipped; what is missing up to the next batch is read from the log, page by page. When
//! events change place the follower goes back to the first of them and says so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use pluto_core::traits::{Committed, Observed};
use pluto_core::{Position, RealmId};
use pluto_error::Result;

use crate::error::SynapseError;
use crate::subscribe::{Delivery, Lagged, Subscription, span};

/// Most events read from the log at once.
pub const PAGE_EVENTS_MAX: usize = 256;

/// Reads committed events back.
pub trait Resume: Send + Sync {
    /// Up to `events_max` events of `realm`, in canonical order, the first at `from`.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn read(&self, realm: RealmId, from: Position, events_max: usize) -> Result<Vec<Committed>>;
}

/// What a follower gives.
#[derive(Clone, Debug)]
pub enum Followed {
    /// The next events of a realm.
    Events {
        /// The realm.
        realm: RealmId,
        /// Consecutive events.
        events: Arc<[Committed]>,
        /// Set when earlier events changed place: forget what was given from there on.
        reorganised_from: Option<Position>,
    },
    /// Nothing came in time.
    Idle,
    /// The hub is closed and everything was given.
    Closed,
}

/// A subscription without gaps.
pub struct Follower {
    subscription: Subscription,
    log: Arc<dyn Resume>,
    /// What to give next; one entry for each realm heard of.
    next: BTreeMap<RealmId, Position>,
    reorganised_from: Option<Position>,
    /// Up to where each realm is to be read from the log, before anything else is given.
    gaps: BTreeMap<RealmId, Position>,
    /// Waits for its gap to close.
    held: Option<Arc<Observed>>,
}

impl Follower {
    /// Follows from the first batch of each realm that `subscription` gives.
    #[must_use]
    pub fn new(subscription: Subscription, log: Arc<dyn Resume>) -> Self {
        let (next, reorganised_from) = (BTreeMap::new(), None);
        Self { subscription, log, next, reorganised_from, gaps: BTreeMap::new(), held: None }
    }

    /// Starts `realm` at `from` instead: events from there up to `to`, the end of the log now, are
    /// read first.
    pub fn start_at(&mut self, realm: RealmId, from: Position, to: Position) {
        self.next.insert(realm, from);
        self.gaps.insert(realm, to);
    }

    /// The next events, after at most `wait`.
    ///
    /// # Errors
    /// `SYN-0006` when the log does not hold what was missed, or what reading it gave. The follower
    /// keeps its place.
    pub fn next(&mut self, wait: Duration) -> Result<Followed> {
        loop {
            while let Some((realm, to)) = self.gaps.first_key_value().map(|(a, b)| (*a, *b)) {
                match self.read_page(realm, to)? {
                    Some(page) => return Ok(page),
                    None => self.gaps.remove(&realm),
                };
            }
            let delivery = match self.held.take() {
                Some(batch) => Delivery::Batch(batch),
                None => self.subscription.next(wait),
            };
            match delivery {
                Delivery::Batch(batch) => {
                    if let Some(events) = self.give(batch) {
                        return Ok(events);
                    }
                }
                Delivery::Lagged(Lagged { realm, from, to }) => {
                    self.go_back(realm, from);
                    self.gaps.insert(realm, to);
                }
                Delivery::Idle => return Ok(Followed::Idle),
                Delivery::Closed => return Ok(Followed::Closed),
            }
        }
    }

    /// Makes `from` the next position if the realm is new or stands later.
    fn go_back(&mut self, realm: RealmId, from: Position) {
        let next = self.next.entry(realm).or_insert(from);
        if from < *next {
            *next = from;
            self.reorganised_from = Some(from);
        }
    }

    /// Gives what is new in the batch, or holds it until the gap before it is closed.
    fn give(&mut self, batch: Arc<Observed>) -> Option<Followed> {
        let (from, _) = span(&batch)?;
        if batch.reorganised_from.is_some() || !self.next.contains_key(&batch.realm) {
            self.go_back(batch.realm, from);
        }
        let next = self.next.get(&batch.realm).copied()?;
        let Some(first) = batch.events.first().map(|event| event.position) else {
            return self.pass(batch.realm, Arc::clone(&batch.events));
        };
        if first > next {
            self.gaps.insert(batch.realm, first);
            self.held = Some(batch);
            return None;
        }
        let fresh = batch.events.partition_point(|event| event.position < next);
        match fresh {
            0 => self.pass(batch.realm, Arc::clone(&batch.events)),
            _ => self.pass(batch.realm, batch.events.get(fresh..)?.into()),
        }
    }

    fn read_page(&mut self, realm: RealmId, to: Position) -> Result<Option<Followed>> {
        let expected = self.next.get(&realm).copied().unwrap_or(to);
        if expected >= to {
            return Ok(None);
        }
        let missing = usize::try_from(to.0 - expected.0).unwrap_or(usize::MAX);
        let mut events = self.log.read(realm, expected, missing.min(PAGE_EVENTS_MAX))?;
        let consecutive = (expected.0..to.0).zip(&events);
        let usable = consecutive.take_while(|(want, event)| event.position.0 == *want).count();
        events.truncate(usable);
        if events.is_empty() {
            return Err(SynapseError::Gap { realm, expected }.into());
        }
        Ok(self.pass(realm, events.into()))
    }

    /// Passes events on and moves behind them; `None` when there is nothing to say.
    fn pass(&mut self, realm: RealmId, events: Arc<[Committed]>) -> Option<Followed> {
        if let Some(last) = events.last() {
            self.next.insert(realm, Position(last.position.0 + 1));
        }
        let reorganised_from = self.reorganised_from.take();
        let silent = events.is_empty() && reorganised_from.is_none();
        (!silent).then_some(Followed::Events { realm, events, reorganised_from })
    }
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").field("next", &self.next).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
