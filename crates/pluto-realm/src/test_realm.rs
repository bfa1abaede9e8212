//! A realm in memory, for tests: a state, identities by number, and events they write.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use pluto_core::codec::Canonical;
use pluto_core::event::payload_hash;
use pluto_core::payload::{Admission, Inception, PAYLOAD_VERSION, RealmGenesis};
use pluto_core::traits::{Effects, Engine, Fact, PolicyDecider, StateView};
use pluto_core::trust::TrustVector;
use pluto_core::{
    Component, Did, Digest, Event, EventId, Header, Kind, Namespace, RealmId, Verdict,
};

use crate::archive::ArchiveEngine;
use crate::blueprint::BlueprintEngine;
use crate::final_state::{Claim, FinalCheckpoint, FinalState};
use crate::gateway::GatewayEngine;
use crate::governance::GovernanceEngine;
use crate::hierarchy::HierarchyEngine;
use crate::quota::{Limits, QuarantineEngine};
use crate::room::{RoomEngine, Rooms};
use crate::saga::SagaEngine;
use crate::standing::Standing;
use crate::{RealmEngine, RealmRules, RecordEngine};

pub(crate) type Entries = BTreeMap<(Component, Vec<u8>), Arc<[u8]>>;

#[derive(Clone)]
pub(crate) struct TestRealm {
    pub(crate) id: RealmId,
    pub(crate) time_ms: u64,
    pub(crate) entries: Entries,
    pub(crate) facts: Vec<Fact>,
    pub(crate) foreign: Arc<Foreign>,
}

/// Final states of other realms. A proof of one is its number, and behind it one byte for each handover of
/// witnesses that it shows.
#[derive(Default)]
pub(crate) struct Foreign(Mutex<BTreeMap<(RealmId, u64), Entries>>);

/// A proof that shows handovers as well.
pub(crate) fn with_handovers(proof: &[u8], handovers: &[u8]) -> Vec<u8> {
    [proof, handovers].concat()
}

impl Foreign {
    /// Makes the state of `realm` final under `number`; gives the proof.
    pub(crate) fn checkpoint(&self, realm: &TestRealm, number: u64) -> Vec<u8> {
        self.0.lock().unwrap().insert((realm.id, number), realm.entries.clone());
        number.to_be_bytes().to_vec()
    }
}

impl FinalState for Foreign {
    fn prove(&self, realm: RealmId, claims: &[Claim<'_>], proof: &[u8]) -> Option<FinalCheckpoint> {
        let (number, handovers) = proof.split_first_chunk()?;
        let number = u64::from_be_bytes(*number);
        let states = self.0.lock().unwrap();
        let state = states.get(&(realm, number))?;
        let holds = |claim: &Claim<'_>| {
            state.get(&(claim.component, claim.key.to_vec())).is_some_and(|v| **v == *claim.value)
        };
        let handovers = handovers.iter().map(|one| Digest([*one; 32])).collect();
        claims.iter().all(holds).then_some(FinalCheckpoint { number, handovers })
    }
}

/// Proofs of the realms that a test made final.
struct Shown(Arc<Foreign>);

impl FinalState for Shown {
    fn prove(&self, realm: RealmId, claims: &[Claim<'_>], proof: &[u8]) -> Option<FinalCheckpoint> {
        self.0.prove(realm, claims, proof)
    }
}

/// Trust in somebody is their number in tenths, and everybody holds `known`.
pub(crate) const STANDING: Standing = Standing {
    trust: |_, who| {
        let number = (0..9).find(|number| did(*number) == who).unwrap_or(0);
        TrustVector([u32::from(number) * 100_000; 6])
    },
    holds: |_, _, schema| schema == "known",
};

impl Default for TestRealm {
    fn default() -> Self {
        Self {
            id: RealmId([1; 32]),
            time_ms: 0,
            entries: Entries::new(),
            facts: Vec::new(),
            foreign: Arc::default(),
        }
    }
}

impl StateView for TestRealm {
    fn realm(&self) -> RealmId {
        self.id
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.entries.get(&(component, key.to_vec())).cloned()
    }

    fn time_ms(&self) -> u64 {
        self.time_ms
    }
}

impl TestRealm {
    /// A realm that identity 0 founded.
    pub(crate) fn founded(admission: Admission) -> Self {
        let mut realm = Self::default();
        assert_eq!(realm.submit(&genesis(admission)), Verdict::Effective);
        realm
    }

    /// Another realm that identity 0 founded, which believes what is final elsewhere.
    pub(crate) fn beside(&self, id: u8, admission: Admission) -> Self {
        let mut realm = Self { foreign: Arc::clone(&self.foreign), ..Self::default() };
        realm.id = RealmId([id; 32]);
        assert_eq!(realm.submit(&genesis(admission)), Verdict::Effective);
        realm
    }

    fn engines(&self) -> Vec<Box<dyn Engine>> {
        let proofs: Arc<dyn FinalState> = Arc::new(Shown(Arc::clone(&self.foreign)));
        vec![
            Box::new(RecordEngine),
            Box::new(RealmEngine),
            Box::new(QuarantineEngine),
            Box::new(SagaEngine::new(STANDING)),
            Box::new(RoomEngine),
            Box::new(ArchiveEngine),
            Box::new(BlueprintEngine::new(STANDING)),
            Box::new(GovernanceEngine::new(STANDING)),
            Box::new(GatewayEngine::new(Arc::clone(&proofs), STANDING)),
            Box::new(HierarchyEngine::new(Arc::clone(&proofs))),
        ]
    }

    /// What rules and engines say, in their order; effects of engines are kept only when all agree.
    pub(crate) fn submit(&mut self, event: &Event) -> Verdict {
        let mut out = Effects::default();
        let decided = self.decide(event, &mut out);
        self.apply(&mut out);
        if !decided.is_effective() {
            return decided;
        }
        let before = (self.entries.clone(), self.facts.len());
        let mut verdict = Verdict::Void(pluto_core::VoidReason::NoEffect);
        for engine in self.engines() {
            if event.header.kind.known().is_some_and(|kind| engine.kinds().contains(&kind)) {
                verdict = engine.step(self, event, &mut out);
                if !verdict.is_effective() {
                    self.entries = before.0;
                    self.facts.truncate(before.1);
                    return verdict;
                }
                self.apply(&mut out);
            }
        }
        verdict
    }

    pub(crate) fn decide(&self, event: &Event, out: &mut Effects) -> Verdict {
        let rooms = Rooms::new(STANDING);
        let words: [&dyn PolicyDecider; 3] = [&RealmRules, &Limits, &rooms];
        let mut said = words.into_iter().map(|word| word.decide(self, event, out));
        said.find(|verdict| !verdict.is_effective()).unwrap_or(Verdict::Effective)
    }

    pub(crate) fn apply(&mut self, out: &mut Effects) {
        for write in out.writes.drain(..) {
            match write.value {
                Some(value) => self.entries.insert((write.component, write.key), value),
                None => self.entries.remove(&(write.component, write.key)),
            };
        }
        self.facts.append(&mut out.facts);
    }

    /// Makes the key of somebody known, as the identity engine would.
    pub(crate) fn introduce(&mut self, who: u8) {
        let key = (Component::Identity, did(who).to_bytes().to_vec());
        self.entries.insert(key, [1].into());
    }

    /// Submits what `who` says.
    pub(crate) fn say(&mut self, who: u8, kind: Kind, payload: &impl Canonical) -> Verdict {
        self.submit(&event(who, kind, 1, &payload.encode()))
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
