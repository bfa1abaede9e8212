//! Carries out erasures: blobs and payloads leave the disk when nothing can stop that any more.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use pluto_core::traits::Committed;
use pluto_core::{BlobId, Canonical, Component, ComponentSet, Event, EventId, Kind, RealmId};
use pluto_error::Result;
use pluto_nervous_system::{NervousSystem, Snapshot, codes, is_needed};
use pluto_realm::archive::{EpochRecord, Erasure, archived, epoch, is_due};
use pluto_storage::FileBlobs;
use pluto_synapse::StateObserver;

use super::super::footings::Footings;
use super::super::load;
use super::archives;

/// Takes off the disk what is due to be erased, in every realm.
pub(in crate::node) fn carry_out_all(store: &Erasable<'_>) {
    let realms: Vec<RealmId> = archives(store.system).map(|(realm, _)| realm).collect();
    realms.into_iter().for_each(|realm| store.carry_out_or_say(realm));
}

/// What there is to erase from.
pub(in crate::node) struct Erasable<'a> {
    system: &'a NervousSystem,
    blobs: &'a FileBlobs,
    footings: &'a Footings,
}

impl<'a> Erasable<'a> {
    pub(in crate::node) const fn of(
        system: &'a NervousSystem,
        blobs: &'a FileBlobs,
        footings: &'a Footings,
    ) -> Self {
        Self { system, blobs, footings }
    }
}

impl Erasable<'_> {
    /// Carries out what is due in a realm. What cannot be erased now is tried again: it keeps nobody from
    /// working, and is said.
    fn carry_out_or_say(&self, realm: RealmId) {
        match self.carry_out(realm) {
            Ok(()) => {}
            // The node is stopping: the next opening carries it out.
            Err(error) if error.code() == codes::BUS_CLOSED => {}
            Err(error) => tracing::warn!(%realm, %error, "an erasure is carried out later"),
        }
    }

    fn carry_out(&self, realm: RealmId) -> Result<()> {
        let Some(snapshot) = self.system.snapshot(realm) else { return Ok(()) };
        if snapshot.entries(Component::Archive).is_empty() {
            return Ok(());
        }
        self.erase_blobs(realm, &snapshot)?;
        self.erase_payloads(realm, &snapshot)
    }

    fn erase_blobs(&self, realm: RealmId, snapshot: &Snapshot) -> Result<()> {
        let others = archives(self.system).filter(|(other, _)| *other != realm);
        let others: Vec<_> = others.map(|(_, snapshot)| snapshot).collect();
        for (id, _) in due(snapshot, b"x") {
            let blob = BlobId(id);
            if others.iter().all(|other| archived(&**other, &blob).is_none()) {
                self.blobs.erase(&blob)?;
            }
        }
        Ok(())
    }

    /// Takes payloads out of the log, epoch by epoch.
    fn erase_payloads(&self, realm: RealmId, snapshot: &Snapshot) -> Result<()> {
        let mut epochs: BTreeMap<u32, Vec<Event>> = BTreeMap::new();
        for (id, erasure) in due(snapshot, b"p") {
            // One that is not here may never have been, and one without payload is done.
            let event = load(self.system, EventId(id)).ok();
            let event = event.filter(|event| event.payload.is_some());
            epochs.entry(erasure.epoch).or_default().extend(event);
        }
        for (number, events) in epochs.into_iter().filter(|(_, events)| !events.is_empty()) {
            let Some(record) = epoch(snapshot, number) else { continue };
            let ids = within(self.system, realm, &record, events)?;
            if !ids.is_empty() {
                self.footings.outdate_index()?;
                self.system.erase(realm, ids, record.end)?;
            }
        }
        Ok(())
    }
}

/// What is due under keys that begin with `prefix`: its id, and its erasure.
fn due<'a>(
    snapshot: &'a Snapshot,
    prefix: &'a [u8],
) -> impl Iterator<Item = ([u8; 32], Erasure)> + 'a {
    let entries = snapshot.entries(Component::Archive).iter();
    let erased = entries.filter_map(move |(key, value)| {
        let id = key.strip_prefix(prefix)?.try_into().ok()?;
        Some((id, Erasure::decode(value).ok()?))
    });
    erased.filter(|(_, erasure)| is_due(snapshot, erasure))
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
    footings: Arc<Footings>,
}

impl Eraser {
    pub(in crate::node) fn new(
        system: &Arc<NervousSystem>,
        blobs: &Arc<FileBlobs>,
        footings: &Arc<Footings>,
    ) -> Self {
        let (blobs, footings) = (Arc::clone(blobs), Arc::clone(footings));
        Self { system: Arc::downgrade(system), blobs, footings }
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
        Erasable::of(&system, &self.blobs, &self.footings).carry_out_or_say(event.realm);
    }
}
