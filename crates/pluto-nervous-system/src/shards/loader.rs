//! Gets a realm that is not in memory: from its checkpoint, or from the log when that is not whole.
//!
//! Readers and the writer load for themselves, from the same place. What is stored is all there is of a
//! realm that nobody has in memory, because only such a realm is let go; so a realm that is folded from
//! the log needs the log only as far as the catalogue says that it is covered.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use pluto_core::traits::EventLogReader;
use pluto_core::{Digest, RealmId};
use pluto_error::Result;

use super::stats::Counters;
use crate::event_sourcing::{Catalogue, RealmState, Rules, Stored};
use crate::writer::{Authenticator, fold_on};

/// What loading takes.
pub(crate) struct Loader {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) log: Arc<dyn EventLogReader>,
    pub(crate) rules: Arc<Rules>,
    /// What says which events bring keys; the directory behind it is the writer's.
    pub(crate) authenticator: Authenticator,
    /// Microseconds since any moment.
    stopwatch: fn() -> u64,
    /// Realms whose newest blob was found damaged: the writer stores them anew.
    broken: Mutex<BTreeSet<RealmId>>,
}

/// A realm that was loaded.
pub(super) struct Loaded {
    pub(super) state: RealmState,
    /// Whether its newest blob is whole.
    pub(super) is_stored: bool,
    /// The root that the catalogue named.
    pub(super) named: Digest,
}

impl Loader {
    pub(crate) fn new(
        catalogue: Arc<Catalogue>,
        log: Arc<dyn EventLogReader>,
        rules: Arc<Rules>,
        authenticator: Authenticator,
        stopwatch: fn() -> u64,
    ) -> Self {
        Self { catalogue, log, rules, authenticator, stopwatch, broken: Mutex::default() }
    }

    /// A realm from the store; `None` for one that is not there.
    pub(super) fn load(&self, realm: RealmId, counters: &Counters) -> Result<Option<Loaded>> {
        let from = (self.stopwatch)();
        let Some(stored) = self.catalogue.restore(realm, &self.rules)? else { return Ok(None) };
        let Stored { mut state, covered, end, root } = stored;
        let is_stored = covered == end;
        if !is_stored {
            tracing::warn!(%realm, from = covered.0, "folding a realm from the log");
            fold_on(self, &mut state, covered, end)?;
            counters.folded();
            self.broken.lock().unwrap_or_else(PoisonError::into_inner).insert(realm);
        }
        if state.roots().state != root {
            tracing::error!(%realm, "the log gives another root than the checkpoint named");
        }
        counters.loaded((self.stopwatch)().saturating_sub(from));
        Ok(Some(Loaded { state, is_stored, named: root }))
    }

    /// The realms that were found damaged since the last call.
    pub(super) fn take_broken(&self) -> BTreeSet<RealmId> {
        std::mem::take(&mut *self.broken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
