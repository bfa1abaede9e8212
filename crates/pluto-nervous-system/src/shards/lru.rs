//! Realms in the order of their last use. Pure: whoever asks says when something was used.
//!
//! Only what may go stands here: whoever must stay is taken out. The one that was used last stays all the
//! same, however large it is: it would only be loaded again.

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

    /// Takes out the one that was not used for longest, if there is another one.
    pub(super) fn take_oldest(&mut self) -> Option<RealmId> {
        let oldest = self.by_use.values().next().copied().filter(|_| self.can_give())?;
        self.take_out(oldest);
        Some(oldest)
    }

    /// Where the next use stands in the order.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Those that were used from that place in the order on, the one not used for longest first.
    pub(super) fn since(&self, from: u64) -> impl Iterator<Item = RealmId> {
        self.by_use.range(from..).map(|(_, realm)| *realm)
    }

    /// Whether one of them can go.
    pub(super) fn can_give(&self) -> bool {
        self.by_use.len() > 1
    }
}

#[cfg(test)]
mod tests;
