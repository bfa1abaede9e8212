//! A realm in memory for tests: a map of entries, a clock, and a way to step an engine on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::event::payload_hash;
use pluto_core::payload::{Admission, Attestation};
use pluto_core::state::{
    FINALITY_KEY, FinalityRecord, IdentityRecord, RULES_KEY, RulesRecord, read,
};
use pluto_core::traits::{Effects, Engine, StateView, Write};
use pluto_core::trust::Dimension;
use pluto_core::{
    Canonical, Component, Did, Digest, Event, EventId, Header, Kind, Namespace, RealmId, Verdict,
};

use sha2::{Digest as _, Sha256};

use crate::TrustEngine;
use crate::trust::{Edge, Reason, Standing, day, edge_key, edge_prefix, explain, standing};

pub(crate) const DAY_MS: u64 = 86_400_000;
pub(crate) const R: Dimension = Dimension::Reliability;

/// The person with that number; person 0 creates the realm.
pub(crate) fn did(number: u64) -> Did {
    let mut id = [0; 32];
    id[24..].copy_from_slice(&number.to_be_bytes());
    Did { namespace: Namespace::Person, id }
}

pub(crate) fn event(author: Did, number: u64, kind: Kind, payload: Vec<u8>) -> Event {
    let mut id = EventId([0xee; 32]);
    id.0[24..].copy_from_slice(&number.to_be_bytes());
    Event {
        id,
        header: Header {
            realm: RealmId([7; 32]),
            author,
            key_ref: EventId([1; 32]),
            author_seq: 1,
            prev: Some(EventId([1; 32])),
            parents: EventId([1; 32]).into(),
            lamport: 2,
            wall_ms: 0,
            kind: kind.number(),
            payload_version: 1,
            payload_len: u32::try_from(payload.len()).unwrap(),
            payload_hash: payload_hash(&payload),
        },
        payload: Some(payload.into()),
    }
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    pluto_core::hex::text(&Sha256::digest(bytes))
}

#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) entries: BTreeMap<(Component, Vec<u8>), Arc<[u8]>>,
    pub(crate) events: u64,
}

impl StateView for World {
    fn realm(&self) -> RealmId {
        RealmId([7; 32])
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.entries.get(&(component, key.to_vec())).cloned()
    }

    fn time_ms(&self) -> u64 {
        read::<FinalityRecord>(self, Component::Consensus, FINALITY_KEY)
            .map_or(0, |record| record.time_ms)
    }
}

impl World {
    /// A realm with these roots, in which persons 0 to `people` − 1 are known.
    pub(crate) fn new(roots: &[u64], people: u64) -> Self {
        let mut world = Self::default();
        let mut trust_roots: Vec<Did> = roots.iter().map(|root| did(*root)).collect();
        trust_roots.sort();
        let name = "ratings".to_owned();
        let rules = RulesRecord {
            name,
            admission: Admission::Open,
            creator: did(0),
            trust_roots,
            extended: false,
        };
        world.set(Component::Realm, RULES_KEY, &rules);
        (0..people).for_each(|person| world.add(person));
        world
    }

    pub(crate) fn add(&mut self, person: u64) {
        let key_event = EventId([1; 32]);
        let record = IdentityRecord {
            key: [2; 32],
            key_event,
            next_key_digest: Some(Digest([3; 32])),
            frozen: false,
        };
        self.set(Component::Identity, &did(person).to_bytes(), &record);
    }

    pub(crate) fn set(&mut self, component: Component, key: &[u8], value: &impl Canonical) {
        self.entries.insert((component, key.to_vec()), value.encode().into());
    }

    pub(crate) fn at_day(&mut self, day: u64) {
        let record = FinalityRecord { number: 1, time_ms: day * DAY_MS, event: EventId::ZERO };
        self.set(Component::Consensus, FINALITY_KEY, &record);
    }

    /// Steps `engine` and applies what it proposes.
    pub(crate) fn step(&mut self, engine: &dyn Engine, event: &Event) -> (Verdict, Vec<Write>) {
        let mut out = Effects::default();
        let verdict = engine.step(self, event, &mut out);
        assert!(verdict.is_effective() || out.writes.is_empty(), "a void event writes");
        assert!(out.facts.is_empty());
        assert!(out.writes.iter().all(|write| write.component == engine.component()));
        self.apply(&out.writes);
        (verdict, out.writes)
    }

    /// Takes over what was proposed.
    pub(crate) fn apply(&mut self, writes: &[Write]) {
        for write in writes {
            let key = (write.component, write.key.clone());
            match &write.value {
                Some(value) => self.entries.insert(key, value.clone()),
                None => self.entries.remove(&key),
            };
        }
    }

    /// `attester` says `value` about `subject`, in the dimension R.
    pub(crate) fn rate(&mut self, attester: u64, subject: u64, value: i8) -> Vec<Write> {
        self.rate_in(R, attester, subject, value)
    }

    pub(crate) fn rate_in(
        &mut self,
        dimension: Dimension,
        attester: u64,
        subject: u64,
        value: i8,
    ) -> Vec<Write> {
        self.events += 1;
        let said = Attestation { subject: did(subject), dimension, value };
        let event = event(did(attester), self.events, Kind::Attestation, said.encode());
        let (verdict, writes) = self.step(&TrustEngine, &event);
        assert_eq!(verdict, Verdict::Effective);
        writes
    }

    pub(crate) fn standing(&self, person: u64) -> Standing {
        standing(self, did(person), R, day(self))
    }

    pub(crate) fn edge(&self, subject: u64, attester: u64) -> Option<Edge> {
        read(self, Component::Trust, &edge_key(R, did(subject), did(attester)))
    }

    pub(crate) fn reasons(&self, subject: u64) -> Vec<Reason> {
        let prefix = edge_prefix(R, did(subject));
        let entries = self.entries.iter().filter(|((component, key), _)| {
            *component == Component::Trust && key.starts_with(&prefix)
        });
        explain(entries.map(|((_, key), value)| (key, value)), day(self)).unwrap()
    }

    /// All entries of component `Trust`, as bytes.
    pub(crate) fn trust(&self) -> Vec<(Vec<u8>, Arc<[u8]>)> {
        let trust = |((component, key), value): (&(Component, Vec<u8>), &Arc<[u8]>)| {
            (*component == Component::Trust).then(|| (key.clone(), value.clone()))
        };
        self.entries.iter().filter_map(trust).collect()
    }
}
