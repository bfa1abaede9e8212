//! Programs of artifacts that stand in a state, loaded once.

use std::sync::{Arc, Mutex, PoisonError};

use pluto_core::traits::StateView;
use pluto_core::{Component, Digest};

use crate::program::Program;
use crate::state::artifact_key;
use crate::vm::Vm;

/// Loaded programs kept; a realm has one for each of its slots in use.
const PROGRAMS_MAX: usize = 64;

/// Loads programs from states and keeps them by the id of their artifact.
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

    /// The program of an artifact in the state; none when it does not load, which no node can load.
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
