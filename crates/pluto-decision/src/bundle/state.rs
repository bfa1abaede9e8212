//! The state a decision was judged on, as far as the judgement reads it: entries and absences, each
//! with its proof, under the root of every component.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::{STATE_KEY_BYTES_MAX, STATE_VALUE_BYTES_MAX};
use pluto_core::state::{FINALITY_KEY, FinalityRecord};
use pluto_core::traits::{StateView, Write};
use pluto_core::{Component, ComponentSet, Digest, RealmId};
use pluto_error::Result;
use pluto_merkle::component_tree::{ComponentTree, state_root};
use pluto_merkle::map::{EMPTY_ROOT, MapProof};

/// Version of the state schema that bundles speak of.
pub const SCHEMA_VERSION: u16 = 1;
/// Most entries of a bundle.
pub const ENTRIES_MAX: usize = 1_024;
const MAP_PROOF_BYTES_MAX: usize = 16 * 1024;

/// Entries by their place; none for one that is not there.
type Entries = BTreeMap<(Component, Vec<u8>), Option<Arc<[u8]>>>;

/// One entry, or its absence, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The component.
    pub component: Component,
    /// The key.
    pub key: Vec<u8>,
    /// The value, or none.
    pub value: Option<Vec<u8>>,
    /// From the entry to the root of the component's map.
    pub proof: MapProof,
}

/// A part of a state, provable as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenState {
    /// Number of events folded.
    pub position: u64,
    /// Root of the log tree at that position.
    pub log_root: Digest,
    /// The roots of the components that have entries, ascending.
    pub roots: Vec<(Component, Digest)>,
    /// What the judgement reads: ascending by component and key, unique.
    pub entries: Vec<Entry>,
}

/// One version of a realm that can be proven: what a maker of bundles holds.
pub trait Provable: StateView {
    /// Number of events folded.
    fn position(&self) -> u64;
    /// Root of the log tree.
    fn log_root(&self) -> Digest;
    /// Root of the map of a component.
    fn map_root(&self, component: Component) -> Digest;
    /// The proof of an entry or its absence.
    fn map_proof(&self, component: Component, key: &[u8]) -> MapProof;
}

impl ProvenState {
    /// The part of `state` that `reads` name.
    #[must_use]
    pub fn of(state: &dyn Provable, reads: &BTreeSet<(Component, Vec<u8>)>) -> Self {
        let roots = Component::ALL
            .into_iter()
            .map(|component| (component, state.map_root(component)))
            .filter(|(_, root)| *root != EMPTY_ROOT)
            .collect();
        let entries = reads.iter().map(|(component, key)| Entry {
            component: *component,
            key: key.clone(),
            value: state.get(*component, key).map(|value| value.to_vec()),
            proof: state.map_proof(*component, key),
        });
        let (position, log_root) = (state.position(), state.log_root());
        Self { position, log_root, roots, entries: entries.collect() }
    }

    /// The state root that the roots of the components lead to.
    ///
    /// # Errors
    /// `MRK-0004` never: all components have a place.
    pub fn state_root(&self, realm: RealmId) -> Result<Digest> {
        let mut tree = ComponentTree::new();
        let all = Component::ALL.map(|component| {
            let root = self.map_root(component);
            (component.number(), SCHEMA_VERSION, root)
        });
        tree.update(all)?;
        Ok(state_root(&realm.0, self.position, &tree.root(), &self.log_root))
    }

    fn map_root(&self, component: Component) -> Digest {
        let found = self.roots.iter().find(|(known, _)| *known == component);
        found.map_or(EMPTY_ROOT, |(_, root)| *root)
    }

    /// Checks that every entry leads to the root of its component.
    ///
    /// # Errors
    /// `MRK-0002` to `MRK-0007` for the first that does not.
    pub fn verify_entries(&self) -> Result<()> {
        self.entries.iter().try_for_each(|entry| {
            let Entry { component, key, value, proof } = entry;
            let root = self.map_root(*component);
            pluto_merkle::map::verify_map(&root, key, value.as_deref(), proof)
        })
    }
}

/// The state that entries show, for rules to run on; what they write lies over it.
///
/// An entry that was asked for and is not shown is remembered: then the run proves nothing.
pub(super) struct ShownState {
    realm: RealmId,
    entries: Entries,
    used: RefCell<BTreeSet<(Component, Vec<u8>)>>,
    missing: RefCell<Option<(Component, Vec<u8>)>>,
}

impl ShownState {
    pub(super) fn new(realm: RealmId, state: &ProvenState) -> Self {
        let entries = state.entries.iter().map(|entry| {
            let value = entry.value.as_deref().map(Arc::from);
            ((entry.component, entry.key.clone()), value)
        });
        let (used, missing) = (RefCell::default(), RefCell::new(None));
        Self { realm, entries: entries.collect(), used, missing }
    }

    /// An entry that was asked for and is not here.
    pub(super) fn missing(&self) -> Option<(Component, Vec<u8>)> {
        self.missing.borrow().clone()
    }

    /// Entries that nobody asked for.
    pub(super) fn unused(&self) -> usize {
        self.entries.len().saturating_sub(self.used.borrow().len())
    }
}

impl StateView for ShownState {
    fn realm(&self) -> RealmId {
        self.realm
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        let place = (component, key.to_vec());
        match self.entries.get(&place) {
            Some(value) => {
                self.used.borrow_mut().insert(place);
                value.clone()
            }
            None => {
                self.missing.borrow_mut().get_or_insert(place);
                None
            }
        }
    }

    fn time_ms(&self) -> u64 {
        let record = self.get(Component::Consensus, FINALITY_KEY);
        let record = record.and_then(|bytes| FinalityRecord::decode(&bytes).ok());
        record.map_or(0, |last| last.time_ms)
    }
}

/// A state with what one event has written so far over it; notes what is read below.
pub(crate) struct Overlay<'a> {
    below: &'a dyn StateView,
    written: Entries,
    reads: RefCell<BTreeSet<(Component, Vec<u8>)>>,
}

impl<'a> Overlay<'a> {
    pub(crate) fn new(below: &'a dyn StateView) -> Self {
        Self { below, written: BTreeMap::new(), reads: RefCell::default() }
    }

    pub(crate) fn write(&mut self, writes: Vec<Write>) {
        let writes = writes.into_iter().map(|write| ((write.component, write.key), write.value));
        self.written.extend(writes);
    }

    /// What was written at a place.
    pub(crate) fn written<T: Canonical>(&self, component: Component, key: &[u8]) -> Option<T> {
        let value = self.written.get(&(component, key.to_vec()))?.as_ref()?;
        T::decode(value).ok()
    }

    /// What was read of the state below.
    pub(crate) fn into_reads(self) -> BTreeSet<(Component, Vec<u8>)> {
        self.reads.into_inner()
    }
}

impl StateView for Overlay<'_> {
    fn realm(&self) -> RealmId {
        self.below.realm()
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        let place = (component, key.to_vec());
        if let Some(value) = self.written.get(&place) {
            return value.clone();
        }
        self.reads.borrow_mut().insert(place);
        self.below.get(component, key)
    }

    fn time_ms(&self) -> u64 {
        self.reads.borrow_mut().insert((Component::Consensus, FINALITY_KEY.to_vec()));
        self.below.time_ms()
    }
}

impl Canonical for ProvenState {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.position.to_be_bytes());
        out.extend_from_slice(&self.log_root.0);
        let present = self.roots.iter().fold(0_u64, |set, (component, _)| set | component.bit().0);
        out.extend_from_slice(&present.to_be_bytes());
        self.roots.iter().for_each(|(_, root)| out.extend_from_slice(&root.0));
        let count = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&count.to_be_bytes());
        for Entry { component, key, value, proof } in &self.entries {
            out.extend_from_slice(&component.number().to_be_bytes());
            put_bytes(out, key);
            out.push(u8::from(value.is_some()));
            value.iter().for_each(|value| put_bytes(out, value));
            put_bytes(out, &proof.encode());
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (position, log_root) = (input.u64()?, Digest(input.array()?));
        let present = input.u64()?;
        if present & !ComponentSet::ALL.0 != 0 {
            return Err(CodecError::BadValue { what: "set of components", found: present });
        }
        let mut roots = Vec::new();
        for component in ComponentSet(present).iter() {
            let root = Digest(input.array()?);
            if root == EMPTY_ROOT {
                return Err(CodecError::NotCanonical("roots of components"));
            }
            roots.push((component, root));
        }
        let count = usize::from(input.u16()?);
        if count > ENTRIES_MAX {
            let max = ENTRIES_MAX;
            return Err(CodecError::TooLarge { what: "state entries", found: count, max });
        }
        let mut entries: Vec<Entry> = Vec::with_capacity(count);
        for _ in 0..count {
            let entry = read_entry(input)?;
            let after = |last: &Entry| (last.component, &last.key) >= (entry.component, &entry.key);
            if entries.last().is_some_and(after) {
                return Err(CodecError::NotCanonical("state entries"));
            }
            entries.push(entry);
        }
        Ok(Self { position, log_root, roots, entries })
    }
}

fn read_entry(input: &mut Reader<'_>) -> Decoded<Entry> {
    let number = input.u16()?;
    let bad = CodecError::BadValue { what: "component", found: u64::from(number) };
    let component = Component::from_number(number).ok_or(bad)?;
    let key = input.bytes("state key", STATE_KEY_BYTES_MAX)?.to_vec();
    let value = match input.flag("value flag")? {
        true => Some(input.bytes("state value", STATE_VALUE_BYTES_MAX)?.to_vec()),
        false => None,
    };
    let proof = MapProof::decode(input.bytes("map proof", MAP_PROOF_BYTES_MAX)?)
        .map_err(|_| CodecError::NotCanonical("map proof"))?;
    Ok(Entry { component, key, value, proof })
}
