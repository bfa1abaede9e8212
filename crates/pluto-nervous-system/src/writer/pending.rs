//! Runs that wait for an event of their past. Bounded in number, bytes and time: when it is full,
//! newcomers are refused; whoever has waited for a minute is told that the past did not come.
//!
//! A run that is let go may be submitted again: it is never refused for good.

use std::collections::{BTreeMap, HashMap};

use pluto_core::EventId;

use super::intake::Submission;

/// Most runs that wait.
pub(crate) const PENDING_RUNS_MAX: usize = 65_536;
/// Most bytes that wait.
const PENDING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest a run waits.
pub(crate) const PENDING_MS_MAX: u64 = 60_000;

/// Waiting runs, by the event they wait for.
#[derive(Default)]
pub(crate) struct Pending {
    waiting: HashMap<EventId, Vec<Waiting>>,
    /// Since when, and for which event, in order of arrival.
    order: BTreeMap<u64, (u64, EventId)>,
    next: u64,
    bytes: usize,
}

struct Waiting {
    number: u64,
    run: Submission,
}

impl Pending {
    /// Keeps a run, or gives it back when there is no room.
    pub(crate) fn wait(
        &mut self,
        id: EventId,
        run: Submission,
        now_ms: u64,
    ) -> Result<(), Box<Submission>> {
        let bytes = run.record.bytes.len();
        if self.len() >= PENDING_RUNS_MAX || self.bytes + bytes > PENDING_BYTES_MAX {
            return Err(Box::new(run));
        }
        let number = self.next;
        self.next += 1;
        self.bytes += bytes;
        self.order.insert(number, (now_ms, id));
        self.waiting.entry(id).or_default().push(Waiting { number, run });
        Ok(())
    }

    /// The runs that waited for `id`.
    pub(crate) fn arrived(&mut self, id: &EventId) -> Vec<Submission> {
        if self.order.is_empty() {
            return Vec::new();
        }
        let arrived = self.waiting.remove(id).unwrap_or_default();
        arrived.into_iter().map(|waiting| self.forget(waiting)).collect()
    }

    /// The runs that have waited for too long, each with the event it waited for.
    pub(crate) fn expired(&mut self, now_ms: u64) -> Vec<(EventId, Submission)> {
        let mut expired = Vec::new();
        while let Some((number, (since_ms, id))) = self.order.first_key_value()
            && now_ms.saturating_sub(*since_ms) >= PENDING_MS_MAX
        {
            let (number, id) = (*number, *id);
            self.order.remove(&number);
            let Some(runs) = self.waiting.get_mut(&id) else { continue };
            let place = runs.iter().position(|waiting| waiting.number == number);
            let waiting = place.map(|place| runs.remove(place));
            if runs.is_empty() {
                self.waiting.remove(&id);
            }
            expired.extend(waiting.map(|waiting| (id, self.forget(waiting))));
        }
        expired
    }

    fn forget(&mut self, waiting: Waiting) -> Submission {
        self.order.remove(&waiting.number);
        self.bytes -= waiting.run.record.bytes.len();
        waiting.run
    }

    /// Number of waiting runs.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests;
