//! A realm in memory, for tests: a state, identities by number, and events they write.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::codec::Canonical;
use pluto_core::event::payload_hash;
use pluto_core::payload::{Admission, Inception, PAYLOAD_VERSION, RealmGenesis};
use pluto_core::traits::{Effects, Engine, PolicyDecider, StateView};
use pluto_core::{Component, Did, Event, EventId, Header, Kind, Namespace, RealmId, Verdict};

use crate::{RealmEngine, RealmRules, RecordEngine};

#[derive(Clone, Default)]
pub(crate) struct TestRealm {
    pub(crate) entries: BTreeMap<(Component, Vec<u8>), Arc<[u8]>>,
}

impl StateView for TestRealm {
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

impl TestRealm {
    /// A realm that identity 0 founded.
    pub(crate) fn founded(admission: Admission) -> Self {
        let mut realm = Self::default();
        assert_eq!(realm.submit(&genesis(admission)), Verdict::Effective);
        realm
    }

    /// What rules and engines say, in their order; effects are kept only when all agree.
    pub(crate) fn submit(&mut self, event: &Event) -> Verdict {
        let decided = RealmRules.decide(self, event, &mut Effects::default());
        if !decided.is_effective() {
            return decided;
        }
        let mut out = Effects::default();
        let engines: [&dyn Engine; 2] = [&RecordEngine, &RealmEngine];
        for engine in engines {
            if event.header.kind.known().is_some_and(|kind| engine.kinds().contains(&kind)) {
                let verdict = engine.step(self, event, &mut out);
                if !verdict.is_effective() {
                    return verdict;
                }
            }
        }
        for write in out.writes {
            match write.value {
                Some(value) => self.entries.insert((write.component, write.key), value),
                None => self.entries.remove(&(write.component, write.key)),
            };
        }
        Verdict::Effective
    }
}

fn inception(who: u8) -> Inception {
    let key = [who; 32];
    Inception { namespace: Namespace::Person, key, next_key_digest: None, recovery: None }
}

pub(crate) fn did(who: u8) -> Did {
    inception(who).did()
}

pub(crate) fn event(who: u8, kind: Kind, author_seq: u64, payload: &[u8]) -> Event {
    let first = author_seq == 0;
    let genesis = kind == Kind::RealmGenesis;
    let header = Header {
        realm: if genesis { RealmId::ZERO } else { RealmId([1; 32]) },
        author: did(who),
        key_ref: if first { EventId::ZERO } else { EventId([3; 32]) },
        author_seq,
        prev: (!first).then_some(EventId([4; 32])),
        parents: (!genesis).then_some(EventId([5; 32])).into_iter().collect(),
        lamport: 1 + author_seq,
        wall_ms: 0,
        kind: kind.number(),
        payload_version: PAYLOAD_VERSION,
        payload_len: payload.len() as u32,
        payload_hash: payload_hash(payload),
    };
    Event { id: header.id(), header, payload: Some(payload.into()) }
}

pub(crate) fn genesis(admission: Admission) -> Event {
    let payload = RealmGenesis {
        name: "home".to_owned(),
        admission,
        trust_roots: vec![],
        creator: inception(0),
    };
    event(0, Kind::RealmGenesis, 0, &payload.encode())
}

pub(crate) fn bootstrap(who: u8) -> Event {
    event(who, Kind::IdentityBootstrapped, 0, &inception(who).encode())
}
