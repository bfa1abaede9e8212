//! The interpreter: verified code, flattened when it is loaded, run on a reusable frame.
//!
//! ```text
//! request, facts ─ bind ─► inputs ─ run ─► exit or fault ─ answer ─► decision
//! ```
//!
//! A fault costs the bound of the policy, so gas need not be exact at a fault, and is added up per
//! straight stretch. When the limit does not cover the bound, every fault of the run is answered as
//! `out_of_gas`: which of the two comes first would depend on where gas is counted.

mod answer;
mod bind;
mod flat;
mod frame;
mod host;
mod instruction;
mod intern;
mod run;
mod world;

use pluto_core::did::Did;
use pluto_core::policy::{Claim, Decision, Facts, Fault, Gas, Outcome, Request, Value};
use pluto_core::trust::TrustVector;

use crate::code::{self, Ending, Module, Rule};
use crate::optimise::optimise;
use crate::verify::{self, CodeError, Refusal};
use bind::Binder;
use flat::{Code, Due, Flat};
pub use frame::Frame;
pub use host::Host;
use intern::Texts;
use world::World;

/// The handle of a text or identity that is not there.
pub(crate) const ABSENT: i64 = -1;

/// Code that was verified and made ready to run.
#[derive(Clone, Debug)]
pub struct Program {
    shared: Shared,
    policies: Vec<Loaded>,
}

/// What all policies of a program use.
#[derive(Clone, Debug)]
struct Shared {
    module: Module,
    literals: Texts,
}

#[derive(Clone, Debug)]
struct Loaded {
    flat: Flat,
    /// The same with checks of inputs, for when a fact could not be read.
    careful: Option<Flat>,
}

/// An answer without its effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// The rule that decided; see [`Decision::rule`].
    pub rule: u16,
    /// Which conditions held; see [`Decision::mask`].
    pub mask: u64,
    /// What it cost.
    pub gas: Gas,
}

impl Program {
    /// Verifies, optimises and flattens a module. An artifact carries code as it was lowered, so that
    /// the optimiser need not be believed; what it makes stays here.
    ///
    /// # Errors
    /// `ECL-0010` when the module does not verify.
    pub fn load(module: &Module) -> Result<Self, CodeError> {
        verify::verify(module)?;
        Self::flatten(optimise(module))
    }

    /// The same without the optimiser; gives the same answers, slower.
    ///
    /// # Errors
    /// As [`Program::load`].
    pub fn load_as_written(module: &Module) -> Result<Self, CodeError> {
        verify::verify(module)?;
        Self::flatten(module.clone())
    }

    fn flatten(module: Module) -> Result<Self, CodeError> {
        let mut literals = Texts::default();
        module.literals.iter().for_each(|literal| {
            literals.add(literal);
        });
        let mut policies = Vec::with_capacity(module.policies.len());
        for (at, policy) in (0_u16..).zip(&module.policies) {
            let refused = CodeError { policy: Some(at), rule: Refusal::Bound("places") };
            let flat = flat::flatten(&module, policy, false).ok_or(refused)?;
            let facts = policy.inputs.iter().any(|i| matches!(i, code::Input::Fact { .. }));
            let careful = if facts {
                Some(flat::flatten(&module, policy, true).ok_or(refused)?)
            } else {
                None
            };
            policies.push(Loaded { flat, careful });
        }
        Ok(Self { shared: Shared { module, literals }, policies })
    }

    /// The code that runs.
    #[must_use]
    pub const fn module(&self) -> &Module {
        &self.shared.module
    }

    /// The policy of that name, by index.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.shared.module.policies.iter().position(|policy| policy.name == name)
    }

    /// The answer of policy `index`.
    #[must_use]
    pub fn decide(
        &self,
        index: usize,
        request: &Request,
        facts: &dyn Facts,
        limit: Gas,
        frame: &mut Frame,
    ) -> Decision {
        let Some(policy) = self.shared.module.policies.get(index) else {
            return Decision::fault(Fault::NoPolicy, Gas::ZERO);
        };
        if let Err(fault) = self.bind(index, request, facts, frame) {
            return Decision::fault(fault, policy.bound.min(limit));
        }
        let verdict = self.answer(index, frame, facts, limit);
        self.decision(index, frame, verdict, limit)
    }

    /// Checks the arguments and reads the facts that are inputs.
    ///
    /// # Errors
    /// `NoPolicy`, and `BadRequest` or `TooLarge` when an argument does not fit its parameter.
    pub fn bind(
        &self,
        index: usize,
        request: &Request,
        facts: &dyn Facts,
        frame: &mut Frame,
    ) -> Result<(), Fault> {
        let policy = self.shared.module.policies.get(index).ok_or(Fault::NoPolicy)?;
        let mut binder = Binder { shared: &self.shared, policy, outside: &mut frame.outside };
        binder.bind(request, facts)
    }

    /// Decides what [`Program::bind`] left in the frame.
    #[must_use]
    pub fn answer(
        &self,
        index: usize,
        frame: &mut Frame,
        facts: &dyn Facts,
        limit: Gas,
    ) -> Verdict {
        frame.outside.forget_effects();
        let inputs = std::mem::take(&mut frame.outside.inputs);
        let verdict = self.run_on(index, frame, &inputs, facts, limit);
        frame.outside.inputs = inputs;
        verdict
    }

    /// Decides on inputs that the caller has as words, in the order of the policy's inputs: for
    /// callers that keep facts about identities at hand. Lists are empty, and nothing is read.
    #[must_use]
    pub fn run(&self, index: usize, inputs: &[i64], limit: Gas, frame: &mut Frame) -> Verdict {
        if frame.outside.bound {
            frame.outside.clear();
        }
        frame.outside.forget_effects();
        self.run_on(index, frame, inputs, &NoFacts, limit)
    }

    fn run_on(
        &self,
        index: usize,
        frame: &mut Frame,
        inputs: &[i64],
        facts: &dyn Facts,
        limit: Gas,
    ) -> Verdict {
        let found = self.policies.get(index).zip(self.shared.module.policies.get(index));
        let Some((loaded, policy)) = found else { return fault(Fault::NoPolicy, Gas::ZERO) };
        let flat = match &loaded.careful {
            Some(careful) if frame.outside.faulted => careful,
            _ => &loaded.flat,
        };
        let Frame { narrow, wide, outside } = frame;
        let mut world = World { shared: &self.shared, policy, facts, outside };
        let ran = match &flat.code {
            Code::Narrow(code) => {
                narrow.iter_mut().zip(inputs).for_each(|(slot, word)| *slot = *word);
                run::run(code, &flat.tables, narrow, &mut world)
            }
            Code::Wide(code) => {
                wide.resize(flat.places.max(wide.len()), 0);
                wide.iter_mut().zip(inputs).for_each(|(slot, word)| *slot = *word);
                run::run(code, &flat.tables, wide.as_mut_slice(), &mut world)
            }
        };
        let (at, added) = match ran {
            Ok(ran) => ran,
            Err(stopped) if policy.bound.fits(limit) => {
                return fault(stopped, policy.bound);
            }
            Err(_) => return fault(Fault::OutOfGas, policy.bound.min(limit)),
        };
        let Some(exit) = flat.tables.exits.get(usize::from(at)) else {
            return fault(Fault::Engine, policy.bound.min(limit));
        };
        let Due { gas, mask } = exit.due;
        let gas = gas.plus(added.gas);
        if !gas.fits(limit) {
            return fault(Fault::OutOfGas, policy.bound.min(limit));
        }
        let outcome = outcome(exit.ending, exit.rule, &policy.rules);
        Verdict { outcome, rule: exit.rule, mask: mask | added.mask, gas }
    }
}

const fn fault(fault: Fault, gas: Gas) -> Verdict {
    Verdict { outcome: Outcome::Indeterminate(fault), rule: 0, mask: 0, gas }
}

fn outcome(ending: Ending, rule: u16, rules: &[Rule]) -> Outcome {
    match ending {
        Ending::Deny => Outcome::Deny,
        Ending::Allow => Outcome::Allow,
        Ending::Escalate => {
            let rule = usize::from(rule).checked_sub(1).and_then(|at| rules.get(at));
            let escalated = |rule: &Rule| Outcome::Escalate {
                timeout_ms: rule.timeout_ms,
                fallback: rule.fallback,
            };
            rule.map_or(Outcome::Indeterminate(Fault::Engine), escalated)
        }
    }
}

/// A host that answers nothing.
pub(crate) struct NoFacts;

impl Facts for NoFacts {
    fn trust(&self, _: &Did) -> Result<TrustVector, Fault> {
        Err(Fault::NotSupported)
    }

    fn balance(&self, _: &Did) -> Result<i64, Fault> {
        Err(Fault::NotSupported)
    }

    fn holds(&self, _: &Did, _: Claim<'_>) -> Result<bool, Fault> {
        Err(Fault::NotSupported)
    }

    fn record(&self, _: &str, _: u16, _: &str) -> Result<Option<Vec<Value>>, Fault> {
        Err(Fault::NotSupported)
    }

    fn now_ms(&self) -> i64 {
        0
    }
}

#[cfg(test)]
mod tests;
