//! Events in memory: the plainest [`EventStore`], for tests, simulations and measurements.
//!
//! It keeps what is put in and checks nothing: whoever puts in a run has admitted it. The state root is
//! that of the caller ([`MemoryEvents::set_state`]); until then it is the exclusive or of the ids, which
//! is the same for equal sets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pluto_core::payload::heads_root;
use pluto_core::{Canonical, Did, Digest, EventId, RealmId, Run};
use pluto_error::Result;

use crate::head::ChainEnd;
use crate::store::{EventStore, Summary};

/// Events of any number of realms.
#[derive(Clone, Debug, Default)]
pub struct MemoryEvents {
    realms: BTreeMap<RealmId, Events>,
}

#[derive(Clone, Debug, Default)]
struct Events {
    runs: Vec<Arc<[u8]>>,
    /// The run that holds an event; none when it was let go.
    places: BTreeMap<EventId, Option<usize>>,
    chains: BTreeMap<(Did, u64), Vec<(EventId, u64)>>,
    ends: BTreeMap<EventId, ChainEnd>,
    heads: BTreeSet<EventId>,
    absent: BTreeSet<EventId>,
    ids: Digest,
    state: Option<Digest>,
}

impl MemoryEvents {
    /// Puts in the events of a run that are not here; gives their number. Payloads that were absent are
    /// filled in.
    pub fn insert(&mut self, run: &Run) -> usize {
        let Some(realm) = run.realm() else { return 0 };
        let events = self.realms.entry(realm).or_default();
        let at = events.runs.len();
        let new = run.events.iter().filter(|event| !events.places.contains_key(&event.id)).count();
        let fills = run.events.iter().any(|e| e.payload.is_some() && events.absent.contains(&e.id));
        if new == 0 && !fills {
            return 0;
        }
        events.runs.push(run.encode().into());
        for event in &run.events {
            if event.payload.is_some() {
                events.absent.remove(&event.id);
            } else if events.places.contains_key(&event.id) {
                continue;
            } else {
                events.absent.insert(event.id);
            }
            if events.places.insert(event.id, Some(at)).is_some() {
                continue;
            }
            let header = &event.header;
            let end = ChainEnd { author: header.author, seq: header.author_seq, id: event.id };
            events.know(end, header.lamport);
            for parent in header.parents.iter() {
                events.heads.remove(parent);
            }
            events.heads.insert(event.id);
            if let Some(prev) = header.prev {
                events.ends.remove(&prev);
            }
        }
        events.state = None;
        new
    }

    /// Puts in an event of which nothing is kept but its place.
    pub fn insert_pruned(&mut self, realm: RealmId, end: ChainEnd) {
        let events = self.realms.entry(realm).or_default();
        events.places.insert(end.id, None);
        events.know(end, 0);
        events.heads.insert(end.id);
    }

    /// Lets go of the run that holds an event: the events stay members of the set.
    pub fn prune(&mut self, realm: RealmId, id: &EventId) {
        let Some(events) = self.realms.get_mut(&realm) else { return };
        let Some(at) = events.places.get(id).copied().flatten() else { return };
        events.places.values_mut().filter(|place| **place == Some(at)).for_each(|p| *p = None);
    }

    /// The state root that belongs to the set as it is now.
    pub fn set_state(&mut self, realm: RealmId, root: Digest) {
        if let Some(events) = self.realms.get_mut(&realm) {
            events.state = Some(root);
        }
    }

    /// The ids of a realm, ascending.
    pub fn ids(&self, realm: RealmId) -> impl Iterator<Item = &EventId> {
        self.realms.get(&realm).into_iter().flat_map(|events| events.places.keys())
    }

    /// The runs of a realm, in the order in which they came.
    #[must_use]
    pub fn runs(&self, realm: RealmId) -> &[Arc<[u8]>] {
        self.realms.get(&realm).map_or(&[], |events| &events.runs)
    }

    /// The heads of a realm, ascending.
    pub fn heads(&self, realm: RealmId) -> impl Iterator<Item = &EventId> {
        self.realms.get(&realm).into_iter().flat_map(|events| &events.heads)
    }

    /// Events whose payload is not here, ascending.
    pub fn absent(&self, realm: RealmId) -> impl Iterator<Item = &EventId> {
        self.realms.get(&realm).into_iter().flat_map(|events| &events.absent)
    }
}

impl Events {
    fn know(&mut self, end: ChainEnd, lamport: u64) {
        self.chains.entry((end.author, end.seq)).or_default().push((end.id, lamport));
        self.ends.insert(end.id, end);
        self.ids.0.iter_mut().zip(end.id.0).for_each(|(to, from)| *to ^= from);
    }
}

impl EventStore for MemoryEvents {
    fn summary(&self, realm: RealmId) -> Option<Summary> {
        let events = self.realms.get(&realm)?;
        let heads: Vec<EventId> = events.heads.iter().copied().collect();
        Some(Summary {
            heads_root: heads_root(&heads),
            state_root: events.state.unwrap_or(events.ids),
            events: events.places.len() as u64,
            ends: u32::try_from(events.ends.len()).unwrap_or(u32::MAX),
            absent: events.absent.len() as u64,
        })
    }

    fn ends(&self, realm: RealmId) -> Result<Vec<ChainEnd>> {
        let ends = self.realms.get(&realm).map(|events| events.ends.values().copied().collect());
        Ok(ends.unwrap_or_default())
    }

    fn at(&self, realm: RealmId, author: &Did, seq: u64) -> Result<Vec<(EventId, u64)>> {
        let found = self.realms.get(&realm).and_then(|events| events.chains.get(&(*author, seq)));
        Ok(found.cloned().unwrap_or_default())
    }

    fn run_of(&self, realm: RealmId, id: &EventId) -> Result<Option<Arc<[u8]>>> {
        let Some(events) = self.realms.get(&realm) else { return Ok(None) };
        let at = events.places.get(id).copied().flatten();
        Ok(at.and_then(|at| events.runs.get(at).cloned()))
    }

    fn has(&self, realm: RealmId, id: &EventId) -> Result<bool> {
        Ok(self.realms.get(&realm).is_some_and(|events| events.places.contains_key(id)))
    }
}
