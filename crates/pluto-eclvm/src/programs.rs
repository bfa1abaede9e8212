//! Programs of artifacts in the state, loaded once.

use std::sync::{Arc, Mutex, PoisonError};

use pluto_core::state::read;
use pluto_core::traits::StateView;
use pluto_core::{Component, Digest};

use crate::program::Program;
use crate::state::{SlotRecord, artifact_key, slot_key};
use crate::vm::Vm;

/// Loaded programs kept; a realm has few.
const PROGRAMS_MAX: usize = 64;

/// Programs by the id of their artifact.
pub struct Programs {
    vm: Arc<Vm>,
    loaded: Mutex<Vec<(Digest, Option<Arc<Program>>)>>,
}

impl Programs {
    /// Loads with `vm`.
    #[must_use]
    pub const fn new(vm: Arc<Vm>) -> Self {
        Self { vm, loaded: Mutex::new(Vec::new()) }
    }

    /// What a slot of the realm holds; no program when it does not load, which no node can load.
    #[must_use]
    pub fn in_slot(
        &self,
        view: &dyn StateView,
        slot: &str,
    ) -> Option<(Digest, Option<Arc<Program>>)> {
        let record: SlotRecord = read(view, Component::EclPolicy, &slot_key(slot))?;
        Some((record.artifact, self.get(view, record.artifact)))
    }

    /// The program of an artifact in the state.
    #[must_use]
    pub fn get(&self, view: &dyn StateView, id: Digest) -> Option<Arc<Program>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, program)) = loaded.iter().find(|(other, _)| *other == id) {
            return program.clone();
        }
        let bytes = view.get(Component::EclPolicy, &artifact_key(&id))?;
        let program = self.vm.load_program(&bytes).ok();
        if loaded.len() >= PROGRAMS_MAX {
            loaded.remove(0);
        }
        loaded.push((id, program.clone()));
        program
    }
}
