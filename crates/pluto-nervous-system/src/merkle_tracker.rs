//! Keeps a realm's roots: one authenticated map per component, the tree over their roots, and the
//! log tree over the verdicts in canonical order.
//!
//! A root changes only through [`MerkleTracker::apply`], [`MerkleTracker::append`] and
//! [`MerkleTracker::truncate`]. Everything is hashed per batch, many nodes side by side; a version
//! for readers is a clone of shared nodes.

use pluto_core::{COMPONENT_COUNT, Component, Digest, RealmId};
use pluto_error::Result;
use pluto_merkle::component_tree::{ComponentTree, state_root};
use pluto_merkle::log_tree::{InclusionProof, LogTree, TileSource};
use pluto_merkle::map::StateMap;

/// Version of the state schema: which records the components hold.
pub const SCHEMA_VERSION: u16 = 1;

/// The maps of all components.
#[derive(Clone, Debug)]
pub struct StateMaps(pub(crate) [StateMap; COMPONENT_COUNT]);

impl Default for StateMaps {
    fn default() -> Self {
        Self(std::array::from_fn(|_| StateMap::new()))
    }
}

impl StateMaps {
    /// The map of one component.
    #[must_use]
    pub fn get(&self, component: Component) -> &StateMap {
        let [first, ..] = &self.0;
        self.0.get(component.index()).unwrap_or(first)
    }

    /// Number of entries in all components.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(StateMap::len).sum()
    }

    /// Whether no component has an entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The roots of a realm at one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Number of events covered.
    pub position: u64,
    /// Root of the log tree.
    pub log: Digest,
    /// Root of the component tree.
    pub tree: Digest,
    /// The state root: over realm, position and both other roots.
    pub state: Digest,
}

/// The Merkle structures of one realm.
#[derive(Clone, Debug)]
pub struct MerkleTracker {
    realm: RealmId,
    maps: StateMaps,
    components: ComponentTree,
    log: LogTree,
}

impl MerkleTracker {
    /// The structures of a realm without events.
    #[must_use]
    pub fn new(realm: RealmId) -> Self {
        Self::restore(realm, StateMaps::default(), LogTree::new())
    }

    /// Restores the structures from their parts.
    #[must_use]
    pub fn restore(realm: RealmId, maps: StateMaps, log: LogTree) -> Self {
        let mut components = ComponentTree::new();
        let roots = Component::ALL.map(|c| (c.number(), SCHEMA_VERSION, maps.get(c).root()));
        let placed = components.update(roots);
        debug_assert!(placed.is_ok(), "40 components have a place among 64");
        Self { realm, maps, components, log }
    }

    /// The maps.
    #[must_use]
    pub fn maps(&self) -> &StateMaps {
        &self.maps
    }

    /// The tree over the components.
    #[must_use]
    pub fn components(&self) -> &ComponentTree {
        &self.components
    }

    /// The log tree.
    #[must_use]
    pub fn log(&self) -> &LogTree {
        &self.log
    }

    /// Applies changes to one component.
    ///
    /// # Errors
    /// When a key or value is above the bounds of the map.
    pub fn apply<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        component: Component,
        changes: impl IntoIterator<Item = (K, Option<V>)>,
    ) -> Result<()> {
        if let Some(map) = self.maps.0.get_mut(component.index()) {
            map.apply(changes)?;
            self.components.set(component.number(), SCHEMA_VERSION, &map.root())?;
        }
        Ok(())
    }

    /// Appends leaves to the log tree.
    pub fn append(&mut self, leaves: &[Digest]) {
        self.log.extend(leaves);
    }

    /// Cuts the log tree back to `len` leaves.
    ///
    /// # Errors
    /// When `len` lies inside a part that is no longer in memory.
    pub fn truncate(&mut self, len: u64) -> Result<()> {
        self.log.truncate(len)
    }

    /// Drops from memory what proofs can read back from stored tiles.
    pub fn forget(&mut self, before: u64) {
        self.log.forget(before);
    }

    /// Lets go of the memory that changing the maps took.
    pub(crate) fn rest(&mut self) {
        for map in &mut self.maps.0 {
            *map = map.clone();
        }
    }

    /// Proves that leaf `index` is in the log.
    ///
    /// # Errors
    /// When there is no such leaf, or a stored tile cannot be read.
    pub fn inclusion(&self, index: u64, tiles: &impl TileSource) -> Result<InclusionProof> {
        self.log.inclusion(index, self.log.len(), tiles)
    }

    /// The roots now.
    #[must_use]
    pub fn roots(&self) -> Roots {
        let (position, log, tree) = (self.log.len(), self.log.root(), self.components.root());
        let state = state_root(&self.realm.0, position, &tree, &log);
        Roots { position, log, tree, state }
    }
}
