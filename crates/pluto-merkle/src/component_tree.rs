//! The tree over the 64 components of a realm's state, and the state root above it.
//!
//! Every component has a fixed place, its number. A leaf binds the number, the schema version and the
//! root of the component's map; an unused place is the zero digest. The depth is always 6, so a proof
//! is always 192 bytes.

use pluto_core::hash::Digest;
use pluto_error::Result;

use crate::error::MerkleError;
use crate::log_tree::same;
use crate::pair::pair;

pluto_core::domains! {
    LEAF = "pluto component leaf v1";
    NODE = "pluto component node v1";
    STATE = "pluto state root v1";
}

/// Places in the tree.
pub const COMPONENTS_MAX: u16 = 64;
/// Digests in a proof.
pub const COMPONENT_PATH_HASHES: usize = 6;

const PLACES: usize = COMPONENTS_MAX as usize;

/// The state root: what a checkpoint is about.
///
/// `position` is the number of events folded; `components` the root of the component tree, `log` that
/// of the log tree.
#[must_use]
pub fn state_root(realm: &[u8; 32], position: u64, components: &Digest, log: &Digest) -> Digest {
    STATE.hash_parts(&[realm, &position.to_be_bytes(), &components.0, &log.0])
}

/// One root per component, under one root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentTree {
    /// Node 1 is the root; the children of node `n` are `2n` and `2n + 1`; leaves start at 64.
    nodes: Box<[Digest; 2 * PLACES]>,
}

impl Default for ComponentTree {
    fn default() -> Self {
        let mut tree = Self { nodes: Box::new([Digest::ZERO; 2 * PLACES]) };
        tree.rehash(u64::MAX);
        tree
    }
}

impl ComponentTree {
    /// The tree in which no place is used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the map root of one component.
    ///
    /// # Errors
    /// `MRK-0004` if there is no such place.
    pub fn set(&mut self, component: u16, schema: u16, map_root: &Digest) -> Result<()> {
        self.update([(component, schema, *map_root)])
    }

    /// Sets the map roots of several components, given as (component, schema version, map root).
    /// Nothing changes on error.
    ///
    /// # Errors
    /// `MRK-0004` if there is no such place.
    pub fn update(&mut self, changes: impl IntoIterator<Item = (u16, u16, Digest)>) -> Result<()> {
        let changes: Vec<_> = changes.into_iter().collect();
        changes.iter().try_for_each(|(component, ..)| check_component(*component))?;
        let mut dirty = 0_u64;
        for (component, schema, map_root) in changes {
            if let Some(leaf) = self.nodes.get_mut(PLACES + usize::from(component)) {
                *leaf = component_leaf(component, schema, &map_root);
                dirty |= 1 << component;
            }
        }
        self.rehash(dirty);
        Ok(())
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.node(1)
    }

    /// Proves the leaf of one component.
    ///
    /// # Errors
    /// `MRK-0004` if there is no such place.
    pub fn prove(&self, component: u16) -> Result<ComponentProof> {
        check_component(component)?;
        let leaf = PLACES + usize::from(component);
        Ok(ComponentProof { path: std::array::from_fn(|level| self.node(leaf >> level ^ 1)) })
    }

    fn node(&self, at: usize) -> Digest {
        self.nodes.get(at).copied().unwrap_or_default()
    }

    /// Hashes the nodes above the leaves set in `dirty`, level by level.
    fn rehash(&mut self, mut dirty: u64) {
        let mut width = PLACES / 2;
        while width > 0 {
            dirty =
                (0..width).fold(0, |mask, at| mask | u64::from(dirty >> (2 * at) & 3 != 0) << at);
            let places: Vec<usize> = (0..width).filter(|at| dirty >> at & 1 == 1).collect();
            let pairs: Vec<[u8; 64]> = places
                .iter()
                .map(|at| pair(&self.node(2 * (width + at)), &self.node(2 * (width + at) + 1)))
                .collect();
            let mut digests = Vec::with_capacity(pairs.len());
            NODE.hash_many(&pairs.iter().collect::<Vec<_>>(), &mut digests);
            for (at, digest) in places.iter().zip(digests) {
                if let Some(node) = self.nodes.get_mut(width + at) {
                    *node = digest;
                }
            }
            width /= 2;
        }
    }
}

/// Shows that a component has a map root: its siblings from the leaf up, 192 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentProof {
    /// Siblings, from the leaf up.
    pub path: [Digest; COMPONENT_PATH_HASHES],
}

impl ComponentProof {
    /// The root of the tree in which `component` has `map_root`, as far as this proof shows.
    ///
    /// # Errors
    /// `MRK-0004` if there is no such place.
    pub fn root(&self, component: u16, schema: u16, map_root: &Digest) -> Result<Digest> {
        check_component(component)?;
        let leaf = component_leaf(component, schema, map_root);
        Ok(self.path.iter().enumerate().fold(leaf, |digest, (level, sibling)| {
            let message = if component >> level & 1 == 1 {
                pair(sibling, &digest)
            } else {
                pair(&digest, sibling)
            };
            NODE.hash_one(&message)
        }))
    }
}

/// Checks that in the tree with `root` the component has `map_root` under schema version `schema`.
///
/// # Errors
/// `MRK-0004` if there is no such place, `MRK-0006` if the proof leads to another root.
pub fn verify_component(
    root: &Digest,
    component: u16,
    schema: u16,
    map_root: &Digest,
    proof: &ComponentProof,
) -> Result<()> {
    same("component root", root, &proof.root(component, schema, map_root)?)
}

fn component_leaf(component: u16, schema: u16, map_root: &Digest) -> Digest {
    LEAF.hash_parts(&[&component.to_be_bytes(), &schema.to_be_bytes(), &map_root.0])
}

fn check_component(component: u16) -> Result<()> {
    if component < COMPONENTS_MAX {
        return Ok(());
    }
    let max = u64::from(COMPONENTS_MAX - 1);
    Err(MerkleError::OutOfRange { what: "component", max, found: u64::from(component) }.into())
}

#[cfg(test)]
mod tests;
