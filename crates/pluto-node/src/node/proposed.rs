//! The state of a realm as it would be with another policy in a slot; nothing is written.

use std::sync::Arc;

use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, EventId, RealmId};
use pluto_ecl::artifact::Artifact;
use pluto_eclvm::state::{SlotRecord, artifact_key, slot_key};

/// A view with one slot and its artifact replaced.
pub(super) struct Proposed<'a> {
    view: &'a dyn StateView,
    slot: (Vec<u8>, Arc<[u8]>),
    artifact: (Vec<u8>, Arc<[u8]>),
}

impl<'a> Proposed<'a> {
    /// `view` with an artifact in a slot.
    pub(super) fn new(view: &'a dyn StateView, slot: &str, artifact: &[u8]) -> Self {
        let id = Artifact::id(artifact);
        // No event installed it: the record names one only because records do.
        let record = SlotRecord { artifact: id, event: EventId([0; 32]) };
        Self {
            view,
            slot: (slot_key(slot), record.encode().into()),
            artifact: (artifact_key(&id), artifact.into()),
        }
    }
}

impl StateView for Proposed<'_> {
    fn realm(&self) -> RealmId {
        self.view.realm()
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        let own = [&self.slot, &self.artifact];
        let own = own.into_iter().filter(|_| component == Component::EclPolicy);
        let found = own.into_iter().find(|(known, _)| known == key);
        found.map_or_else(|| self.view.get(component, key), |(_, value)| Some(Arc::clone(value)))
    }

    fn time_ms(&self) -> u64 {
        self.view.time_ms()
    }
}
