//! Records of stores that members write: events whose collection is `store:<slot>/<store>`.
//!
//! The value is a typed record of the version the store is at; whatever else it is, is void. All other
//! collections go to the engine of plain records.

use std::sync::Arc;

use pluto_core::payload::{RecordDeleted, RecordPutRef, payload_bytes, payload_of};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Component, Event, Kind, Verdict, VoidReason};
use pluto_ecl::store::{Schema, TypedRecord};

use crate::stores::{Place, of_collection};

/// Keeps typed records in component `KvStore`, beside the plain ones.
pub struct StoreEngine {
    plain: Arc<dyn Engine>,
}

/// What an event does to a store.
pub(crate) struct Change {
    pub(crate) slot: String,
    pub(crate) store: String,
    pub(crate) key: String,
    /// The fields to put; none deletes.
    pub(crate) fields: Option<Vec<pluto_core::policy::Value>>,
}

impl StoreEngine {
    /// `plain` keeps the records of all other collections.
    #[must_use]
    pub fn new(plain: Arc<dyn Engine>) -> Self {
        Self { plain }
    }
}

impl Engine for StoreEngine {
    fn component(&self) -> Component {
        Component::KvStore
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::RecordPut, Kind::RecordDeleted]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        if !names_store(event) {
            return self.plain.step(view, event, out);
        }
        let done = change(view, event).and_then(|change| {
            let place = Place { slot: &change.slot, store: &change.store };
            match change.fields {
                Some(values) => place.put(view, event, &change.key, values, out),
                None => place.delete(view, &change.key, out),
            }
        });
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

/// Whether the event is about a record of a store. Both payloads begin with the collection, so most
/// events are told apart without being decoded.
pub(crate) fn names_store(event: &Event) -> bool {
    let collection = event.payload.as_deref().and_then(|payload| payload.get(4..));
    let about_records =
        matches!(event.header.kind.known(), Some(Kind::RecordPut | Kind::RecordDeleted));
    about_records && collection.is_some_and(|name| name.starts_with(b"store:"))
}

/// What the event does, if it is about a store that is there and of its schema.
pub(crate) fn change(view: &dyn StateView, event: &Event) -> Result<Change, VoidReason> {
    let (collection, key, value) = match event.header.kind.known() {
        Some(Kind::RecordPut) => {
            let put = RecordPutRef::decode(payload_bytes(event)?);
            let put = put.map_err(|_| VoidReason::MalformedPayload)?;
            (put.collection.to_owned(), put.key.to_vec(), Some(put.value))
        }
        _ => {
            let RecordDeleted { collection, key } = payload_of(event)?;
            (collection, key, None)
        }
    };
    let place = of_collection(&collection).ok_or(VoidReason::NotFound)?;
    let schema = place.declared(view)?;
    let key = String::from_utf8(key).map_err(|_| VoidReason::MalformedPayload)?;
    let fields = value.map(|value| fields(&schema, value)).transpose()?;
    Ok(Change { slot: place.slot.to_owned(), store: place.store.to_owned(), key, fields })
}

fn fields(schema: &Schema, value: &[u8]) -> Result<Vec<pluto_core::policy::Value>, VoidReason> {
    let record = TypedRecord::from_bytes(schema, value);
    let record = record.map_err(|_| VoidReason::MalformedPayload)?;
    schema.complete(record.fields).ok_or(VoidReason::MalformedPayload)
}

#[cfg(test)]
pub(crate) mod room;
#[cfg(test)]
mod tests;
