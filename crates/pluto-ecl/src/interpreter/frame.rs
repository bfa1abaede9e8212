//! What a decision works on: registers, inputs, lists, texts and identities. Made once, used again.

use pluto_core::policy::Fault;

use super::intern::{Identities, Texts};

/// Memory of decisions, one at a time. A warm frame decides without allocating, unless an effect
/// leaves it.
#[derive(Clone, Debug)]
pub struct Frame {
    pub(super) narrow: [i64; 256],
    pub(super) wide: Vec<i64>,
    pub(super) outside: Outside,
}

impl Default for Frame {
    fn default() -> Self {
        Self { narrow: [0; 256], wide: Vec::new(), outside: Outside::default() }
    }
}

impl Frame {
    /// An empty frame.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The inputs, in the order of the policy, as the last binding left them.
    #[must_use]
    pub fn inputs(&self) -> &[i64] {
        &self.outside.inputs
    }
}

/// Everything outside the registers.
#[derive(Clone, Debug, Default)]
pub(super) struct Outside {
    /// Whether a request was bound since it was cleared.
    pub(super) bound: bool,
    pub(super) inputs: Vec<i64>,
    /// Why an input is not there, by input.
    pub(super) faults: Vec<Option<Fault>>,
    pub(super) faulted: bool,
    /// Words of the parameters, one after the other, and where each parameter starts.
    pub(super) params: Vec<i64>,
    pub(super) starts: Vec<usize>,
    /// Where the items of each list start, and how many there are.
    pub(super) lists: Vec<(usize, usize)>,
    pub(super) items: Vec<i64>,
    /// The way from the parameter to what is being bound.
    pub(super) path: Vec<u16>,
    pub(super) texts: Texts,
    pub(super) identities: Identities,
    /// Words of the fact that was read last.
    pub(super) found: Vec<i64>,
    /// Effects: the site, then its words.
    pub(super) effects: Vec<i64>,
    pub(super) effect_count: usize,
}

impl Outside {
    /// Forgets the last decision; keeps the memory.
    pub(super) fn clear(&mut self) {
        self.bound = false;
        self.inputs.clear();
        self.faults.clear();
        self.faulted = false;
        self.params.clear();
        self.starts.clear();
        self.lists.clear();
        self.items.clear();
        self.path.clear();
        self.texts.clear();
        self.identities.clear();
        self.forget_effects();
    }

    pub(super) fn forget_effects(&mut self) {
        self.effects.clear();
        self.effect_count = 0;
    }
}
