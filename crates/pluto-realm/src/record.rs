//! The record engine: named values that members keep in a realm.
//!
//! The last writer in canonical order wins; every value names its author and event, so that a record
//! can be shown with the event that proves it.

use pluto_core::codec::{Canonical, Decoded, Reader, put_bytes};
use pluto_core::limits::STATE_VALUE_BYTES_MAX;
use pluto_core::payload::{RecordDeleted, RecordPutRef, payload_bytes, payload_of};
use pluto_core::state::record_key;
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Component, Did, Event, EventId, Kind, Verdict, VoidReason};

/// Bytes of a [`StoredRecord`] besides its value: author 33, event 32, length 4.
const STORED_OVERHEAD_BYTES: usize = 33 + 32 + 4;
/// Longest value of a record in bytes: a little less than a payload, for its author and event stand
/// beside it.
pub const STORED_VALUE_BYTES_MAX: usize = STATE_VALUE_BYTES_MAX - STORED_OVERHEAD_BYTES;

/// A record in component `KvStore`, under [`record_key`]: author ‖ event ‖ length u32 ‖ value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecord {
    /// Who wrote it last.
    pub author: Did,
    /// The event that wrote it.
    pub event: EventId,
    /// The value.
    pub value: Vec<u8>,
}

fn put_stored(author: &Did, event: &EventId, value: &[u8], out: &mut Vec<u8>) {
    author.encode_into(out);
    out.extend_from_slice(&event.0);
    put_bytes(out, value);
}

impl Canonical for StoredRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_stored(&self.author, &self.event, &self.value, out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            author: Did::decode_from(input)?,
            event: EventId(input.array()?),
            value: input.bytes("record", STORED_VALUE_BYTES_MAX)?.to_vec(),
        })
    }
}

/// Keeps records in component `KvStore`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordEngine;

impl Engine for RecordEngine {
    fn component(&self) -> Component {
        Component::KvStore
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::RecordPut, Kind::RecordDeleted]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            Some(Kind::RecordPut) => put(event, out),
            Some(Kind::RecordDeleted) => delete(view, event, out),
            _ => Err(VoidReason::NoEffect),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn put(event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let put = RecordPutRef::decode(payload_bytes(event)?);
    let RecordPutRef { collection, key, value } = put.map_err(|_| VoidReason::MalformedPayload)?;
    if value.len() > STORED_VALUE_BYTES_MAX {
        return Err(VoidReason::OutOfRange);
    }
    let mut stored = Vec::with_capacity(value.len().saturating_add(STORED_OVERHEAD_BYTES));
    put_stored(&event.header.author, &event.id, value, &mut stored);
    out.put(Component::KvStore, record_key(collection, key), stored);
    Ok(())
}

fn delete(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let RecordDeleted { collection, key } = payload_of(event)?;
    let key = record_key(&collection, &key);
    view.get(Component::KvStore, &key).ok_or(VoidReason::NotFound)?;
    out.remove(Component::KvStore, key);
    Ok(())
}

#[cfg(test)]
mod tests;
