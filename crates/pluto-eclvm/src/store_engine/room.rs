//! A state in memory for tests of stores: bundles are installed, records written, indexes recomputed.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::codec::put_bytes;
use pluto_core::policy::Value;
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{
    Canonical, Component, Did, Digest, Event, EventId, Header, Kind, Namespace, RealmId, Verdict,
    VoidReason,
};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::compile::compile;
use pluto_ecl::interpreter::Program;
use pluto_ecl::store::{Refused, TypedRecord};

use crate::state::{SlotRecord, artifact_key, slot_key};
use crate::store_engine::StoreEngine;
use crate::stores::{self, Place, StoredTyped, collection, index_key, record_key};

#[derive(Clone, Default)]
pub(crate) struct Room {
    pub(crate) entries: BTreeMap<(Component, Vec<u8>), Arc<[u8]>>,
    pub(crate) code: Option<Arc<Program>>,
    events: u64,
}

impl StateView for Room {
    fn realm(&self) -> RealmId {
        RealmId([1; 32])
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.entries.get(&(component, key.to_vec())).cloned()
    }

    fn time_ms(&self) -> u64 {
        0
    }
}

pub(crate) fn author() -> Did {
    Did { namespace: Namespace::Person, id: [3; 32] }
}

/// An event without a payload.
pub(crate) fn event(number: u64) -> Event {
    of_kind(number, Kind::RecordPut, &[])
}

fn of_kind(number: u64, kind: Kind, payload: &[u8]) -> Event {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let header = Header {
        realm: RealmId([1; 32]),
        author: author(),
        key_ref: EventId([0; 32]),
        author_seq: number,
        prev: None,
        parents: vec![EventId([0; 32])].into(),
        lamport: number,
        wall_ms: 0,
        kind: kind.number(),
        payload_version: 1,
        payload_len: u32::try_from(payload.len()).unwrap(),
        payload_hash: pluto_core::event::payload_hash(payload),
    };
    Event { id: EventId(id), header, payload: Some(payload.to_vec().into()) }
}

/// Plain records do not matter here.
struct Nothing;

impl Engine for Nothing {
    fn component(&self) -> Component {
        Component::KvStore
    }

    fn kinds(&self) -> &'static [Kind] {
        &[]
    }

    fn step(&self, _: &dyn StateView, _: &Event, _: &mut Effects) -> Verdict {
        Verdict::Void(VoidReason::NoEffect)
    }
}

impl Room {
    pub(crate) fn take(&mut self, out: Effects) {
        for write in out.writes {
            let entry = (write.component, write.key);
            match write.value {
                Some(value) => self.entries.insert(entry, value),
                None => self.entries.remove(&entry),
            };
        }
    }

    /// Puts a bundle into a slot.
    pub(crate) fn install(&mut self, slot: &str, source: &str) -> Result<(), Refused> {
        let compiled = compile(source);
        let (_, module) = compiled.result.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        let mut out = Effects::default();
        stores::install(self, slot, Some(&module), &mut out)?;
        let code = Program::load(&module).unwrap();
        let artifact = Artifact { edition: 1, source: source.into(), module, wasm: None };
        let bytes = artifact.to_bytes().unwrap();
        let artifact = Artifact::id(&bytes);
        let record = SlotRecord { artifact, event: EventId([9; 32]) };
        out.put(Component::EclPolicy, artifact_key(&artifact), bytes);
        out.put(Component::EclPolicy, slot_key(slot), record.encode());
        self.take(out);
        self.code = Some(Arc::new(code));
        Ok(())
    }

    /// Empties a slot.
    pub(crate) fn clear(&mut self, slot: &str) {
        let mut out = Effects::default();
        stores::install(self, slot, None, &mut out).unwrap();
        out.remove(Component::EclPolicy, slot_key(slot));
        self.take(out);
    }

    fn step(&mut self, kind: Kind, payload: &[u8]) -> Verdict {
        self.events += 1;
        let mut out = Effects::default();
        let event = of_kind(self.events, kind, payload);
        let verdict = StoreEngine::new(Arc::new(Nothing)).step(self, &event, &mut out);
        if verdict.is_effective() {
            self.take(out);
        }
        verdict
    }

    /// Writes a record by an event with these bytes.
    pub(crate) fn put_bytes(&mut self, collection: &str, key: &str, value: &[u8]) -> Verdict {
        let mut payload = Vec::new();
        [collection.as_bytes(), key.as_bytes(), value]
            .iter()
            .for_each(|part| put_bytes(&mut payload, part));
        self.step(Kind::RecordPut, &payload)
    }

    pub(crate) fn put(&mut self, place: Place<'_>, key: &str, fields: Vec<Value>) -> Verdict {
        let schema = place.declared(self).unwrap();
        let record = TypedRecord { version: schema.version, fields };
        let bytes = record.to_bytes(&schema).unwrap();
        self.put_bytes(&collection(place), key, &bytes)
    }

    pub(crate) fn delete(&mut self, place: Place<'_>, key: &str) -> Verdict {
        let mut payload = Vec::new();
        put_bytes(&mut payload, collection(place).as_bytes());
        put_bytes(&mut payload, key.as_bytes());
        self.step(Kind::RecordDeleted, &payload)
    }

    fn records(&self) -> Vec<(&[u8], &[u8])> {
        let own =
            self.entries.iter().filter(|((component, _), _)| *component == Component::KvStore);
        own.map(|((_, key), value)| (key.as_slice(), &**value)).collect()
    }

    pub(crate) fn list(&self, place: Place<'_>) -> Vec<stores::Found> {
        let code = self.code.as_ref().unwrap();
        stores::list(self, place, code, self.records().into_iter())
    }

    /// Keys of the records that an index finds.
    pub(crate) fn found(&self, slot: &str, store: &str, field: &str, value: &Value) -> Vec<String> {
        let (place, code) = (Place { slot, store }, self.code.as_ref().unwrap());
        let entries = self.records();
        let found = stores::find(self, place, code, (field, value), entries.iter().copied());
        found.unwrap().into_iter().map(|found| found.key).collect()
    }

    /// The index entries are those that the records call for, and each index finds what looking at
    /// every record finds.
    #[track_caller]
    pub(crate) fn check_indexes(&self, slot: &str, store: &str) {
        let place = Place { slot, store };
        let prefix = record_key(place, "");
        let mut expected = Vec::new();
        for (key, value) in self.records() {
            let Some(key) = key.strip_prefix(prefix.as_slice()) else { continue };
            let entry = StoredTyped::decode(value).unwrap();
            let schema = place.schema(self, entry.version).unwrap();
            let width = schema.width(entry.minor);
            let values = schema.decode_fields(width, &entry.fields).unwrap();
            for index in schema.indexes.iter().filter(|index| index.covers(entry.minor)) {
                let value = &values[usize::from(index.field)];
                let key = Some(std::str::from_utf8(key).unwrap());
                expected.push(index_key(place, schema.version, *index, value, key).unwrap());
            }
        }
        expected.sort();
        let found: Vec<&[u8]> =
            self.records().into_iter().map(|(key, _)| key).filter(|key| key[0] == b'i').collect();
        assert_eq!(found, expected);
        let Ok(schema) = place.declared(self) else { return };
        let all = self.list(place);
        for index in schema.indexes.iter().filter(|index| index.covers(schema.minor)) {
            let at = usize::from(index.field);
            for value in all.iter().filter_map(|record| record.fields.as_ref().ok()?.get(at)) {
                let having = all.iter().filter(|record| {
                    record.fields.as_ref().is_ok_and(|fields| fields.get(at) == Some(value))
                });
                let expected: Vec<String> = having.map(|record| record.key.clone()).collect();
                assert_eq!(self.found(slot, store, &schema.fields[at].name, value), expected);
            }
        }
    }

    /// All entries, to compare states.
    pub(crate) fn digest(&self) -> Digest {
        let mut bytes = Vec::new();
        for ((component, key), value) in &self.entries {
            bytes.push(*component as u8);
            put_bytes(&mut bytes, key);
            put_bytes(&mut bytes, value);
        }
        Artifact::id(&bytes)
    }
}
