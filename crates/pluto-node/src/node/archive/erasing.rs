//! Carries out erasures: blobs and payloads leave the disk when nothing can stop that any more.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use pluto_core::traits::Committed;
use pluto_core::{BlobId, Canonical, Component, ComponentSet, Event, EventId, Kind, RealmId};
use pluto_error::Result;
use pluto_nervous_system::{NervousSystem, Snapshot, is_needed};
use pluto_realm::archive::{EpochRecord, Erasure, archived, epoch, is_due};
use pluto_storage::FileBlobs;
use pluto_synapse::StateObserver;

use super::super::load;
use super::archives;

/// Takes off the disk what is due to be erased, in every realm.
pub(in crate::node) fn carry_out_all(system: &NervousSystem, blobs: &FileBlobs) -> Result<()> {
    let realms: Vec<RealmId> = archives(system).map(|(realm, _)| realm).collect();
    realms.into_iter().try_for_each(|realm| carry_out(system, blobs, realm).map(drop))
}

/// Takes off the disk what is due to be erased in `realm`; gives the bytes freed.
fn carry_out(system: &NervousSystem, blobs: &FileBlobs, realm: RealmId) -> Result<u64> {
    let Some(snapshot) = system.snapshot(realm) else { return Ok(0) };
    if snapshot.entries(Component::Archive).is_empty() {
        return Ok(0);
    }
    let others = archives(system).filter(|(other, _)| *other != realm);
    let others: Vec<_> = others.map(|(_, snapshot)| snapshot).collect();
    let mut freed = 0;
    for (key, value) in snapshot.entries(Component::Archive).iter() {
        let id = key.strip_prefix(b"x").and_then(|id| id.try_into().ok()).map(BlobId);
        let Some((blob, erasure)) = id.zip(Erasure::decode(value).ok()) else { continue };
        let kept = others.iter().any(|other| archived(&**other, &blob).is_some());
        if is_due(&*snapshot, &erasure) && !kept {
            freed += blobs.erase(&blob)?;
        }
    }
    Ok(freed + erase_payloads(system, realm, &snapshot)?)
}

/// Takes the payloads out of the log whose erasure in `realm` is due, epoch by epoch.
fn erase_payloads(system: &NervousSystem, realm: RealmId, snapshot: &Snapshot) -> Result<u64> {
    let mut due: BTreeMap<u32, Vec<Event>> = BTreeMap::new();
    for (key, value) in snapshot.entries(Component::Archive).iter() {
        let id = key.strip_prefix(b"p").and_then(|id| id.try_into().ok()).map(EventId);
        let Some((id, erasure)) = id.zip(Erasure::decode(value).ok()) else { continue };
        if !is_due(snapshot, &erasure) {
            continue;
        }
        // One that is not here may never have been, and one without payload is done.
        let event = load(system, id).ok().filter(|event| event.payload.is_some());
        due.entry(erasure.epoch).or_default().extend(event);
    }
    let mut freed = 0;
    for (number, events) in due.into_iter().filter(|(_, events)| !events.is_empty()) {
        let Some(record) = epoch(snapshot, number) else { continue };
        let ids = within(system, realm, &record, events)?;
        freed += system.erase(realm, ids, record.end)?;
    }
    Ok(freed)
}

/// Those of the events that stand in the epoch: who erased them only claimed so.
fn within(
    system: &NervousSystem,
    realm: RealmId,
    record: &EpochRecord,
    events: Vec<Event>,
) -> Result<Vec<EventId>> {
    let (places, root) = (record.from..record.end, record.log_root);
    system.ask(realm, move |view| {
        if view.log_root_at(places.end)? != root {
            return Ok(Vec::new());
        }
        let mut ids = Vec::with_capacity(events.len());
        for event in events.into_iter().filter(|event| !is_needed(event)) {
            let place = view.position(event.header.lamport, event.id)?;
            ids.extend(place.filter(|place| places.contains(place)).map(|_| event.id));
        }
        Ok(ids)
    })
}

/// Carries out erasures as they become due.
pub(in crate::node) struct Eraser {
    system: Weak<NervousSystem>,
    blobs: Arc<FileBlobs>,
}

impl Eraser {
    pub(in crate::node) fn new(system: &Arc<NervousSystem>, blobs: &Arc<FileBlobs>) -> Self {
        Self { system: Arc::downgrade(system), blobs: Arc::clone(blobs) }
    }
}

impl StateObserver for Eraser {
    fn name(&self) -> &str {
        "eraser"
    }

    fn interests(&self) -> ComponentSet {
        ComponentSet::of(&[Component::Archive, Component::Consensus])
    }

    fn on_event(&self, event: &Committed, _because: Component) {
        let concerns = [Kind::ArchiveChange, Kind::CheckpointSigned];
        if !event.kind.known().is_some_and(|kind| concerns.contains(&kind)) {
            return;
        }
        let Some(system) = self.system.upgrade() else { return };
        if let Err(error) = carry_out(&system, &self.blobs, event.realm) {
            tracing::warn!(realm = %event.realm, %error, "an erasure is carried out later");
        }
    }
}
