//! What a realm takes in memory, as an estimate that is cheap to ask for, and its outline.
//!
//! Counted are what grows: entries with their nodes in the maps, places, leaves, recent events with
//! their undo, authors, keys, checkpoints signed. The weights are of a 64-bit machine and on the safe
//! side; the program `shards` of the tests holds them against what the allocator says.

use std::sync::Arc;

use pluto_core::Component;
use pluto_core::payload::heads_root;
use pluto_merkle::log_tree::TILE_LEAVES;

use super::checkpoint::RealmOutline;
use super::realm_state::RealmState;
use super::tiles::Place;
use super::view::RealmView;
use crate::merkle_tracker::StateMaps;
use crate::snapshot::Snapshot;

/// A tree over components, and the smallest log tree.
const TREES_BYTES: u64 = 8 * 1024;
/// What an entry takes in a map beside key and value: two hashes and its share of the nodes above it.
const ENTRY_BYTES: u64 = 192;
/// An author's tip with its place in the table.
const TIP_BYTES: u64 = 192;
/// A key, in the realm and in the directory of keys.
const KEY_BYTES: u64 = 384;
/// A head.
const HEAD_BYTES: u64 = 64;
/// A checkpoint that somebody signed, or one that is final, with its places in the tables.
const CHECKPOINT_BYTES: u64 = 1024;
/// A leaf of the log tree, with the nodes above it.
const LEAF_BYTES: u64 = 64;
/// What is kept of a tile whose leaves are forgotten.
const TILE_BYTES: u64 = 64;

/// Bytes of a state of that content.
pub(crate) fn state_bytes(maps: &StateMaps, content_bytes: u64) -> u64 {
    size_of::<StateMaps>() as u64 + TREES_BYTES + content_bytes + maps.len() as u64 * ENTRY_BYTES
}

impl RealmState {
    /// About what it takes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let (content, undo) = self.working.bytes();
        let leaves = self.len().saturating_sub(self.tracker.log().forgotten());
        let dag = self.dag.tips().len() as u64 * TIP_BYTES
            + self.dag.keys().len() as u64 * KEY_BYTES
            + self.dag.head_count() as u64 * HEAD_BYTES;
        let signed = self.borders.list().len() + self.borders.candidates().len();
        state_bytes(self.tracker.maps(), content)
            + undo
            + self.recent_bytes
            + (self.places.len() * size_of::<Place>()) as u64
            + leaves * LEAF_BYTES
            + self.len() / TILE_LEAVES * TILE_BYTES
            + dag
            + signed as u64 * CHECKPOINT_BYTES
            + size_of::<Self>() as u64
    }

    /// About what a version of it takes in memory.
    pub(crate) fn version_bytes(&self) -> u64 {
        let heads = self.dag.head_count() as u64 * HEAD_BYTES;
        let (content, _) = self.working.bytes();
        state_bytes(self.tracker.maps(), content) + heads + size_of::<Snapshot>() as u64
    }

    /// What is kept of it when it is not in memory.
    pub(crate) fn outline(&self) -> Arc<RealmOutline> {
        Snapshot::of(&RealmView::new(self)).outline()
    }
}

impl Snapshot {
    /// The version in outline.
    #[must_use]
    pub fn outline(&self) -> Arc<RealmOutline> {
        let roots = self.roots();
        let of_all = || RealmOutline {
            events: roots.position,
            entries: self.entry_count() as u64,
            root: roots.state,
            heads_root: heads_root(self.heads()),
            bordered: self.border().is_some() || self.rival().is_some(),
            archived: !self.entries(Component::Archive).is_empty(),
            name: self.rules().map(|rules| rules.name).unwrap_or_default(),
        };
        Arc::clone(self.outlined().get_or_init(|| Arc::new(of_all())))
    }
}
