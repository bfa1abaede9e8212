//! The footing of a realm: its state at a border, kept for good, from which it is folded anew.
//!
//! A realm can always be folded from its first event, as long as every payload is there. Where payloads
//! were erased, the footing stands for what cannot be folded any more:
//!
//! 1. It is taken at a border, just before the border's own step: there its roots are those that the
//!    witnesses signed, and no place before it moves any more.
//! 2. It holds every place before the border with its verdict, the tips, heads and keys that those events
//!    left, the state, and the proposal of the border. So a fold from here gives the same roots as one
//!    from the first event did, on a node that has nothing but this and the log.
//! 3. A payload of what stands before it is neither taken in again nor asked for.
//!
//! Only the newest footing of a realm is kept: a later one is folded from the one before.

mod adopt;
mod build;
mod codec;
mod stand;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use pluto_core::format::Format;
use pluto_core::{Canonical, Digest, Event, RealmId, Run};
use pluto_error::Result;

use super::borders::{Border, Vote};
use super::realm_state::RealmState;
use super::tiles::Place;
use crate::error::NervousError;
use crate::writer::Authenticator;

pub(crate) use adopt::Adoption;
pub use adopt::SignedBorder;
pub(crate) use build::{Basis, build};

/// The state of a realm at a border, as it is kept.
pub const FOOTING_FORMAT: Format = Format::new("footing", 1);

/// Where footings are kept. Unlike a checkpoint, one that is lost cannot be made again.
pub trait FootingStore: Send + Sync {
    /// The realms that have one.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn realms(&self) -> Result<Vec<RealmId>>;

    /// The footing of a realm, as it was put.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, realm: RealmId) -> Result<Option<Vec<u8>>>;

    /// Keeps a footing in place of the one before. Durable on return; after a crash either is there whole.
    ///
    /// # Errors
    /// When it cannot be written; the one before is there still.
    fn put(&self, realm: RealmId, footing: &[u8]) -> Result<()>;
}

/// Footings in memory, for folds that nobody opens again.
#[derive(Debug, Default)]
pub struct MemoryFootings(Mutex<BTreeMap<RealmId, Vec<u8>>>);

impl FootingStore for MemoryFootings {
    fn realms(&self) -> Result<Vec<RealmId>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect())
    }

    fn get(&self, realm: RealmId) -> Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&realm).cloned())
    }

    fn put(&self, realm: RealmId, footing: &[u8]) -> Result<()> {
        let mut footings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        footings.insert(realm, footing.to_vec());
        Ok(())
    }
}

/// A footing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footing {
    realm: RealmId,
    /// The border that it stands before, without who decides behind it.
    border: Border,
    /// The run with the event that proposes it.
    run: Run,
    /// The places of all full tiles.
    tiles: Vec<Place>,
    /// The realm there, as checkpoints keep it.
    blob: Vec<u8>,
}

impl Footing {
    /// Payload hash of the final checkpoint at whose border it stands.
    #[must_use]
    pub const fn checkpoint(&self) -> Digest {
        self.border.checkpoint
    }

    /// How many events stand before it.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.border.position
    }
}

/// The footings of a node.
pub(crate) struct Footings {
    store: Arc<dyn FootingStore>,
    /// What each stands behind: the number of events.
    positions: RwLock<BTreeMap<RealmId, u64>>,
}

impl Footings {
    /// Reads which realms have one.
    pub(crate) fn open(store: Arc<dyn FootingStore>) -> Result<Self> {
        let mut positions = BTreeMap::new();
        for realm in store.realms()? {
            if let Some(footing) = load(&*store, realm)? {
                positions.insert(realm, footing.border.position);
            }
        }
        Ok(Self { store, positions: RwLock::new(positions) })
    }

    /// How many events of a realm stand before its footing; none without one.
    pub(crate) fn position(&self, realm: &RealmId) -> u64 {
        let positions = self.positions.read().unwrap_or_else(PoisonError::into_inner);
        positions.get(realm).copied().unwrap_or_default()
    }

    /// The footing of a realm.
    pub(crate) fn get(&self, realm: RealmId) -> Result<Option<Footing>> {
        if self.position(&realm) == 0 { Ok(None) } else { load(&*self.store, realm) }
    }

    /// Keeps a footing for good.
    pub(crate) fn put(&self, footing: &Footing) -> Result<()> {
        self.store.put(footing.realm, &footing.encode())?;
        let mut positions = self.positions.write().unwrap_or_else(PoisonError::into_inner);
        positions.insert(footing.realm, footing.border.position);
        Ok(())
    }

    /// Keeps a footing for the next opening, unless the realm stands on it or on a later one. As the realm is
    /// in memory it does not stand there.
    fn keep(&self, footing: &Footing) -> Result<()> {
        let stands = load(&*self.store, footing.realm)?.map_or(0, |kept| kept.border.position);
        if stands >= footing.border.position {
            return Ok(());
        }
        self.store.put(footing.realm, &footing.encode())
    }
}

/// Puts an event into the set of a realm that has its past: tips, heads, keys and votes.
fn enter(state: &mut RealmState, event: &Event, authenticator: &Authenticator) {
    let run = Arc::new(vec![event.clone()]);
    authenticator.learn_keys(&run, 0, &mut state.dag);
    let _ = state.dag.insert(&run, 0);
    if let Some(vote) = Vote::of(event) {
        state.borders.note(vote);
    }
}

fn load(store: &dyn FootingStore, realm: RealmId) -> Result<Option<Footing>> {
    let Some(bytes) = store.get(realm)? else { return Ok(None) };
    let footing = Footing::decode(&bytes)?;
    let is_right = footing.realm == realm && footing.border.position > 0;
    if is_right { Ok(Some(footing)) } else { Err(mismatch(realm, "realm").into()) }
}

const fn mismatch(realm: RealmId, what: &'static str) -> NervousError {
    NervousError::FootingMismatch { realm, what }
}
