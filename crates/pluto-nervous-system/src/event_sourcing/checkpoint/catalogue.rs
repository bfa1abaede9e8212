//! Which realms are stored, and how one is read back: shared by the writer, readers, and the thread that
//! writes checkpoints.
//!
//! Opening reads the manifests alone. A blob is read when its realm is asked for, and checked then:
//! 1. the blob that the last manifest names;
//! 2. if that is not whole, the one that the manifest before named, which is short of the log's part
//!    between the two;
//! 3. else its footing, or nothing, and the realm is folded from the log. So it is too where the state falls
//!    short of the footing: what it would be folded on from may have been erased.
//!
//! A blob is removed only when two manifests have passed it over, so whoever reads one while the next
//! checkpoint is written looks up the entry once more.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use pluto_core::traits::KvStore;
use pluto_core::{Canonical, Digest, LogPosition, RealmId};
use pluto_error::Result;

use super::super::fold::Rules;
use super::super::footing::Footings;
use super::super::realm_state::RealmState;
use super::manifest::{Manifest, RealmEntry, RealmOutline};
use super::{MANIFESTS, blob, chunk_key, manifest_key};
use crate::error::NervousError;

/// The realms in the store.
pub(crate) struct Catalogue {
    store: Arc<dyn KvStore>,
    footings: Arc<Footings>,
    named: RwLock<Named>,
}

/// What the two manifests that are kept name.
#[derive(Default)]
pub(super) struct Named {
    pub(super) last: Manifest,
    /// How far the manifest before covers the log.
    before_end: LogPosition,
    /// Where the manifest before names another blob than the last one.
    pub(super) before: BTreeMap<RealmId, RealmEntry>,
}

/// A realm from the store. A state that no blob gave begins with nothing.
pub(crate) struct Stored {
    pub(crate) state: RealmState,
    /// How far the state covers the log; less than `end` when the newest blob was not whole.
    pub(crate) covered: LogPosition,
    /// How far it should.
    pub(crate) end: LogPosition,
    /// The state root it has there.
    pub(crate) root: Digest,
}

impl Catalogue {
    /// Reads the manifests. One that cannot be read is left out; of the first version, one whose blobs
    /// are not whole too.
    pub(crate) fn open(store: Arc<dyn KvStore>, footings: Arc<Footings>) -> Result<Self> {
        let mut found: Vec<Manifest> = Vec::new();
        for slot in 0..MANIFESTS {
            let bytes = store.get(&manifest_key(slot))?;
            found.extend(bytes.and_then(|bytes| Manifest::decode(&bytes).ok()));
        }
        found.sort_by_key(|manifest| std::cmp::Reverse(manifest.number));
        let mut named = Named::default();
        let mut found = found.into_iter();
        while let Some(mut manifest) = found.next() {
            match complete(&mut manifest, &store, &footings) {
                Ok(()) => {
                    named = Named::of(manifest, found.next());
                    break;
                }
                Err(error) => {
                    tracing::warn!(number = manifest.number, %error, "checkpoint is not usable");
                }
            }
        }
        Ok(Self { store, footings, named: RwLock::new(named) })
    }

    pub(super) fn named(&self) -> RwLockReadGuard<'_, Named> {
        self.named.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn named_mut(&self) -> RwLockWriteGuard<'_, Named> {
        self.named.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where everything is kept.
    pub(crate) fn store(&self) -> &Arc<dyn KvStore> {
        &self.store
    }

    pub(crate) fn footings(&self) -> &Arc<Footings> {
        &self.footings
    }

    /// How far the checkpoint covers the log.
    pub(crate) fn end(&self) -> LogPosition {
        self.named().last.log_end
    }

    /// Number of stored realms.
    pub(crate) fn len(&self) -> usize {
        self.named().last.realms.len()
    }

    pub(crate) fn contains(&self, realm: &RealmId) -> bool {
        self.named().last.realms.contains_key(realm)
    }

    pub(crate) fn outline(&self, realm: &RealmId) -> Option<Arc<RealmOutline>> {
        self.named().last.realms.get(realm).map(|entry| Arc::clone(&entry.outline))
    }

    /// Every stored realm in outline, ascending.
    pub(crate) fn outlines(&self) -> BTreeMap<RealmId, Arc<RealmOutline>> {
        let named = self.named();
        named.last.realms.iter().map(|(realm, one)| (*realm, Arc::clone(&one.outline))).collect()
    }

    /// The stored realms, ascending.
    pub(crate) fn realms(&self) -> Vec<RealmId> {
        self.named().last.realms.keys().copied().collect()
    }

    /// Takes over the manifest that was just written.
    pub(super) fn replace(&self, next: Manifest) {
        let mut named = self.named_mut();
        let old = std::mem::take(&mut named.last);
        *named = Named::of(next, Some(old));
    }

    /// Reads a realm back and checks it; `None` for one that is not stored.
    ///
    /// # Errors
    /// When its footing cannot be read, and it takes that.
    pub(crate) fn restore(&self, realm: RealmId, rules: &Rules) -> Result<Option<Stored>> {
        loop {
            let named = self.named();
            let Some(entry) = named.last.realms.get(&realm).cloned() else { return Ok(None) };
            let older = named.before.get(&realm).cloned();
            let (end, before_end) = (named.last.log_end, named.before_end);
            drop(named);
            let root = entry.outline.root;
            match self.read(realm, &entry) {
                Ok(state) => return Ok(Some(Stored { state, covered: end, end, root })),
                // It was replaced meanwhile, and what was read is gone.
                Err(_) if self.generation(&realm) != Some(entry.generation) => {}
                Err(error) => {
                    tracing::warn!(%realm, %error, "the checkpoint of a realm is not usable");
                    let older = older.and_then(|entry| self.read(realm, &entry).ok());
                    let (state, covered) = match older {
                        Some(state) => (state, before_end),
                        None => (self.begin(realm, rules)?, LogPosition(0)),
                    };
                    return Ok(Some(Stored { state, covered, end, root }));
                }
            }
        }
    }

    /// The realm where folding begins.
    ///
    /// # Errors
    /// When its footing cannot be read.
    pub(crate) fn begin(&self, realm: RealmId, rules: &Rules) -> Result<RealmState> {
        self.footings.begin(realm, rules, &self.store)
    }

    fn read(&self, realm: RealmId, entry: &RealmEntry) -> Result<RealmState> {
        let state = read(&self.store, realm, entry, &self.footings)?;
        if state.borders.position() < self.footings.position(&realm) {
            let what = "place behind the footing";
            return Err(NervousError::CheckpointMismatch { realm, what }.into());
        }
        Ok(state)
    }

    fn generation(&self, realm: &RealmId) -> Option<u64> {
        self.named().last.realms.get(realm).map(|entry| entry.generation)
    }
}

impl Named {
    fn of(last: Manifest, before: Option<Manifest>) -> Self {
        let before = before.unwrap_or_default();
        let before_end = before.log_end;
        let is_other = |realm: &RealmId, entry: &RealmEntry| {
            last.realms.get(realm).is_none_or(|now| now.generation != entry.generation)
        };
        let before =
            before.realms.into_iter().filter(|(realm, one)| is_other(realm, one)).collect();
        Self { last, before_end, before }
    }
}

/// Fills in the outlines of a manifest of version 1, which takes reading every blob.
fn complete(
    manifest: &mut Manifest,
    store: &Arc<dyn KvStore>,
    footings: &Arc<Footings>,
) -> Result<()> {
    if manifest.is_outlined {
        return Ok(());
    }
    for (realm, entry) in &mut manifest.realms {
        entry.outline = read(store, *realm, entry, footings)?.outline();
    }
    manifest.is_outlined = true;
    Ok(())
}

fn read(
    store: &Arc<dyn KvStore>,
    realm: RealmId,
    entry: &RealmEntry,
    footings: &Arc<Footings>,
) -> Result<RealmState> {
    let mut bytes = Vec::new();
    for index in 0..entry.chunks() {
        let chunk = store.get(&chunk_key(realm, entry.generation, index))?;
        bytes.extend_from_slice(&chunk.unwrap_or_default());
    }
    if !entry.matches(&bytes) {
        return Err(NervousError::CheckpointMismatch { realm, what: "digest" }.into());
    }
    blob::restore(realm, &bytes, store, footings)
}
