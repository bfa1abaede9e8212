//! Records of stores in the state, with their indexes.
//!
//! Everything lies in component `KvStore`, beside plain records and apart from them: a plain key begins
//! with a zero byte, these with a letter. Slot, store and words of an index stand with their lengths,
//! so no name reaches into another's place.
//!
//! A record is written under the newest schema and read through all later ones: defaults of fields that
//! came with a minor, migrations from version to version. Its index entries are those of the version
//! and minor it was written under, which the record names; so they can be removed exactly when it is
//! replaced, however old it is. What an index does not cover, because it is younger than the record,
//! [`find`] reads and looks at.

mod entry;
mod evolution;
mod find;
mod key;

use pluto_core::policy::{Fault, Value};
use pluto_core::state::read;
use pluto_core::traits::{Effects, StateView};
use pluto_core::{Canonical, Component, Event, VoidReason};
use pluto_ecl::interpreter::Program as Code;
use pluto_ecl::store::{STORE_KEY_BYTES_MAX, Schema, newest};

pub use entry::{StoreState, StoredTyped};
pub(crate) use evolution::install;
pub use evolution::{Evolution, evolution};
pub use find::{Found, find, list};
pub use key::{collection, index_key, of_collection, record_key, schema_key, store_key};

/// Where the records of a store are.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The slot of the bundle.
    pub slot: &'a str,
    /// The store.
    pub store: &'a str,
}

impl Place<'_> {
    /// The version the store is at, if a bundle ever declared it.
    #[must_use]
    pub fn state(self, view: &dyn StateView) -> Option<StoreState> {
        read(view, Component::KvStore, &store_key(self))
    }

    /// The newest schema of a version.
    #[must_use]
    pub fn schema(self, view: &dyn StateView, version: u16) -> Option<Schema> {
        let bytes = view.get(Component::KvStore, &schema_key(self, version))?;
        Schema::from_bytes(&bytes).ok()
    }

    /// The newest schema, if the bundle in the slot declares the store.
    ///
    /// # Errors
    /// `NotFound` when it does not.
    pub fn declared(self, view: &dyn StateView) -> Result<Schema, VoidReason> {
        let state = self.state(view).filter(|state| state.declared);
        state.and_then(|state| self.schema(view, state.version)).ok_or(VoidReason::NotFound)
    }

    /// The entry under a key.
    #[must_use]
    pub fn stored(self, view: &dyn StateView, key: &str) -> Option<StoredTyped> {
        if key.len() > STORE_KEY_BYTES_MAX {
            return None;
        }
        read(view, Component::KvStore, &record_key(self, key))
    }

    /// The fields of an entry as the store has them now: any age reads, or is a fault.
    ///
    /// # Errors
    /// `NotSupported` when the bundle does not lead there, `Engine` when the entry is not of its
    /// schema, and whatever a migration runs into.
    pub fn fields(
        self,
        view: &dyn StateView,
        code: &Code,
        entry: &StoredTyped,
    ) -> Result<Vec<Value>, Fault> {
        let schema = self.schema(view, entry.version).ok_or(Fault::Engine)?;
        let values = schema.decode_fields(schema.width(entry.minor), &entry.fields);
        let values = values.ok().and_then(|values| schema.complete(values)).ok_or(Fault::Engine)?;
        newest(code, self.store, entry.version, values)
    }

    /// Proposes to set a record, and what that changes in its indexes. `view` shows what was written
    /// before, `out` what is proposed already.
    ///
    /// # Errors
    /// `NotFound` without such a store, `OutOfRange` for a key or record that is too long,
    /// `MalformedPayload` for fields of another schema.
    pub fn put(
        self,
        view: &dyn StateView,
        event: &Event,
        key: &str,
        values: Vec<Value>,
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        if key.len() > STORE_KEY_BYTES_MAX {
            return Err(VoidReason::OutOfRange);
        }
        let schema = self.declared(view)?;
        let values = schema.complete(values).filter(|values| schema.accepts(values));
        let values = values.ok_or(VoidReason::MalformedPayload)?;
        let fields = schema.encode_fields(&values).ok_or(VoidReason::OutOfRange)?;
        let written = Overlay { view, out };
        let old = self.stored(&written, key).map(|old| self.entries(view, key, &old));
        let old = old.unwrap_or_default();
        let entry = StoredTyped {
            version: schema.version,
            minor: schema.minor,
            author: event.header.author,
            event: event.id,
            fields,
        };
        let new = self.words(key, &schema, schema.minor, &values);
        for gone in old.iter().filter(|entry| !new.contains(entry)) {
            out.remove(Component::KvStore, gone.clone());
        }
        out.put(Component::KvStore, record_key(self, key), entry.encode());
        for fresh in new.into_iter().filter(|entry| !old.contains(entry)) {
            out.put(Component::KvStore, fresh, INDEXED);
        }
        Ok(())
    }

    /// Proposes to remove a record and its index entries.
    ///
    /// # Errors
    /// `NotFound` without such a record or store.
    pub fn delete(
        self,
        view: &dyn StateView,
        key: &str,
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        self.declared(view)?;
        let old = self.stored(&Overlay { view, out }, key).ok_or(VoidReason::NotFound)?;
        for gone in self.entries(view, key, &old) {
            out.remove(Component::KvStore, gone);
        }
        out.remove(Component::KvStore, record_key(self, key));
        Ok(())
    }

    /// Keys of the index entries that an entry has.
    fn entries(self, view: &dyn StateView, key: &str, entry: &StoredTyped) -> Vec<Vec<u8>> {
        let Some(schema) = self.schema(view, entry.version) else { return Vec::new() };
        let values = schema.decode_fields(schema.width(entry.minor), &entry.fields);
        self.words(key, &schema, entry.minor, &values.unwrap_or_default())
    }

    fn words(self, key: &str, schema: &Schema, minor: u16, values: &[Value]) -> Vec<Vec<u8>> {
        let covering = schema.indexes.iter().filter(|index| index.covers(minor));
        covering
            .filter_map(|index| {
                let value = values.get(usize::from(index.field))?;
                index_key(self, schema.version, *index, value, Some(key))
            })
            .collect()
    }
}

/// The value of an index entry: its key says everything.
const INDEXED: [u8; 1] = [1];

/// A state with what one step has proposed so far.
pub(crate) struct Overlay<'a> {
    pub(crate) view: &'a dyn StateView,
    pub(crate) out: &'a Effects,
}

impl StateView for Overlay<'_> {
    fn realm(&self) -> pluto_core::RealmId {
        self.view.realm()
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<std::sync::Arc<[u8]>> {
        let last = self.out.writes.iter().rev();
        let mut written = last.filter(|write| write.component == component && write.key == key);
        match written.next() {
            Some(write) => write.value.clone(),
            None => self.view.get(component, key),
        }
    }

    fn time_ms(&self) -> u64 {
        self.view.time_ms()
    }
}
