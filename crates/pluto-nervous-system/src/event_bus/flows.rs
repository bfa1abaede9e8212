//! What one source has waiting in one lane: a queue for each realm, which take turns.
//!
//! Pure, and bounded by the items that wait: a realm without items leaves no trace.

use std::collections::{BTreeMap, VecDeque};

use pluto_core::RealmId;

/// The realm of an item, if it is of one.
pub(super) type Of = Option<RealmId>;

/// Items of one source. What is of one realm leaves in the order it came.
pub(super) struct Flows<T> {
    /// Never holds an empty queue; with each item the number of those that came before it.
    by_realm: BTreeMap<Of, VecDeque<(u64, T)>>,
    /// Every realm in `by_realm` once; the front is served next.
    turns: VecDeque<Of>,
    len: usize,
    came: u64,
}

impl<T> Default for Flows<T> {
    fn default() -> Self {
        Self { by_realm: BTreeMap::new(), turns: VecDeque::new(), len: 0, came: 0 }
    }
}

impl<T> Flows<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn put(&mut self, realm: Of, item: T) {
        let items = self.by_realm.entry(realm).or_default();
        if items.is_empty() {
            self.turns.push_back(realm);
        }
        items.push_back((self.came, item));
        self.came += 1;
        self.len += 1;
    }

    /// The oldest item of the realm whose turn it is.
    pub(super) fn take_turn(&mut self) -> Option<T> {
        let realm = self.turns.pop_front()?;
        let item = self.pop(realm);
        if self.by_realm.contains_key(&realm) {
            self.turns.push_back(realm);
        }
        item
    }

    /// The oldest item of all.
    pub(super) fn take_oldest(&mut self) -> Option<T> {
        let front = |items: &VecDeque<(u64, T)>| items.front().map(|(came, _)| *came);
        let realm = *self.by_realm.iter().min_by_key(|(_, items)| front(items))?.0;
        let item = self.pop(realm);
        if !self.by_realm.contains_key(&realm) {
            self.turns.retain(|other| *other != realm);
        }
        item
    }

    fn pop(&mut self, realm: Of) -> Option<T> {
        let items = self.by_realm.get_mut(&realm)?;
        let (_, item) = items.pop_front()?;
        if items.is_empty() {
            self.by_realm.remove(&realm);
        }
        self.len -= 1;
        Some(item)
    }
}
