//! An event held together with the run it came in: events of one run share one allocation, from the
//! decoder to the place where they are forgotten.

use std::sync::Arc;

use pluto_core::{Event, EventId};

/// The events of a run, shared.
pub(crate) type RunEvents = Arc<Vec<Event>>;

/// One event of a run.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    run: RunEvents,
    slot: u16,
}

impl Held {
    /// The events of `run` from index `first` on.
    pub(crate) fn all(run: &RunEvents, first: usize) -> impl Iterator<Item = Self> {
        let end = u16::try_from(run.len()).unwrap_or(u16::MAX);
        let first = u16::try_from(first).unwrap_or(end);
        (first..end).map(|slot| Self { run: Arc::clone(run), slot })
    }

    /// An event by itself.
    pub(crate) fn alone(event: Event) -> Self {
        Self { run: Arc::new(vec![event]), slot: 0 }
    }

    /// The event. Always there: no slot is made without one.
    pub(crate) fn event(&self) -> Option<&Event> {
        self.run.get(usize::from(self.slot))
    }

    /// Whether its payload is absent: of two of one event, the other one counts.
    pub(crate) fn is_hollow(&self) -> bool {
        self.event().is_none_or(|event| event.payload.is_none())
    }

    /// Whether it is the event with that id.
    pub(crate) fn is(&self, id: &EventId) -> bool {
        self.event().is_some_and(|event| event.id == *id)
    }

    /// What the canonical order sorts by.
    pub(crate) fn order_key(&self) -> (u64, EventId) {
        self.event().map(order_key).unwrap_or_default()
    }
}

/// What the canonical order sorts by.
pub(crate) fn order_key(event: &Event) -> (u64, EventId) {
    (event.header.lamport, event.id)
}
