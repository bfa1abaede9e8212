//! The parents of an event, in order. Nearly every event has one: it lies in the header itself, so
//! that decoding a header allocates nothing.

use std::ops::Deref;

use crate::ids::EventId;

/// Ids of parents; reads as a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parents(Inner);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Inner {
    One(EventId),
    /// None or several.
    Many(Box<[EventId]>),
}

impl Default for Parents {
    fn default() -> Self {
        Self(Inner::Many(Box::default()))
    }
}

impl Deref for Parents {
    type Target = [EventId];

    fn deref(&self) -> &[EventId] {
        match &self.0 {
            Inner::One(parent) => std::slice::from_ref(parent),
            Inner::Many(parents) => parents,
        }
    }
}

impl From<EventId> for Parents {
    fn from(parent: EventId) -> Self {
        Self(Inner::One(parent))
    }
}

impl From<Vec<EventId>> for Parents {
    fn from(parents: Vec<EventId>) -> Self {
        match parents[..] {
            [parent] => parent.into(),
            _ => Self(Inner::Many(parents.into())),
        }
    }
}

impl FromIterator<EventId> for Parents {
    fn from_iter<I: IntoIterator<Item = EventId>>(parents: I) -> Self {
        parents.into_iter().collect::<Vec<_>>().into()
    }
}
