//! Rings: what is given comes back to who gave it, by way of others.
//!
//! A gift a → b closes a ring when gifts lead from b back to a over at least one more party. Only the
//! last [`GIFTS_MAX`] gifts are looked at, rings of at most [`RING_MAX`] parties, and at most
//! [`VISITS_MAX`] of them on the way, so that the cost of one event is bounded.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pluto_core::Did;

use super::super::super::{Severity, Sighting};
use super::Finding;

/// Gifts remembered.
pub const GIFTS_MAX: usize = 1_024;
/// Most parties of a ring.
pub const RING_MAX: usize = 5;
/// Most parties looked at for one gift.
pub const VISITS_MAX: usize = 256;
/// Rings of one author at which a warning is due.
const WARN_AT: [u64; 2] = [3, 10];

/// One gift, and whether it closed a ring.
#[derive(Clone, Copy, Debug)]
struct Gift {
    from: Did,
    to: Did,
    closes: bool,
}

/// The last gifts, as a graph.
#[derive(Clone, Debug, Default)]
pub struct Circular {
    gifts: VecDeque<Gift>,
    /// How often each gave to each.
    given: BTreeMap<Did, BTreeMap<Did, u32>>,
    /// Rings that each closed, among the gifts remembered.
    closed: BTreeMap<Did, u64>,
    rings: u64,
}

impl Circular {
    /// Takes a gift in; gives its giver when it has just closed that many rings.
    pub fn observe(&mut self, seen: &Sighting) -> Option<Finding> {
        let (from, to) = (seen.author, seen.toward.filter(|to| *to != seen.author)?);
        if self.gifts.len() >= GIFTS_MAX {
            self.forget_oldest();
        }
        let known = self.given.get(&from).is_some_and(|gifts| gifts.contains_key(&to));
        // Giving again closes nothing that was open.
        let closes = !known && self.leads_back(to, from);
        *self.given.entry(from).or_default().entry(to).or_default() += 1;
        self.gifts.push_back(Gift { from, to, closes });
        if !closes {
            return None;
        }
        self.rings += 1;
        let closed = self.closed.entry(from).or_default();
        *closed += 1;
        let (value, severity) = (*closed, Severity::Warning);
        let what = "gifts go round in rings";
        WARN_AT.contains(&value).then_some(Finding { severity, what, author: from, value })
    }

    /// Rings closed so far.
    #[must_use]
    pub const fn rings(&self) -> u64 {
        self.rings
    }

    /// Whether gifts lead from `start` to `goal` over at least one other party.
    fn leads_back(&self, start: Did, goal: Did) -> bool {
        let mut visited = BTreeSet::from([start]);
        let mut layer = vec![start];
        // `start` and `goal` are two of the parties.
        for hop in 1..RING_MAX {
            let mut next = Vec::new();
            for to in layer.iter().flat_map(|from| self.given.get(from)).flat_map(|to| to.keys()) {
                if *to == goal {
                    if hop > 1 {
                        return true;
                    }
                    continue;
                }
                if visited.len() >= VISITS_MAX {
                    break;
                }
                if visited.insert(*to) {
                    next.push(*to);
                }
            }
            layer = next;
        }
        false
    }

    fn forget_oldest(&mut self) {
        let Some(Gift { from, to, closes }) = self.gifts.pop_front() else { return };
        if let Some(gifts) = self.given.get_mut(&from) {
            if let Some(count) = gifts.get_mut(&to) {
                *count -= 1;
            }
            gifts.retain(|_, count| *count > 0);
            if gifts.is_empty() {
                self.given.remove(&from);
            }
        }
        if closes && let Some(closed) = self.closed.get_mut(&from) {
            *closed -= 1;
            if *closed == 0 {
                self.closed.remove(&from);
            }
        }
    }
}
