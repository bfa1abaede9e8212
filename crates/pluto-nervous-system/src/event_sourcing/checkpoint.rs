//! Checkpoints: every realm at one place of the log, so that opening costs the tail and not the log.
//!
//! A checkpoint of a realm is one canonical blob in chunks; a *manifest* names the blobs of all realms
//! and the log position they cover. Two manifests are kept: the newest whose blobs are whole counts.
//! Nothing here is needed to be durable: what is lost is folded again (`docs/formats/checkpoint.md`).

mod blob;
mod manifest;

use std::sync::Arc;

use pluto_core::traits::{KvBatch, KvStore, PublicKey};
use pluto_core::{Did, Digest, EventId, LogPosition, RealmId};
use pluto_error::Result;

use super::dag::Tip;
use super::realm_state::RealmState;
use super::tiles::{Place, encode_tile, tile_key};
use crate::merkle_tracker::{Roots, StateMaps};

pub use blob::CHECKPOINT_FORMAT;
pub use manifest::MANIFEST_FORMAT;
pub(crate) use manifest::{Manifest, RealmEntry};

crate::checkpoint_domains! {}

/// A realm as it was at one position: cheap to take, encoded elsewhere.
pub(crate) struct Capture {
    pub(crate) realm: RealmId,
    pub(crate) roots: Roots,
    maps: StateMaps,
    tile_roots: Vec<Digest>,
    tail: Vec<Place>,
    head_lamport: u64,
    heads: Vec<EventId>,
    tips: Vec<(Did, Tip)>,
    keys: Vec<(EventId, (Did, PublicKey))>,
    first_tile: u64,
    new_tiles: Vec<Vec<Place>>,
}
