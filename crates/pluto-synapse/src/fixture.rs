//! Events, batches, observers and a log for the tests of this crate.

use std::sync::{Arc, Mutex};

use crate::{Priority, StateObserver};
use pluto_core::traits::{Committed, Observed};
use pluto_core::{
    Component, ComponentSet, Did, Digest, EventId, Kind, Namespace, Position, RealmId, Verdict,
};
use pluto_error::Result;

use crate::follow::Resume;

pub(crate) const REALM: RealmId = RealmId([1; 32]);

pub(crate) fn event(position: u64, touched: &[Component]) -> Committed {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&position.to_be_bytes());
    Committed {
        realm: REALM,
        position: Position(position),
        id: EventId(id),
        author: Did { namespace: Namespace::Spirit, id: [7; 32] },
        kind: Kind::RecordPut.number(),
        verdict: Verdict::Effective,
        touched: ComponentSet::of(touched),
        facts: Vec::new(),
    }
}

pub(crate) fn events(from: u64, to: u64, touched: &[Component]) -> Vec<Committed> {
    (from..to).map(|position| event(position, touched)).collect()
}

pub(crate) fn batch(events: &[Committed]) -> Arc<Observed> {
    moved(events, None)
}

pub(crate) fn moved(events: &[Committed], reorganised_from: Option<Position>) -> Arc<Observed> {
    let realm = events.first().map_or(REALM, |event| event.realm);
    Arc::new(Observed { realm, root: Digest([0; 32]), events: events.into(), reorganised_from })
}

/// Everything that observers heard, in order: observer, position, because.
pub(crate) type Heard = Arc<Mutex<Vec<(u32, u64, Component)>>>;

/// Writes down what it hears.
pub(crate) struct Witness {
    pub(crate) name: u32,
    pub(crate) interests: ComponentSet,
    pub(crate) priority: Priority,
    pub(crate) heard: Heard,
    pub(crate) panics: bool,
}

impl StateObserver for Witness {
    fn name(&self) -> &str {
        "witness"
    }

    fn interests(&self) -> ComponentSet {
        self.interests
    }

    fn priority(&self) -> Priority {
        self.priority
    }

    fn on_event(&self, event: &Committed, because: Component) {
        self.heard.lock().unwrap().push((self.name, event.position.0, because));
        assert!(!self.panics, "as the test wants it");
    }
}

/// A log that holds what was put into it.
#[derive(Default)]
pub(crate) struct Log(pub(crate) Mutex<Vec<Committed>>);

impl Resume for Log {
    fn read(&self, realm: RealmId, from: Position, events_max: usize) -> Result<Vec<Committed>> {
        let events = self.0.lock().unwrap();
        let of_realm = events.iter().filter(|event| event.realm == realm);
        Ok(of_realm.filter(|event| event.position >= from).take(events_max).cloned().collect())
    }
}
