//! Where events stand: places from memory and from stored tiles, and the position of an event.

use std::ops::Range;

use pluto_core::EventId;
use pluto_error::Result;
use pluto_merkle::log_tree::TILE_LEAVES;

use super::realm_state::RealmState;
use super::tiles::Place;
use crate::error::NervousError;

impl RealmState {
    /// Places from memory: those from `base` on.
    pub(crate) fn place(&self, position: u64) -> Result<Option<Place>> {
        if position >= self.len() {
            return Ok(None);
        }
        match position.checked_sub(self.base) {
            Some(at) => Ok(usize::try_from(at).ok().and_then(|at| self.places.get(at)).cloned()),
            None => {
                let places = self.tiles.places(position / TILE_LEAVES)?;
                let at = usize::try_from(position % TILE_LEAVES).unwrap_or_default();
                Ok(places.get(at).cloned())
            }
        }
    }

    /// The places of a range, as far as the order reaches; every stored tile is read once.
    pub(crate) fn places_in(&self, range: Range<u64>) -> Result<Vec<Place>> {
        let end = range.end.min(self.len());
        let mut places = Vec::new();
        let mut next = range.start;
        while next < end.min(self.base) {
            let tile = self.tiles.places(next / TILE_LEAVES)?;
            let within = usize::try_from(next % TILE_LEAVES).unwrap_or_default();
            let count = (TILE_LEAVES - next % TILE_LEAVES).min(end - next);
            places.extend(tile.into_iter().skip(within).take(usize::try_from(count).unwrap_or(0)));
            next += count;
        }
        let at = |position: u64| usize::try_from(position.saturating_sub(self.base)).unwrap_or(0);
        places.extend_from_slice(self.places.get(at(next)..at(end)).unwrap_or_default());
        Ok(places)
    }

    /// The position of an event, by binary search over the tiers that may have it.
    pub(crate) fn position(&self, lamport: u64, id: EventId) -> Result<Option<u64>> {
        for tier in self.borders.tiers_with(lamport, self.len()) {
            if let Some(position) = self.position_in(tier, lamport, id)? {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    fn position_in(&self, tier: Range<u64>, lamport: u64, id: EventId) -> Result<Option<u64>> {
        let Range { start: mut low, end: mut high } = tier;
        while low < high {
            let middle = low + (high - low) / 2;
            let place = self.place(middle)?.ok_or(NervousError::UnknownEvent(id))?;
            if place.order_key() < (lamport, id) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(self.place(low)?.filter(|place| place.id == id).map(|_| low))
    }

    /// The places of the full tiles from `first` on, and the places after the last full tile.
    pub(crate) fn tiles_from(&self, first: u64) -> (Vec<Vec<Place>>, Vec<Place>) {
        let skip = usize::try_from((first * TILE_LEAVES).saturating_sub(self.base));
        let places = self.places.get(skip.unwrap_or(usize::MAX)..).unwrap_or_default();
        let chunks = places.chunks_exact(usize::try_from(TILE_LEAVES).unwrap_or(256));
        let tail = chunks.remainder().to_vec();
        (chunks.map(<[Place]>::to_vec).collect(), tail)
    }
}
