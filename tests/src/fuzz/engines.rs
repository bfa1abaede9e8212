//! Engines on any payload of any kind, in each version: no panic, and the same answer twice.
//!
//! Input: `kind u16 · payload`. The realm has two members, the second of whom writes.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use pluto_core::payload::{Admission, Inception, PAYLOAD_VERSION, ROUND_VERSION, RealmGenesis};
use pluto_core::traits::{Effects, Engine, PolicyDecider, StateView, Write};
use pluto_core::{
    Canonical, Component, Event, Kind, KindNumber, Namespace, Reader, RealmId, Verdict,
};
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_identity::{IdentitySecret, Rotation, SecretSeed};
use pluto_nervous_system::Composer;
use pluto_realm::RealmRules;

static ENGINES: LazyLock<Vec<Arc<dyn Engine>>> = LazyLock::new(|| {
    let vm = Vm::new(ExecutionMode::Legacy, None).expect("the interpreter needs nothing");
    pluto_decision::rules(&Arc::new(vm)).engines
});

static SCENE: LazyLock<Scene> = LazyLock::new(Scene::new);

pub(super) fn step(bytes: &[u8]) {
    let mut input = Reader::new(bytes);
    let Ok(Some(kind)) = input.u16().map(|number| KindNumber(number).known()) else { return };
    let Scene { composer, second, room } = &*SCENE;
    let payload = input.rest();
    for version in PAYLOAD_VERSION..=ROUND_VERSION {
        let event = composer.clone().compose_version(second.did(), kind, version, payload, 1);
        let first = room.judge(&event);
        assert_eq!(room.judge(&event), first, "a step is a function of state and event");
    }
}

struct Scene {
    composer: Composer,
    second: Inception,
    room: Room,
}

impl Scene {
    fn new() -> Self {
        let [creator, second] = [1, 2].map(|number| {
            let seed = SecretSeed::from([number; 32]);
            IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Committed)
        });
        let second = second.inception().clone();
        let genesis = RealmGenesis {
            name: "fuzz".into(),
            admission: Admission::Open,
            trust_roots: vec![second.did()],
            creator: creator.inception().clone(),
        };
        let (mut composer, opened) = Composer::genesis(&genesis, 0);
        let joined = composer.inception(&second, 0);
        let mut room = Room { realm: composer.realm(), entries: BTreeMap::new() };
        for event in [opened, joined] {
            let (verdict, writes) = room.judge(&event);
            assert!(verdict.is_effective(), "the scene is set");
            room.keep(writes);
        }
        Self { composer, second, room }
    }
}

/// A state in memory, without roots.
struct Room {
    realm: RealmId,
    entries: BTreeMap<(Component, Vec<u8>), Arc<[u8]>>,
}

impl Room {
    fn judge(&self, event: &Event) -> (Verdict, Vec<Write>) {
        let mut effects = Effects::default();
        let mut verdict = RealmRules.decide(self, event, &mut Effects::default());
        let kind: Option<Kind> = event.header.kind.known();
        for engine in ENGINES.iter() {
            if verdict.is_effective() && kind.is_some_and(|kind| engine.kinds().contains(&kind)) {
                verdict = engine.step(self, event, &mut effects);
            }
        }
        (verdict, effects.writes)
    }

    fn keep(&mut self, writes: Vec<Write>) {
        for Write { component, key, value } in writes {
            match value {
                Some(value) => self.entries.insert((component, key), value),
                None => self.entries.remove(&(component, key)),
            };
        }
    }
}

impl StateView for Room {
    fn realm(&self) -> RealmId {
        self.realm
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.entries.get(&(component, key.to_vec())).cloned()
    }

    fn time_ms(&self) -> u64 {
        pluto_core::state::read(self, Component::Consensus, pluto_core::state::FINALITY_KEY)
            .map_or(0, |last: pluto_core::state::FinalityRecord| last.time_ms)
    }
}

/// An input for [`step`].
pub(super) fn input(kind: Kind, payload: &[u8]) -> Vec<u8> {
    [&kind.number().0.to_be_bytes(), payload].concat()
}

/// The payload of the scene's second member, as an input.
pub(super) fn inception() -> Vec<u8> {
    input(Kind::IdentityBootstrapped, &SCENE.second.encode())
}
