//! A realm on its footing.

use std::sync::Arc;

use pluto_core::state::{RULES_KEY, RulesRecord};
use pluto_core::traits::{KvBatch, KvStore};
use pluto_core::{Canonical, Component, Event, RealmId};
use pluto_error::Result;
use pluto_merkle::log_tree::TILE_LEAVES;

use super::super::borders::Quorum;
use super::super::checkpoint::restore;
use super::super::fold::Rules;
use super::super::held::order_key;
use super::super::realm_state::RealmState;
use super::super::tiles::{encode_tile, tile_key};
use super::{Footing, Footings, mismatch};

impl Footings {
    /// A realm where folding begins: on its footing, or before its first event.
    pub(crate) fn begin(
        self: &Arc<Self>,
        realm: RealmId,
        rules: &Rules,
        store: &Arc<dyn KvStore>,
    ) -> Result<RealmState> {
        match self.get(realm)? {
            Some(footing) => footing.stand(self, rules, store),
            None => Ok(RealmState::new(realm, Arc::clone(store), Arc::clone(self))),
        }
    }
}

impl Footing {
    /// The realm just before the border. Nothing is written: its tiles are not in `store`.
    ///
    /// # Errors
    /// `NRV-0014` when the parts do not fit each other.
    pub(super) fn unstored(
        &self,
        footings: &Arc<Footings>,
        store: &Arc<dyn KvStore>,
    ) -> Result<RealmState> {
        let state = restore(self.realm, &self.blob, store, footings)?;
        let before = state.borders.position();
        if state.len() != self.border.position || state.base != self.tiles.len() as u64 {
            return Err(mismatch(self.realm, "number of events").into());
        }
        if self.border.position <= before {
            return Err(mismatch(self.realm, "border").into());
        }
        Ok(state)
    }

    /// The realm behind the border, with its tiles in `store`.
    fn stand(
        &self,
        footings: &Arc<Footings>,
        rules: &Rules,
        store: &Arc<dyn KvStore>,
    ) -> Result<RealmState> {
        let mut state = self.unstored(footings, store)?;
        for (number, tile) in (0..).zip(self.tiles.chunks(TILE_LEAVES as usize)) {
            let write = (tile_key(self.realm, number), Some(encode_tile(tile)));
            store.apply(&KvBatch { writes: vec![write] })?;
        }
        state.borders.root = creator_of(&state).unwrap_or_else(|| Arc::clone(&state.borders.root));
        let proposal = self.run.events.iter().find(|event| event.id == self.border.proposal);
        let proposal = proposal.ok_or_else(|| mismatch(self.realm, "proposal"))?;
        state.end_tier(rules, self.border.clone(), proposal)?;
        state.settle()?;
        Ok(state)
    }
}

impl RealmState {
    /// Keeps no payload in memory of what stands before the footing, and asks for none.
    pub(crate) fn stand_fast(&mut self) {
        let before = self.footings.position(&self.realm).min(self.len());
        let first = self.len() - self.recent.len() as u64;
        let count = usize::try_from(before.saturating_sub(first)).unwrap_or(usize::MAX);
        self.forget_recent(count.min(self.recent.len()));
    }

    /// Whether an event stands before the footing: its payload is what it was.
    pub(crate) fn is_fast(&self, event: &Event) -> Result<bool> {
        let before = self.footings.position(&self.realm);
        let (lamport, id) = order_key(event);
        Ok(before > 0 && self.position(lamport, id)?.is_some_and(|place| place < before))
    }
}

/// Who decides about the first border; the blob of a realm without any border does not say.
fn creator_of(state: &RealmState) -> Option<Arc<Quorum>> {
    let record = state.tracker.maps().get(Component::Realm).get(RULES_KEY)?;
    let witnesses = vec![RulesRecord::decode(record).ok()?.creator];
    Some(Arc::new(Quorum { witnesses, threshold: 1 }))
}
