//! The realms of the writer: those in memory, and those that are only stored.
//!
//! 1. A realm whose last event a checkpoint covers can be let go: its truth is its blob. It is read
//!    back when something touches it, and comes out with the same roots.
//! 2. Of those that can go, the one that was not used for longest goes first, until what is in memory
//!    is within the bound. A realm with changes after its checkpoint, or whose checkpoint is under way,
//!    stays; so does the one that was used last.
//! 3. When all that is left over the bound has changes, a checkpoint is wanted early. It writes at most
//!    what was changed, and then all of that can go.
//! 4. The keys of a realm stand in the directory of keys while the realm is in memory. A run of another
//!    realm passes the check of signatures unverified, and the writer asks again when the realm is there.

mod loader;
mod lru;
mod stats;
mod versions;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use pluto_core::RealmId;
use pluto_error::Result;

use crate::event_sourcing::{Capture, RealmState};
use lru::Lru;

pub(crate) use loader::Loader;
pub(crate) use stats::Counters;
pub use stats::{Resident, ShardStats};
pub(crate) use versions::Versions;

/// A realm in memory.
struct Here {
    state: RealmState,
    /// What it was last counted as.
    bytes: u64,
}

/// The writer's realms.
pub(crate) struct Shards {
    loader: Arc<Loader>,
    here: HashMap<RealmId, Here>,
    /// Those that can go.
    idle: Lru,
    /// Those with changes that no checkpoint holds or takes down.
    changed: BTreeSet<RealmId>,
    bytes: u64,
    bytes_max: u64,
    counters: Arc<Counters>,
}

impl Shards {
    pub(crate) fn new(loader: Arc<Loader>, bytes_max: u64, counters: Arc<Counters>) -> Self {
        Self {
            loader,
            here: HashMap::new(),
            idle: Lru::default(),
            changed: BTreeSet::new(),
            bytes: 0,
            bytes_max,
            counters,
        }
    }

    /// Whether the realm is known, in memory or not.
    pub(crate) fn knows(&self, realm: &RealmId) -> bool {
        self.here.contains_key(realm) || self.loader.catalogue.contains(realm)
    }

    /// A realm, loaded if it is not here; `None` for one that is not known.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) fn get(&mut self, realm: RealmId) -> Result<Option<&mut RealmState>> {
        if self.here.contains_key(&realm) {
            self.idle.touch(realm);
            self.counters.hit();
        } else if let Some(loaded) = self.loader.load(realm, &self.counters)? {
            self.put(realm, loaded.state, loaded.is_stored);
        }
        Ok(self.here(realm))
    }

    /// A realm, begun if it is not known.
    ///
    /// # Errors
    /// As [`Shards::get`].
    pub(crate) fn open(&mut self, realm: RealmId) -> Result<Option<&mut RealmState>> {
        if !self.knows(&realm) {
            let state = self.loader.catalogue.begin(realm, &self.loader.rules)?;
            self.put(realm, state, false);
        }
        self.get(realm)
    }

    /// A realm that is in memory already.
    pub(crate) fn here(&mut self, realm: RealmId) -> Option<&mut RealmState> {
        self.here.get_mut(&realm).map(|here| &mut here.state)
    }

    fn put(&mut self, realm: RealmId, state: RealmState, is_stored: bool) {
        for (event, (author, key)) in state.dag.keys() {
            self.loader.authenticator.keys().insert(*event, *author, *key);
        }
        let bytes = state.bytes();
        self.bytes += bytes;
        self.here.insert(realm, Here { state, bytes });
        if is_stored {
            self.idle.put(realm);
        } else {
            self.changed.insert(realm);
        }
        self.make_room();
    }

    /// The realm has changes that no checkpoint holds: it stays.
    pub(crate) fn change(&mut self, realm: RealmId) {
        self.changed.insert(realm);
        self.idle.take_out(realm);
    }

    /// Counts anew what a realm takes that has changed.
    pub(crate) fn measure(&mut self, realm: RealmId) {
        let Some(here) = self.here.get_mut(&realm) else { return };
        let bytes = here.state.bytes();
        self.bytes = self.bytes.saturating_sub(here.bytes) + bytes;
        here.bytes = bytes;
    }

    /// A refused genesis leaves no realm behind.
    pub(crate) fn drop_empty(&mut self, realm: RealmId) {
        if self.here(realm).is_some_and(|state| state.dag.tips().len() == 0) {
            self.changed.remove(&realm);
            self.let_go(realm);
        }
    }

    /// Lets realms go until those in memory are within the bound, or none is left that can.
    pub(crate) fn make_room(&mut self) {
        while self.bytes > self.bytes_max
            && let Some(realm) = self.idle.take_oldest()
        {
            self.let_go(realm);
            self.counters.evicted();
        }
        self.counters.holds(self.here.len(), self.bytes);
    }

    fn let_go(&mut self, realm: RealmId) {
        self.idle.take_out(realm);
        let Some(gone) = self.here.remove(&realm) else { return };
        self.bytes = self.bytes.saturating_sub(gone.bytes);
        for (event, _) in gone.state.dag.keys() {
            self.loader.authenticator.keys().remove(event);
        }
    }

    /// Whether memory is over the bound, all of it has changes, and a checkpoint would help: one of a
    /// single large realm would only be written again and again.
    pub(crate) fn wants_checkpoint(&self) -> bool {
        if self.bytes <= self.bytes_max || self.idle.can_give() {
            return false;
        }
        let changed = self.changed.iter().filter_map(|realm| self.here.get(realm));
        let (all, largest) = changed
            .fold((0, 0), |(all, largest), here| (all + here.bytes, here.bytes.max(largest)));
        all > 2 * largest
    }

    /// Loads the realms whose blobs were found damaged, so that the next checkpoint stores them anew.
    ///
    /// # Errors
    /// As [`Shards::get`].
    pub(crate) fn mend(&mut self) -> Result<()> {
        for realm in self.loader.take_broken() {
            if self.get(realm)?.is_some() {
                self.change(realm);
            }
        }
        Ok(())
    }

    /// The realms with changes that no checkpoint takes down yet.
    pub(crate) fn changed(&mut self) -> impl Iterator<Item = &mut RealmState> {
        let Self { here, changed, .. } = self;
        here.iter_mut().filter(|(realm, _)| changed.contains(*realm)).map(|(_, one)| &mut one.state)
    }

    /// Number of state entries in realms with changes.
    pub(crate) fn changed_entries(&self) -> u64 {
        let changed = self.changed.iter().filter_map(|realm| self.here.get(realm));
        changed.map(|here| here.state.tracker.maps().len() as u64).sum()
    }

    /// Captures every realm with changes, for a checkpoint.
    pub(crate) fn capture(&mut self) -> Vec<Capture> {
        let mut captures = Vec::with_capacity(self.changed.len());
        for realm in std::mem::take(&mut self.changed) {
            if let Some(here) = self.here.get_mut(&realm) {
                here.state.capturing();
                captures.push(Capture::of(&here.state));
            }
        }
        captures
    }

    /// The checkpoint of a realm under way has ended, at that number of events.
    pub(crate) fn captured(&mut self, realm: RealmId, len: u64, is_written: bool) {
        let Some(here) = self.here.get_mut(&realm) else { return };
        if is_written {
            here.state.stored(len);
        } else {
            self.changed.insert(realm);
        }
        if !self.changed.contains(&realm) {
            here.state.rest();
            self.idle.put(realm);
        }
        self.measure(realm);
    }
}
