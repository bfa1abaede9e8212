//! Versions of realms for readers: the newest published ones, and those read back when asked for.
//!
//! 1. What was published stays until a checkpoint holds it: an older version can never take its place.
//! 2. What a checkpoint holds may go, the one that was not used for longest first, until the rest is
//!    within the bound. Whoever holds a version keeps it.
//! 3. A version that is not here is loaded once, however many ask for it: the first one loads, without
//!    any lock, the others wait for it.
//! 4. A loaded version is taken in only where nothing newer is: no version here, and the catalogue still
//!    names the root that was loaded. Otherwise it is looked up again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use pluto_core::traits::StateView;
use pluto_core::{Digest, RealmId};
use pluto_error::Result;

use super::loader::Loader;
use super::lru::Lru;
use super::stats::Counters;
use crate::event_sourcing::{RealmOutline, RealmView};
use crate::snapshot::Snapshot;

/// Versions in memory.
pub(crate) struct Versions {
    loader: Arc<Loader>,
    slots: Mutex<Slots>,
    /// Somebody has ended loading.
    loaded: Condvar,
    bytes_max: u64,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Slots {
    versions: HashMap<RealmId, Arc<Snapshot>>,
    /// Those that can go.
    idle: Lru,
    /// Those that somebody is loading.
    loading: BTreeSet<RealmId>,
    /// Every realm of which a version was published, in the order of the last one.
    published: Lru,
    bytes: u64,
    /// Versions let go, to be dropped when the lock is: freeing a large one takes its time.
    gone: Vec<Arc<Snapshot>>,
}

impl Versions {
    pub(crate) fn new(loader: Arc<Loader>, bytes_max: u64, counters: Arc<Counters>) -> Self {
        Self { loader, slots: Mutex::default(), loaded: Condvar::new(), bytes_max, counters }
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest published version of a realm; `None` for one that is not known.
    ///
    /// # Errors
    /// When it is not in memory and cannot be read.
    pub(crate) fn get(&self, realm: RealmId) -> Result<Option<Arc<Snapshot>>> {
        let mut slots = self.lock();
        loop {
            if let Some(version) = slots.versions.get(&realm).cloned() {
                slots.idle.touch(realm);
                self.counters.hit();
                return Ok(Some(version));
            }
            if !self.loader.catalogue.contains(&realm) {
                return Ok(None);
            }
            if !slots.loading.insert(realm) {
                slots = self.loaded.wait(slots).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            drop(slots);
            let loading = Loading { versions: self, realm };
            let loaded = self.loader.load(realm, &self.counters)?;
            let version =
                loaded.map(|one| (Arc::new(Snapshot::of(&RealmView::new(&one.state))), one.named));
            slots = self.lock();
            loading.end(&mut slots);
            let Some((version, named)) = version else { return Ok(None) };
            if self.take_in(&mut slots, &version, named) {
                release(slots);
                return Ok(Some(version));
            }
        }
    }

    /// Takes a loaded version in if nothing newer is here or stored.
    fn take_in(&self, slots: &mut Slots, version: &Arc<Snapshot>, named: Digest) -> bool {
        let realm = version.realm();
        let stored = self.loader.catalogue.outline(&realm).map(|outline| outline.root);
        if slots.versions.contains_key(&realm) || stored != Some(named) {
            return false;
        }
        slots.put(Arc::clone(version));
        slots.idle.put(realm);
        self.make_room(slots);
        true
    }

    /// Takes in a version that was just published.
    pub(crate) fn publish(&self, version: Arc<Snapshot>) {
        let mut slots = self.lock();
        slots.idle.take_out(version.realm());
        slots.published.put(version.realm());
        slots.put(version);
        self.make_room(&mut slots);
        release(slots);
    }

    /// A checkpoint of those realms was written: those of which it holds the newest version can go.
    pub(crate) fn stored(&self, realms: impl Iterator<Item = RealmId>) {
        let mut slots = self.lock();
        for realm in realms {
            let stored = self.loader.catalogue.outline(&realm).map(|outline| outline.root);
            if slots.versions.get(&realm).is_some_and(|one| Some(one.roots().state) == stored) {
                slots.idle.put(realm);
            }
        }
        self.make_room(&mut slots);
        release(slots);
    }

    fn make_room(&self, slots: &mut Slots) {
        while slots.bytes > self.bytes_max
            && let Some(realm) = slots.idle.take_oldest()
        {
            slots.remove(&realm);
            self.counters.evicted();
        }
        self.counters.holds(slots.versions.len(), slots.bytes);
    }

    /// Number of realms that a checkpoint holds.
    pub(crate) fn stored_count(&self) -> u64 {
        self.loader.catalogue.len() as u64
    }

    /// Every realm, ascending.
    pub(crate) fn realms(&self) -> Vec<RealmId> {
        let slots = self.lock();
        let mut realms: BTreeSet<RealmId> = self.loader.catalogue.realms().into_iter().collect();
        realms.extend(slots.versions.keys());
        realms.into_iter().collect()
    }

    /// A realm in outline, without loading it.
    pub(crate) fn outline(&self, realm: &RealmId) -> Option<Arc<RealmOutline>> {
        let version = self.lock().versions.get(realm).cloned();
        version.map(|one| one.outline()).or_else(|| self.loader.catalogue.outline(realm))
    }

    /// Every realm in outline, ascending.
    pub(crate) fn outlines(&self) -> BTreeMap<RealmId, Arc<RealmOutline>> {
        // Versions first: what is let go meanwhile is in the catalogue.
        let versions: Vec<Arc<Snapshot>> = self.lock().versions.values().cloned().collect();
        let mut outlines = self.loader.catalogue.outlines();
        outlines.extend(versions.iter().map(|one| (one.realm(), one.outline())));
        outlines
    }

    /// The realms of which a version was published since `seen`, or all, in outline; and what to say the
    /// next time.
    pub(crate) fn outlines_since(
        &self,
        seen: Option<u64>,
    ) -> (BTreeMap<RealmId, Arc<RealmOutline>>, u64) {
        let slots = self.lock();
        let next = slots.published.next();
        let news: Option<Vec<RealmId>> = seen.map(|seen| slots.published.since(seen).collect());
        drop(slots);
        let outlined = |realm| Some((realm, self.outline(&realm)?));
        let outlines = match news {
            Some(news) => news.into_iter().filter_map(outlined).collect(),
            None => self.outlines(),
        };
        (outlines, next)
    }
}

/// Gives the lock back, then drops what was let go.
fn release(mut slots: MutexGuard<'_, Slots>) {
    let gone = std::mem::take(&mut slots.gone);
    drop(slots);
    drop(gone);
}

impl Slots {
    fn put(&mut self, version: Arc<Snapshot>) {
        self.remove(&version.realm());
        self.bytes += version.bytes();
        self.versions.insert(version.realm(), version);
    }

    fn remove(&mut self, realm: &RealmId) {
        if let Some(gone) = self.versions.remove(realm) {
            self.bytes = self.bytes.saturating_sub(gone.bytes());
            self.gone.push(gone);
        }
    }
}

/// Somebody who loads a realm. However that ends, those who wait are told.
struct Loading<'a> {
    versions: &'a Versions,
    realm: RealmId,
}

impl Loading<'_> {
    /// Ends it where the lock is held, so that nobody begins to load what is about to be taken in.
    fn end(self, slots: &mut Slots) {
        slots.loading.remove(&self.realm);
        self.versions.loaded.notify_all();
        std::mem::forget(self);
    }
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        self.versions.lock().loading.remove(&self.realm);
        self.versions.loaded.notify_all();
    }
}
