//! What a step of the fold reads: the state so far.

use std::cell::RefCell;
use std::sync::Arc;

use pluto_core::traits::StateView;
use pluto_core::{Component, RealmId};

use super::WorkingState;
use crate::merkle_tracker::StateMaps;

/// What one step reads; entries it asks for stay in the working set, absent ones too.
pub(super) struct View<'a> {
    state: RefCell<&'a mut WorkingState>,
    realm: RealmId,
    time_ms: u64,
    maps: &'a StateMaps,
}

impl<'a> View<'a> {
    pub(super) fn new(state: &'a mut WorkingState, maps: &'a StateMaps) -> Self {
        let (realm, time_ms) = (state.realm, state.time_ms);
        Self { state: RefCell::new(state), realm, time_ms, maps }
    }
}

impl StateView for View<'_> {
    fn realm(&self) -> RealmId {
        self.realm
    }

    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>> {
        self.state.borrow_mut().read(self.maps, component, key)
    }

    fn time_ms(&self) -> u64 {
        self.time_ms
    }
}
