//! The blob of one realm: everything a fold needs to go on, with the roots it must lead to.
//!
//! Layout: `version u8 · realm · position u64 · log, tree and state root · tile roots · places after the last full tile · heads · tips · keys · borders · components`, each list behind
//! a u32 count, each component behind its number u16. A realm without borders and votes is written in version 2,
//! which has none; one in which nobody voted in a round in version 3, which has no rounds.

use std::sync::Arc;

use pluto_core::codec::{CodecError, Decoded, put_bytes};
use pluto_core::format::Format;
use pluto_core::limits::{STATE_KEY_BYTES_MAX, STATE_VALUE_BYTES_MAX};
use pluto_core::traits::{KvStore, PublicKey};
use pluto_core::{Canonical, Component, Did, Digest, EventId, Reader, RealmId};
use pluto_error::Result;
use pluto_merkle::log_tree::{LogTree, TILE_LEAVES};
use pluto_merkle::map::StateMap;

use super::super::borders::{Borders, put_borders, read_borders};
use super::super::dag::{Dag, Tip};
use super::super::footing::Footings;
use super::super::realm_state::RealmState;
use super::super::tiles::{Place, TileStore};
use super::manifest::RealmOutline;
use crate::error::NervousError;
use crate::merkle_tracker::{MerkleTracker, Roots, StateMaps};

/// The checkpoint of one realm.
pub const CHECKPOINT_FORMAT: Format = Format::new("checkpoint", 4);
/// The version without rounds.
const WITHOUT_ROUNDS: Format = Format::new("checkpoint", 3);
/// The version without borders.
const WITHOUT_BORDERS: Format = Format::new("checkpoint", 2);

/// A realm as it was at one position: cheap to take, encoded elsewhere.
pub(crate) struct Capture {
    pub(crate) realm: RealmId,
    pub(crate) roots: Roots,
    pub(super) outline: Arc<RealmOutline>,
    maps: StateMaps,
    tile_roots: Vec<Digest>,
    tail: Vec<Place>,
    heads: Vec<(EventId, u64)>,
    tips: Vec<(Did, Tip)>,
    keys: Vec<(EventId, (Did, PublicKey))>,
    borders: Borders,
    first_tile: u64,
    tiles: Vec<Vec<Place>>,
}

impl Capture {
    pub(crate) fn of(state: &RealmState) -> Self {
        let (tiles, tail) = state.tiles_from(state.stored_tiles);
        Self {
            realm: state.realm,
            roots: state.roots(),
            outline: state.outline(),
            maps: state.tracker.maps().clone(),
            tile_roots: state.tracker.log().tile_roots().collect(),
            tail,
            heads: state.dag.heads(),
            tips: ends(&state.dag),
            keys: state.dag.keys().map(|(event, key)| (*event, *key)).collect(),
            borders: state.borders.clone(),
            first_tile: state.stored_tiles,
            tiles,
        }
    }

    /// The tiles that are not stored yet, with their numbers.
    pub(crate) fn new_tiles(&self) -> impl Iterator<Item = (u64, &[Place])> {
        (self.first_tile..).zip(self.tiles.iter().map(Vec::as_slice))
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let has_borders = !self.borders.is_empty();
        let has_rounds = self.borders.has_rounds();
        let format = match (has_rounds, has_borders) {
            (true, _) => CHECKPOINT_FORMAT,
            (false, true) => WITHOUT_ROUNDS,
            (false, false) => WITHOUT_BORDERS,
        };
        let mut out = vec![format.version];
        out.extend_from_slice(&self.realm.0);
        out.extend_from_slice(&self.roots.position.to_be_bytes());
        for root in [&self.roots.log, &self.roots.tree, &self.roots.state] {
            out.extend_from_slice(&root.0);
        }
        put_list(&mut out, &self.tile_roots, |out, root| out.extend_from_slice(&root.0));
        put_list(&mut out, &self.tail, |out, place| place.encode_into(out));
        put_list(&mut out, &self.heads, put_head);
        put_list(&mut out, &self.tips, put_tip);
        let mut keys = self.keys.clone();
        keys.sort_unstable_by_key(|(event, _)| *event);
        put_list(&mut out, &keys, put_key);
        if has_borders {
            put_borders(&mut out, &self.borders, has_rounds);
        }
        for component in Component::ALL {
            let map = self.maps.get(component);
            if !map.is_empty() {
                out.extend_from_slice(&component.number().to_be_bytes());
                put_map(&mut out, map);
            }
        }
        out
    }
}

/// By author: the ends of branches in order of their ids, then the tip.
fn ends(dag: &Dag) -> Vec<(Did, Tip)> {
    let branches = dag.branch_ends().map(|(did, end)| (did, false, end));
    let tips = dag.tips().map(|(did, tip)| (*did, true, *tip));
    let mut ends: Vec<(Did, bool, Tip)> = branches.chain(tips).collect();
    ends.sort_unstable_by_key(|(did, is_tip, end)| (*did, *is_tip, end.id));
    ends.into_iter().map(|(did, _, end)| (did, end)).collect()
}

fn put_list<T>(out: &mut Vec<u8>, list: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
    out.extend_from_slice(&u32::try_from(list.len()).unwrap_or(u32::MAX).to_be_bytes());
    list.iter().for_each(|item| put(out, item));
}

fn put_head(out: &mut Vec<u8>, (id, lamport): &(EventId, u64)) {
    out.extend_from_slice(&id.0);
    out.extend_from_slice(&lamport.to_be_bytes());
}

fn put_tip(out: &mut Vec<u8>, (did, tip): &(Did, Tip)) {
    did.encode_into(out);
    out.extend_from_slice(&tip.id.0);
    out.extend_from_slice(&tip.author_seq.to_be_bytes());
    out.extend_from_slice(&tip.lamport.to_be_bytes());
    out.extend_from_slice(&tip.key_ref.0);
}

fn put_key(out: &mut Vec<u8>, (event, (did, key)): &(EventId, (Did, PublicKey))) {
    out.extend_from_slice(&event.0);
    did.encode_into(out);
    out.extend_from_slice(key);
}

fn put_map(out: &mut Vec<u8>, map: &StateMap) {
    out.extend_from_slice(&u32::try_from(map.len()).unwrap_or(u32::MAX).to_be_bytes());
    for (key, value) in map {
        put_bytes(out, key);
        put_bytes(out, value);
    }
}

/// Restores a realm from its blob and checks every root.
pub(crate) fn restore(
    realm: RealmId,
    blob: &[u8],
    store: &Arc<dyn KvStore>,
    footings: &Arc<Footings>,
) -> Result<RealmState> {
    let mismatch = |what| NervousError::CheckpointMismatch { realm, what };
    let parts = Parts::decode(blob)?;
    if parts.realm != realm {
        return Err(mismatch("realm").into());
    }
    let log = LogTree::from_tiles(&parts.tile_roots, &Place::leaves(&parts.tail));
    let mut maps = StateMaps::default();
    for (component, entries) in parts.maps {
        if let Some(map) = maps.0.get_mut(component.index()) {
            // A clone leaves behind the memory that making it took.
            *map = StateMap::from_entries(entries)?.clone();
        }
    }
    let tracker = MerkleTracker::restore(realm, maps, log);
    if tracker.roots() != parts.roots {
        return Err(mismatch("root").into());
    }
    let dag = Dag::restore(realm, parts.tips, parts.heads, parts.keys);
    let tiles = TileStore::new(realm, Arc::clone(store));
    let mut state = RealmState::restore(dag, tracker, parts.tail, tiles, Arc::clone(footings));
    state.borders = parts.borders;
    Ok(state)
}

type Entries<'a> = Vec<(&'a [u8], &'a [u8])>;

struct Parts<'a> {
    realm: RealmId,
    roots: Roots,
    tile_roots: Vec<Digest>,
    tail: Vec<Place>,
    heads: Vec<(EventId, u64)>,
    tips: Vec<(Did, Tip)>,
    keys: Vec<(EventId, (Did, PublicKey))>,
    borders: Borders,
    maps: Vec<(Component, Entries<'a>)>,
}

impl<'a> Parts<'a> {
    fn decode(blob: &'a [u8]) -> Decoded<Self> {
        let mut input = Reader::new(blob);
        let version = input.u8()?;
        if !(WITHOUT_BORDERS.version..=CHECKPOINT_FORMAT.version).contains(&version) {
            let known = CHECKPOINT_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "checkpoint", found: version, known });
        }
        let realm = RealmId(input.array()?);
        let position = input.u64()?;
        let [log, tree, state] =
            [Digest(input.array()?), Digest(input.array()?), Digest(input.array()?)];
        let parts = Self {
            realm,
            roots: Roots { position, log, tree, state },
            tile_roots: list(&mut input, |input| input.array().map(Digest))?,
            tail: list(&mut input, Place::decode_from)?,
            heads: list(&mut input, |input| Ok((EventId(input.array()?), input.u64()?)))?,
            tips: list(&mut input, read_tip)?,
            keys: list(&mut input, read_key)?,
            borders: match version == WITHOUT_BORDERS.version {
                true => Borders::default(),
                false => read_borders(&mut input, version == CHECKPOINT_FORMAT.version)?,
            },
            maps: read_maps(&mut input)?,
        };
        if parts.tail.len() as u64 >= TILE_LEAVES {
            return Err(CodecError::NotCanonical("places after the last tile"));
        }
        Ok(parts)
    }
}

/// Reads a counted list. Memory grows with the bytes read, never with the count claimed.
fn list<'a, T>(
    input: &mut Reader<'a>,
    item: impl Fn(&mut Reader<'a>) -> Decoded<T>,
) -> Decoded<Vec<T>> {
    let count = input.u32()?;
    let mut out = Vec::new();
    for _ in 0..count {
        out.push(item(input)?);
    }
    Ok(out)
}

fn read_tip(input: &mut Reader<'_>) -> Decoded<(Did, Tip)> {
    let did = Did::decode_from(input)?;
    let tip = Tip {
        id: EventId(input.array()?),
        author_seq: input.u64()?,
        lamport: input.u64()?,
        key_ref: EventId(input.array()?),
    };
    Ok((did, tip))
}

fn read_key(input: &mut Reader<'_>) -> Decoded<(EventId, (Did, PublicKey))> {
    Ok((EventId(input.array()?), (Did::decode_from(input)?, input.array()?)))
}

fn read_maps<'a>(input: &mut Reader<'a>) -> Decoded<Vec<(Component, Entries<'a>)>> {
    let mut maps = Vec::new();
    while !input.rest().is_empty() {
        let number = input.u16()?;
        let component = Component::from_number(number)
            .ok_or(CodecError::BadValue { what: "component", found: u64::from(number) })?;
        let entries = list(input, |input| {
            let key = input.bytes("state key", STATE_KEY_BYTES_MAX)?;
            Ok((key, input.bytes("state value", STATE_VALUE_BYTES_MAX)?))
        })?;
        maps.push((component, entries));
    }
    Ok(maps)
}
