//! Realms in the order of their last use. Pure: whoever asks says when something was used.
//!
//! Only what may go stands here, so the oldest one always can: whoever must stay is taken out.

use std::collections::{BTreeMap, HashMap};

use pluto_core::RealmId;

/// Realms, the one that was not used for longest first.
#[derive(Debug, Default)]
pub(super) struct Lru {
    by_use: BTreeMap<u64, RealmId>,
    uses: HashMap<RealmId, u64>,
    next: u64,
}

impl Lru {
    /// Puts a realm last, wherever it stood.
    pub(super) fn put(&mut self, realm: RealmId) {
        self.take_out(realm);
        self.by_use.insert(self.next, realm);
        self.uses.insert(realm, self.next);
        self.next += 1;
    }

    /// Puts a realm last if it stands here.
    pub(super) fn touch(&mut self, realm: RealmId) {
        if self.uses.contains_key(&realm) {
            self.put(realm);
        }
    }

    pub(super) fn take_out(&mut self, realm: RealmId) {
        if let Some(used) = self.uses.remove(&realm) {
            self.by_use.remove(&used);
        }
    }

    /// The one that was not used for longest, other than `spared`.
    pub(super) fn oldest_but(&self, spared: Option<RealmId>) -> Option<RealmId> {
        self.by_use.values().find(|realm| Some(**realm) != spared).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_use.is_empty()
    }
}
