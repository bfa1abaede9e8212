//! The newest events of the log, in memory until the next checkpoint writes them to the index.
//!
//! 16 bytes an event plus the table's own slack. The hash is keyed at random: authors choose their ids
//! to some degree, and must not be able to make finds slow.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::{Entry, Prefix};

/// Entries by prefix.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: HashTable<Entry>,
    state: RandomState,
}

impl Table {
    pub(crate) fn insert(&mut self, entry: Entry) {
        let hash = self.state.hash_one(entry.prefix.0);
        self.entries.insert_unique(hash, entry, |entry| self.state.hash_one(entry.prefix.0));
    }

    /// The entries whose event may have that prefix, oldest first.
    pub(crate) fn candidates(&self, prefix: Prefix) -> Vec<Entry> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        let hash = self.state.hash_one(prefix.0);
        let mut found: Vec<Entry> =
            self.entries.iter_hash(hash).filter(|entry| entry.prefix == prefix).copied().collect();
        found.sort_unstable();
        found
    }

    /// All entries, in no order.
    pub(crate) fn to_vec(&self) -> Vec<Entry> {
        self.entries.iter().copied().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
