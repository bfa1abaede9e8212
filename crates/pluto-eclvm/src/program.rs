//! A loaded bundle, ready to be asked.
//!
//! There is one answer to a question, whoever gives it: the tier of native code where it pays, the
//! interpreter otherwise. Which one runs is only a question of time.

use std::sync::Arc;

use crate::loader::PolicyProgram;
use pluto_core::Digest;
use pluto_core::policy::{Decision, Facts, Fault, Gas, Request};
use pluto_ecl::code;
use pluto_ecl::interpreter::{Frame, Program as Code};

use crate::columns::Columns;
use crate::idle::Idle;
use crate::tier::Tier;
use crate::verdicts::Verdicts;

/// A loaded bundle.
pub struct Program {
    id: Digest,
    code: Arc<Code>,
    tier: Tier,
    frames: Idle<Frame>,
}

impl Program {
    pub(crate) fn new(id: Digest, code: Arc<Code>, tier: Tier) -> Self {
        Self { id, code, tier, frames: Idle::default() }
    }

    /// The id of its artifact.
    #[must_use]
    pub const fn id(&self) -> Digest {
        self.id
    }

    /// The verified code.
    #[must_use]
    pub fn code(&self) -> &Arc<Code> {
        &self.code
    }

    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "there is nothing to compile"))]
    pub(crate) fn tier(&self) -> &Tier {
        &self.tier
    }

    /// A policy by name.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<&code::Policy> {
        self.code.module().policies.get(self.code.find(name)?)
    }

    /// Whether there is native code for the next decision.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.tier.is_native()
    }

    /// Asks policy `index`.
    #[must_use]
    pub fn ask(&self, index: usize, request: &Request, facts: &dyn Facts, limit: Gas) -> Decision {
        self.tier
            .decide(&self.code, index, request, facts, limit)
            .unwrap_or_else(|| self.interpret(index, request, facts, limit))
    }

    /// No records for policy `index`.
    #[must_use]
    pub fn columns(&self, index: usize) -> Columns {
        let policy = self.code.module().policies.get(index);
        Columns::new(policy.map_or(0, |policy| policy.inputs.len()))
    }

    /// Decides on many records whose inputs the caller has as words, and leaves a verdict for each in
    /// `out`: the same as asking for each alone. Lists are empty, nothing is read, effects are not
    /// told.
    pub fn decide_batch(&self, index: usize, columns: &Columns, limit: Gas, out: &mut Verdicts) {
        let mut words = Vec::new();
        let mut alone = |at: usize| {
            words.clear();
            words.extend(columns.record(at));
            self.frames.with(Frame::new, |frame| self.code.run(index, &words, limit, frame))
        };
        if self.tier.decide_batch(&self.code, index, columns, limit, out, &mut alone).is_none() {
            out.clear();
            (0..columns.len()).for_each(|at| out.push(alone(at)));
        }
    }

    fn interpret(
        &self,
        index: usize,
        request: &Request,
        facts: &dyn Facts,
        limit: Gas,
    ) -> Decision {
        self.frames.with(Frame::new, |frame| self.code.decide(index, request, facts, limit, frame))
    }
}

impl PolicyProgram for Program {
    fn decide(&self, policy: &str, request: &Request, facts: &dyn Facts, limit: Gas) -> Decision {
        match self.code.find(policy) {
            Some(index) => self.ask(index, request, facts, limit),
            None => Decision::fault(Fault::NoPolicy, Gas::ZERO),
        }
    }
}
