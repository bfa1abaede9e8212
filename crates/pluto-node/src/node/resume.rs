//! Reads committed events back for observers that fell behind.

use std::sync::{Arc, Weak};

use pluto_core::traits::Committed;
use pluto_core::{Canonical, EventId, Position, RealmId, Run};
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::Place;
use pluto_nervous_system::{NervousError, NervousSystem};
use pluto_synapse::Resume;

/// The log of a node, as observers read it. Holds the node weakly: observers do not keep it open.
pub(super) struct LogResume(Weak<NervousSystem>);

impl LogResume {
    pub(super) fn new(system: &Arc<NervousSystem>) -> Self {
        Self(Arc::downgrade(system))
    }
}

impl Resume for LogResume {
    fn read(&self, realm: RealmId, from: Position, events_max: usize) -> Result<Vec<Committed>> {
        let stopped = || NervousError::Stopped("the node is closed".into());
        let system = self.0.upgrade().ok_or_else(stopped)?;
        let range = from.0..from.0.saturating_add(events_max as u64);
        let places = system.ask(realm, move |view| view.places(range))?;
        (from.0..)
            .zip(places)
            .map(|(position, place)| committed(&system, realm, position, &place))
            .collect()
    }
}

fn committed(
    system: &NervousSystem,
    realm: RealmId,
    position: u64,
    place: &Place,
) -> Result<Committed> {
    let event = load(system, place.id)?;
    let touched = event.header.kind.known().map(|kind| kind.component().bit()).unwrap_or_default();
    Ok(Committed {
        realm,
        position: Position(position),
        id: place.id,
        author: event.header.author,
        kind: event.header.kind,
        verdict: place.verdict,
        touched,
        facts: Vec::new(),
    })
}

/// Reads one event from the log.
pub(crate) fn load(system: &NervousSystem, id: EventId) -> Result<pluto_core::Event> {
    let unknown = || NervousError::UnknownEvent(id);
    let at = system.log().find(&id)?.ok_or_else(unknown)?;
    let mut run = Run::decode(&system.log().read(at.record)?)?;
    let slot = usize::from(at.slot);
    if slot >= run.events.len() {
        return Err(unknown().into());
    }
    Ok(run.events.swap_remove(slot))
}
