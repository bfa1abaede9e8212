//! Handles: equal texts and identities get equal numbers, so that code compares numbers.
//!
//! A few values are compared one by one; more are found by a keyed hash, because requests come from
//! strangers. Numbers are given in order of appearance and never depend on the hash.

use std::hash::{BuildHasher, Hash, RandomState};

use pluto_core::did::Did;

/// Up to here, looking at each is quicker than hashing.
const FEW: usize = 8;

/// Places by hash; open addressing, at most half full.
#[derive(Clone, Debug, Default)]
struct Index {
    state: RandomState,
    /// Places plus one; zero is free.
    slots: Vec<u32>,
    used: usize,
}

impl Index {
    fn clear(&mut self) {
        if self.used > 0 {
            self.slots.fill(0);
            self.used = 0;
        }
    }

    fn hash<T: Hash + ?Sized>(&self, value: &T) -> usize {
        // The low bits are as good as any.
        self.state.hash_one(value) as usize
    }

    fn find(&self, hash: usize, equal: impl Fn(usize) -> bool) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        for step in 0..self.slots.len() {
            let slot = *self.slots.get(hash.wrapping_add(step) & mask)?;
            let place = (slot as usize).checked_sub(1)?;
            if equal(place) {
                return Some(place);
            }
        }
        None
    }

    /// Adds a place; `hashes` gives the hash of each place there is, for growing.
    fn add(&mut self, place: usize, hashes: impl Fn(&Self, usize) -> usize) {
        if (place + 1) * 2 > self.slots.len() || self.used < place {
            let size = ((place + 1) * 4).next_power_of_two();
            self.slots.clear();
            self.slots.resize(size, 0);
            for known in 0..place {
                let hash = hashes(self, known);
                self.put(hash, known);
            }
        }
        let hash = hashes(self, place);
        self.put(hash, place);
        self.used = place + 1;
    }

    fn put(&mut self, hash: usize, place: usize) {
        let Some(mask) = self.slots.len().checked_sub(1) else { return };
        for step in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(hash.wrapping_add(step) & mask) else { return };
            if *slot == 0 {
                *slot = u32::try_from(place + 1).unwrap_or(0);
                return;
            }
        }
    }
}

/// Texts by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    bytes: String,
    ends: Vec<(u32, u32)>,
    index: Index,
}

impl Texts {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.index.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&str> {
        let (start, end) = *self.ends.get(place)?;
        self.bytes.get(start as usize..end as usize)
    }

    pub(super) fn find(&self, text: &str) -> Option<usize> {
        if self.ends.len() <= FEW {
            return (0..self.ends.len()).find(|place| self.get(*place) == Some(text));
        }
        self.index.find(self.index.hash(text), |place| self.get(place) == Some(text))
    }

    /// Adds a text that is not there.
    pub(super) fn add(&mut self, text: &str) -> usize {
        let place = self.ends.len();
        let start = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes.push_str(text);
        let end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.ends.push((start, end));
        if place >= FEW {
            let mut index = std::mem::take(&mut self.index);
            index.add(place, |index, place| index.hash(self.get(place).unwrap_or_default()));
            self.index = index;
        }
        place
    }
}

/// Identities by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Identities {
    all: Vec<Did>,
    index: Index,
}

impl Identities {
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.index.clear();
    }

    pub(super) fn get(&self, place: usize) -> Option<&Did> {
        self.all.get(place)
    }

    pub(super) fn intern(&mut self, did: &Did) -> usize {
        let place = self.all.len();
        let found = if place <= FEW {
            self.all.iter().position(|known| known == did)
        } else {
            self.index.find(self.index.hash(did), |at| self.all.get(at) == Some(did))
        };
        if let Some(found) = found {
            return found;
        }
        self.all.push(*did);
        if place >= FEW {
            let mut index = std::mem::take(&mut self.index);
            index.add(place, |index, place| self.all.get(place).map_or(0, |did| index.hash(did)));
            self.index = index;
        }
        place
    }
}
