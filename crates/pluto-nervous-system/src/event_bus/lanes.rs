//! The lanes themselves: weighted service over lanes, turns over sources, turns over the realms of each,
//! first in first out within.
//!
//! Deficit round robin (Shreedhar and Varghese, SIGCOMM 1995) with a cost of one per item. Pure: no
//! lock, no clock. Memory is bounded by the items waiting: a source without items leaves no trace.

use std::collections::{BTreeMap, VecDeque};

use super::flows::{Flows, Of};
use super::{LANE_COUNT, Lane, LaneLimits, SHARES, Source};

struct LaneQueue<T> {
    /// Never holds an empty queue.
    by_source: BTreeMap<Source, Flows<T>>,
    /// Every source in `by_source` once; the front is served next.
    turns: VecDeque<Source>,
    len: usize,
    /// Items it may still give up in this round.
    credit: u32,
    items_max: usize,
    source_items_max: usize,
}

/// All lanes.
pub(super) struct Lanes<T> {
    lanes: [LaneQueue<T>; LANE_COUNT],
}

impl<T> Lanes<T> {
    pub(super) fn new(limits: [LaneLimits; LANE_COUNT]) -> Self {
        let lanes = limits.map(|limits| LaneQueue {
            by_source: BTreeMap::new(),
            turns: VecDeque::new(),
            len: 0,
            credit: 0,
            items_max: limits.items_max.max(1),
            source_items_max: limits.source_items_max.max(1),
        });
        Self { lanes }
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(|lane| lane.len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether both the lane and the source's share of it have a place.
    pub(super) fn has_room(&self, lane: Lane, source: Source) -> bool {
        let Some(queue) = self.lanes.get(lane.index()) else { return false };
        let of_source = queue.by_source.get(&source).map_or(0, Flows::len);
        queue.len < queue.items_max && of_source < queue.source_items_max
    }

    /// Puts an item in; the caller has made sure of a place.
    pub(super) fn put(&mut self, lane: Lane, source: Source, realm: Of, item: T) {
        let Some(queue) = self.lanes.get_mut(lane.index()) else { return };
        let items = queue.by_source.entry(source).or_default();
        if items.len() == 0 {
            queue.turns.push_back(source);
        }
        items.put(realm, item);
        queue.len += 1;
    }

    /// Makes a place by removing the oldest item: of the source itself when its share is full, else
    /// of the source that has most items waiting.
    pub(super) fn displace(&mut self, lane: Lane, source: Source) -> Option<(Source, T)> {
        let queue = self.lanes.get_mut(lane.index())?;
        let own = queue.by_source.get(&source).map_or(0, Flows::len);
        let victim = if own >= queue.source_items_max {
            source
        } else {
            *queue.by_source.iter().max_by_key(|(_, items)| items.len())?.0
        };
        let item = queue.pop(victim, Flows::take_oldest)?;
        if !queue.by_source.contains_key(&victim) {
            queue.turns.retain(|other| *other != victim);
        }
        Some((victim, item))
    }

    /// Takes the next item.
    pub(super) fn take(&mut self) -> Option<(Lane, T)> {
        if let Some(found) = self.take_within_credit() {
            return Some(found);
        }
        for (lane, share) in self.lanes.iter_mut().zip(SHARES) {
            lane.credit = share;
        }
        self.take_within_credit()
    }

    fn take_within_credit(&mut self) -> Option<(Lane, T)> {
        for (lane, queue) in Lane::ALL.into_iter().zip(&mut self.lanes) {
            if queue.credit > 0
                && let Some(item) = queue.take_turn()
            {
                queue.credit -= 1;
                return Some((lane, item));
            }
        }
        None
    }
}

impl<T> LaneQueue<T> {
    /// Takes an item of the source whose turn it is, of the realm whose turn it is there.
    fn take_turn(&mut self) -> Option<T> {
        let source = self.turns.pop_front()?;
        let item = self.pop(source, Flows::take_turn);
        if self.by_source.contains_key(&source) {
            self.turns.push_back(source);
        }
        item
    }

    /// Takes an item of `source`; its turn is the caller's to keep or end.
    fn pop(&mut self, source: Source, take: impl FnOnce(&mut Flows<T>) -> Option<T>) -> Option<T> {
        let items = self.by_source.get_mut(&source)?;
        let item = take(items)?;
        if items.len() == 0 {
            self.by_source.remove(&source);
        }
        self.len -= 1;
        Some(item)
    }
}
