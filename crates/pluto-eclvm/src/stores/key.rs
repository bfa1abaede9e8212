//! Keys of store entries, and the names of stores in events.

use pluto_core::policy::Value;
use pluto_ecl::store::{Index, Shape};

use super::Place;

const STORE: u8 = b'c';
const SCHEMA: u8 = b'h';
const RECORD: u8 = b'r';
const INDEX: u8 = b'i';
/// What the collection of a record of a store begins with.
const COLLECTION: &str = "store:";

/// The collection that a `RecordPut` or `RecordDeleted` names for a store: `store:<slot>/<store>`.
#[must_use]
pub fn collection(place: Place<'_>) -> String {
    format!("{COLLECTION}{}/{}", place.slot, place.store)
}

/// The store that a collection names; none when it is a plain one. A slot may hold `/`, a store cannot.
#[must_use]
pub fn of_collection(collection: &str) -> Option<Place<'_>> {
    let rest = collection.strip_prefix(COLLECTION)?;
    let (slot, store) = rest.rsplit_once('/').unwrap_or(("", rest));
    Some(Place { slot, store })
}

/// The key of the state of a store.
#[must_use]
pub fn store_key(place: Place<'_>) -> Vec<u8> {
    keyed(STORE, place)
}

/// The key of the newest schema of a version.
#[must_use]
pub fn schema_key(place: Place<'_>, version: u16) -> Vec<u8> {
    let mut key = keyed(SCHEMA, place);
    key.extend_from_slice(&version.to_be_bytes());
    key
}

/// The key of a record.
#[must_use]
pub fn record_key(place: Place<'_>, key: &str) -> Vec<u8> {
    let mut out = keyed(RECORD, place);
    out.extend_from_slice(key.as_bytes());
    out
}

/// The key of an index entry; without a key of a record, what all entries of the value begin with.
#[must_use]
pub fn index_key(
    place: Place<'_>,
    version: u16,
    index: Index,
    value: &Value,
    key: Option<&str>,
) -> Option<Vec<u8>> {
    let mut out = keyed(INDEX, place);
    for number in [version, index.field, index.added] {
        out.extend_from_slice(&number.to_be_bytes());
    }
    out.extend_from_slice(&Shape::index_word(value)?);
    out.extend_from_slice(key.unwrap_or_default().as_bytes());
    Some(out)
}

fn keyed(tag: u8, Place { slot, store }: Place<'_>) -> Vec<u8> {
    let mut out = vec![tag];
    for name in [slot, store] {
        // Names are at most 128 bytes; a longer one has no entries.
        out.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(name.as_bytes());
    }
    out
}
