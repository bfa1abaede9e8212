//! Snapshots: one immutable version of a realm's state, for any number of readers.
//!
//! A snapshot is published only after the batch it covers is durable. Holding one keeps its version
//! alive and blocks nobody.

use std::sync::{Arc, OnceLock};

use pluto_core::state::{RULES_KEY, RulesRecord};
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Digest, EventId, RealmId};
use pluto_error::Result;
use pluto_merkle::component_tree::ComponentTree;
use pluto_merkle::map::StateMap;
use pluto_merkle::state_proof::StateProof;

use crate::event_sourcing::{Border, RealmOutline, RealmView};
use crate::merkle_tracker::{Roots, StateMaps};

/// One version of a realm.
#[derive(Clone, Debug)]
pub struct Snapshot {
    realm: RealmId,
    roots: Roots,
    maps: StateMaps,
    components: ComponentTree,
    time_ms: u64,
    heads: Arc<[EventId]>,
    border: Option<Border>,
    rival: Option<Digest>,
    bytes: u64,
    outline: OnceLock<Arc<RealmOutline>>,
}

impl Snapshot {
    pub(crate) fn of(view: &RealmView<'_>) -> Self {
        Self { heads: view.heads().collect(), ..Self::before_decision(view) }
    }

    /// The version that a decision is judged on. It names no heads: the set holds later events already.
    pub(crate) fn before_decision(view: &RealmView<'_>) -> Self {
        Self {
            realm: view.realm(),
            roots: view.roots(),
            maps: view.tracker().maps().clone(),
            components: view.tracker().components().clone(),
            time_ms: view.time_ms(),
            heads: Arc::default(),
            border: view.borders().last().cloned(),
            rival: view.rival(),
            bytes: view.version_bytes(),
            outline: OnceLock::new(),
        }
    }

    /// Where its outline is kept once it was asked for.
    pub(crate) fn outlined(&self) -> &OnceLock<Arc<RealmOutline>> {
        &self.outline
    }

    /// About what it takes in memory, with the nodes that it shares with other versions.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// All roots at this version.
    #[must_use]
    pub fn roots(&self) -> Roots {
        self.roots
    }

    /// The entries of one component.
    #[must_use]
    pub fn entries(&self, component: Component) -> &StateMap {
        self.maps.get(component)
    }

    /// Number of state entries in all components.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.maps.len()
    }

    /// The heads of the set, ascending; none in a version just before a decision.
    #[must_use]
    pub fn heads(&self) -> &[EventId] {
        &self.heads
    }

    /// The last final checkpoint of the realm's chain: no place before its position moves any more.
    #[must_use]
    pub fn border(&self) -> Option<&Border> {
        self.border.as_ref()
    }

    /// A final checkpoint that contradicts the chain; then the realm takes no writes (`NRV-0012`).
    #[must_use]
    pub fn rival(&self) -> Option<Digest> {
        self.rival
    }

    /// The rules of the realm, if its genesis had effect.
    #[must_use]
    pub fn rules(&self) -> Option<RulesRecord> {
        let bytes = self.maps.get(Component::Realm).get(RULES_KEY)?;
        RulesRecord::decode(bytes).ok()
    }

    /// A proof that an entry has its value, or that there is no such entry.
    ///
    /// # Errors
    /// When a part of the proof is above its bound.
    pub fn proof(&self, component: Component, key: &[u8]) -> Result<StateProof> {
        let map = self.maps.get(component);
        Ok(StateProof {
            realm: self.realm.0,
            position: self.roots.position,
            log_root: self.roots.log,
            component: component.number(),
            schema: crate::merkle_tracker::SCHEMA_VERSION,
            key: key.to_vec(),
            value: map.get(key).map(<[u8]>::to_vec),
            map: map.prove(key),
            path: self.components.prove(component.number())?,
        })
    }
}

impl StateView for Snapshot {
    fn realm(&self) -> RealmId {
        self.realm
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.maps.get(component).get(key).map(Arc::from)
    }

    fn time_ms(&self) -> u64 {
        self.time_ms
    }
}
