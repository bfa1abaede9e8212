//! A realm in memory for the engine to step on: roots, a clock, everybody known.
//!
//! A world can be forked: the fork writes into its own layer and reads through to the one below, so
//! many attacks start from one history without copying it.

use std::collections::HashMap;
use std::sync::Arc;

use pluto_core::event::Parents;
use pluto_core::payload::{Admission, Attestation, PAYLOAD_VERSION};
use pluto_core::state::{IdentityRecord, RULES_KEY, RulesRecord};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::trust::{Dimension, NEWCOMER_PPM};
use pluto_core::{
    Canonical, Component, Did, Digest, Event, EventId, Header, Kind, Namespace, RealmId,
};
use pluto_engines::TrustEngine;
use pluto_engines::trust::{day, is_root, standing, value_ppm};

use super::Rating;

const DIMENSION: Dimension = Dimension::Reliability;
const REALM: RealmId = RealmId([1; 32]);

pub(super) struct World<'a> {
    below: Option<&'a World<'a>>,
    /// Entries of component `Trust`; `None` hides one of the layer below.
    trust: HashMap<Vec<u8>, Option<Arc<[u8]>>>,
    rules: Arc<[u8]>,
    identity: Arc<[u8]>,
    time_ms: u64,
    events: u64,
}

impl StateView for World<'_> {
    fn realm(&self) -> RealmId {
        REALM
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        match component {
            Component::Identity => Some(self.identity.clone()),
            Component::Realm if key == RULES_KEY => Some(self.rules.clone()),
            Component::Trust => match self.trust.get(key) {
                Some(value) => value.clone(),
                None => self.below.and_then(|below| below.get(component, key)),
            },
            _ => None,
        }
    }

    fn time_ms(&self) -> u64 {
        self.time_ms
    }
}

impl World<'_> {
    pub(super) fn new(roots: &[u32]) -> Self {
        let mut trust_roots: Vec<Did> = roots.iter().map(|root| did(u64::from(*root))).collect();
        trust_roots.sort_unstable();
        let name = "study".to_owned();
        let rules = RulesRecord {
            name,
            admission: Admission::Open,
            creator: did(0),
            trust_roots,
            extended: false,
        };
        let identity = IdentityRecord {
            key: [0; 32],
            key_event: EventId::ZERO,
            next_key_digest: None,
            frozen: false,
        };
        Self {
            below: None,
            trust: HashMap::new(),
            rules: rules.encode().into(),
            identity: identity.encode().into(),
            time_ms: 0,
            events: 0,
        }
    }

    /// A world that begins as this one and leaves it as it is.
    pub(super) fn fork(&self) -> World<'_> {
        World {
            below: Some(self),
            trust: HashMap::new(),
            rules: self.rules.clone(),
            identity: self.identity.clone(),
            time_ms: self.time_ms,
            events: self.events,
        }
    }

    /// Folds ratings at their own times; how many were void.
    pub(super) fn fold(&mut self, ratings: &[Rating]) -> usize {
        let mut void = 0;
        for rating in ratings {
            self.time_ms = rating.time_s.saturating_mul(1_000);
            let (attester, subject) = (u64::from(rating.attester), u64::from(rating.subject));
            void += usize::from(!self.rate(attester, subject, rating.value));
        }
        void
    }

    /// Steps the engine on one attestation at the present time; whether it had effect.
    pub(super) fn rate(&mut self, attester: u64, subject: u64, value: i8) -> bool {
        self.events += 1;
        let said = Attestation { subject: did(subject), dimension: DIMENSION, value };
        let event = event(did(attester), self.events, &said);
        let mut effects = Effects::default();
        let verdict = TrustEngine.step(self, &event, &mut effects);
        for write in effects.writes {
            self.trust.insert(write.key, write.value);
        }
        verdict.is_effective()
    }

    pub(super) fn value_ppm(&self, person: u32) -> u32 {
        value_ppm(self, did(u64::from(person)), DIMENSION, day(self))
    }

    pub(super) fn weight_ppm(&self, person: u32) -> u64 {
        let did = did(u64::from(person));
        standing(self, did, DIMENSION, day(self)).weight_ppm(is_root(self, did))
    }

    pub(super) fn is_newcomer(&self, person: u32) -> bool {
        self.value_ppm(person) == NEWCOMER_PPM
    }
}

/// The DID of a person: the number, big-endian, at the end of the id.
fn did(person: u64) -> Did {
    Did { namespace: Namespace::Person, id: filled(person) }
}

fn filled(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().rev().zip(number.to_le_bytes()) {
        *to = from;
    }
    bytes
}

/// An event as the engine gets to see it; nothing below the fold asks for signature or hash.
fn event(author: Did, number: u64, said: &Attestation) -> Event {
    let payload = said.encode();
    Event {
        id: EventId(filled(number)),
        header: Header {
            realm: REALM,
            author,
            key_ref: EventId::ZERO,
            author_seq: number,
            prev: None,
            parents: Parents::default(),
            lamport: number,
            wall_ms: 0,
            kind: Kind::Attestation.number(),
            payload_version: PAYLOAD_VERSION,
            payload_len: u32::try_from(payload.len()).unwrap_or(u32::MAX),
            payload_hash: Digest::ZERO,
        },
        payload: Some(payload.into()),
    }
}
