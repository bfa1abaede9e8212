//! Records of a store by the value of an indexed field.

use pluto_core::policy::{Fault, Value};
use pluto_core::traits::StateView;
use pluto_core::{Canonical, VoidReason};
use pluto_ecl::interpreter::Program as Code;

use super::{Place, StoredTyped, index_key, record_key};

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The key.
    pub key: String,
    /// The entry.
    pub entry: StoredTyped,
    /// Its fields as the store has them now, or why they cannot be read.
    pub fields: Result<Vec<Value>, Fault>,
}

/// All records of a store, among `entries`, the entries of component `KvStore` in any order.
pub fn list<'e>(
    view: &dyn StateView,
    place: Place<'_>,
    code: &Code,
    entries: impl Iterator<Item = (&'e [u8], &'e [u8])>,
) -> Vec<Found> {
    let prefix = record_key(place, "");
    let mut found: Vec<Found> = entries
        .filter_map(|(key, value)| {
            let key = std::str::from_utf8(key.strip_prefix(prefix.as_slice())?).ok()?.to_owned();
            let entry = StoredTyped::decode(value).ok()?;
            let fields = place.fields(view, code, &entry);
            Some(Found { key, entry, fields })
        })
        .collect();
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found
}

/// The records whose indexed `field` has that value. The index answers for all records that were
/// written since it is there; older ones are read and looked at.
///
/// # Errors
/// `NotFound` without such a store, `OutOfRange` when the field has no index.
pub fn find<'e>(
    view: &dyn StateView,
    place: Place<'_>,
    code: &Code,
    (field, value): (&str, &Value),
    entries: impl Iterator<Item = (&'e [u8], &'e [u8])> + Clone,
) -> Result<Vec<Found>, VoidReason> {
    let schema = place.declared(view)?;
    let at = schema.fields.iter().position(|known| known.name == field);
    let at = at.ok_or(VoidReason::OutOfRange)?;
    let mut indexes = schema.indexes.iter().filter(|index| index.covers(schema.minor));
    let index = indexes.find(|index| usize::from(index.field) == at);
    let index = index.ok_or(VoidReason::OutOfRange)?;
    let prefix = index_key(place, schema.version, *index, value, None);
    let prefix = prefix.ok_or(VoidReason::OutOfRange)?;
    let named: Vec<&[u8]> =
        entries.clone().filter_map(|(key, _)| key.strip_prefix(prefix.as_slice())).collect();
    let mut found = list(view, place, code, entries);
    found.retain(|record| {
        let covered = record.entry.version == schema.version && record.entry.minor >= index.added;
        match covered {
            true => named.contains(&record.key.as_bytes()),
            false => record.fields.as_ref().is_ok_and(|fields| fields.get(at) == Some(value)),
        }
    });
    Ok(found)
}
