//! Tiles: the canonical order on disk, 256 places to a tile.
//!
//! A place is `lamport u64 ‖ id 32 ‖ verdict u16`, for a decision also the state root it was judged on,
//! so a tile holds the order, the verdicts, and the leaves of the log tree at once
//! (`docs/formats/checkpoint.md`). Tiles are written behind, with checkpoints, and can always be
//! rebuilt from the log: those of version 1, which had no decisions, are.

use std::sync::Arc;

use pluto_core::codec::{CodecError, Decoded};
use pluto_core::format::Format;
use pluto_core::traits::KvStore;
use pluto_core::verdict::{decision_leaf, leaf_block, leaf_digest, leaf_digests};
use pluto_core::{Canonical, Digest, EventId, Reader, RealmId, Verdict};
use pluto_error::Result;
use pluto_merkle::log_tree::{TILE_LEAVES, TileSource};

use crate::error::NervousError;

/// A tile of the canonical order.
pub const TILE_FORMAT: Format = Format::new("tile", 2);

/// Bytes of an encoded place that is no decision.
const PLACE_BYTES: usize = 8 + 32 + 2 + 1;

/// One place in the canonical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Lamport time.
    pub lamport: u64,
    /// The event.
    pub id: EventId,
    /// Its verdict.
    pub verdict: Verdict,
    /// The state root just before it, if it is a decision (kind 72). Apart, because hardly any is.
    pub judged_on: Option<Box<Digest>>,
}

impl Place {
    /// What the canonical order sorts by.
    #[must_use]
    pub fn order_key(&self) -> (u64, EventId) {
        (self.lamport, self.id)
    }

    /// Its leaf in the log tree.
    #[must_use]
    pub fn leaf(&self) -> Digest {
        match &self.judged_on {
            Some(root) => decision_leaf(&self.id, self.verdict, root),
            None => leaf_digest(&self.id, self.verdict),
        }
    }

    /// The leaves of many places, hashed side by side.
    pub(crate) fn leaves(places: &[Self]) -> Vec<Digest> {
        let blocks: Vec<_> =
            places.iter().map(|place| leaf_block(&place.id, place.verdict)).collect();
        let mut leaves = Vec::with_capacity(places.len());
        leaf_digests(&blocks, &mut leaves);
        // The few decisions have a domain of their own.
        let decisions = places.iter().zip(&mut leaves).filter(|(place, _)| place.is_decision());
        decisions.for_each(|(place, leaf)| *leaf = place.leaf());
        leaves
    }

    fn is_decision(&self) -> bool {
        self.judged_on.is_some()
    }
}

impl Canonical for Place {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.lamport.to_be_bytes());
        out.extend_from_slice(&self.id.0);
        out.extend_from_slice(&self.verdict.code().to_be_bytes());
        out.push(u8::from(self.is_decision()));
        out.extend(self.judged_on.iter().flat_map(|root| root.0));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let lamport = input.u64()?;
        let id = EventId(input.array()?);
        let code = input.u16()?;
        let bad = CodecError::BadValue { what: "verdict", found: u64::from(code) };
        let verdict = Verdict::from_code(code).ok_or(bad)?;
        let judged_on = match input.u8()? {
            0 => None,
            1 => Some(Box::new(Digest(input.array()?))),
            other => {
                let found = u64::from(other);
                return Err(CodecError::BadValue { what: "flag of a decision", found });
            }
        };
        Ok(Self { lamport, id, verdict, judged_on })
    }
}

/// Key of a tile: `t` ‖ realm ‖ number u64.
pub(crate) fn tile_key(realm: RealmId, number: u64) -> Vec<u8> {
    let mut key = vec![b't'];
    key.extend_from_slice(&realm.0);
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// Encodes one tile.
pub(crate) fn encode_tile(places: &[Place]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + places.len() * PLACE_BYTES);
    out.push(TILE_FORMAT.version);
    places.iter().for_each(|place| place.encode_into(&mut out));
    out
}

fn decode_tile(bytes: &[u8]) -> Decoded<Vec<Place>> {
    let mut input = Reader::new(bytes);
    let version = input.u8()?;
    if version != TILE_FORMAT.version {
        let known = TILE_FORMAT.version;
        return Err(CodecError::UnknownVersion { what: "tile", found: version, known });
    }
    let places =
        (0..TILE_LEAVES).map(|_| Place::decode_from(&mut input)).collect::<Decoded<_>>()?;
    input.finish()?;
    Ok(places)
}

/// Reads the stored tiles of one realm.
#[derive(Clone)]
pub struct TileStore {
    realm: RealmId,
    store: Arc<dyn KvStore>,
}

impl TileStore {
    /// The tiles of `realm` in `store`.
    #[must_use]
    pub fn new(realm: RealmId, store: Arc<dyn KvStore>) -> Self {
        Self { realm, store }
    }

    pub(crate) fn realm(&self) -> RealmId {
        self.realm
    }

    pub(crate) fn store(&self) -> &Arc<dyn KvStore> {
        &self.store
    }

    /// The 256 places of tile `number`.
    ///
    /// # Errors
    /// `NRV-0010` when the tile is missing or damaged.
    pub fn places(&self, number: u64) -> Result<Vec<Place>> {
        let missing = NervousError::TileMissing { realm: self.realm, tile: number };
        let bytes =
            self.store.get(&tile_key(self.realm, number))?.ok_or_else(|| missing.clone())?;
        Ok(decode_tile(&bytes).map_err(|_| missing)?)
    }
}

impl TileSource for TileStore {
    fn tile(&self, number: u64) -> Result<Vec<Digest>> {
        Ok(Place::leaves(&self.places(number)?))
    }
}
