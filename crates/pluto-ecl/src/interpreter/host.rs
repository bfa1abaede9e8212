//! What code made from a program elsewhere, such as WASM, asks for while it runs.
//!
//! Everything but registers is the interpreter's: the frame, its binding, texts, facts and effects. So
//! an engine brings only a faster way to run the arithmetic in between.

use pluto_core::policy::{Decision, Facts, Fault, Gas};

use super::frame::Frame;
use super::world::World;
use super::{Program, Verdict, answer, fault, outcome};
use crate::answer::{Answer, decode, gas};
use crate::code::{Fact, TextTest};
use crate::limits::EFFECTS_MAX;

/// The world of one decision.
pub struct Host<'a> {
    world: World<'a>,
}

impl Host<'_> {
    /// Number of items of a list.
    #[must_use]
    pub fn list_length(&self, list: u16) -> i64 {
        self.world.length(list)
    }

    /// A word of an item of a list.
    #[must_use]
    pub fn item(&self, list: u16, index: i64, part: u16) -> i64 {
        self.world.item(list, index, part)
    }

    /// Length of a text in bytes.
    #[must_use]
    pub fn text_length(&self, handle: i64) -> i64 {
        self.world.text_length(handle)
    }

    /// The answer to a question about two texts.
    #[must_use]
    pub fn text_test(&self, test: TextTest, a: i64, b: i64) -> bool {
        self.world.text_test(test, a, b)
    }

    /// The words of a fact; [`Frame::word`] gives them one by one afterwards.
    ///
    /// # Errors
    /// What the facts answer, and `Engine` for a fact that is none.
    pub fn read(&mut self, fact: Option<Fact>, about: i64) -> Result<&[i64], Fault> {
        self.world.read(fact, about)
    }
}

impl Frame {
    /// Whether a fact that is an input could not be read. Only the interpreter goes on from there.
    #[must_use]
    pub const fn is_faulted(&self) -> bool {
        self.outside.faulted
    }

    /// A word of the fact that was read last.
    #[must_use]
    pub fn word(&self, part: usize) -> i64 {
        self.outside.found.get(part).copied().unwrap_or_default()
    }

    /// Forgets the effects of an earlier run.
    pub fn forget_effects(&mut self) {
        self.outside.forget_effects();
    }

    /// Notes an effect of the words of its fields.
    ///
    /// # Errors
    /// `TooLarge` above the bound of effects.
    pub fn effect(&mut self, site: u16, words: &[i64]) -> Result<(), Fault> {
        if self.outside.effect_count == EFFECTS_MAX {
            return Err(Fault::TooLarge);
        }
        self.outside.effect_count += 1;
        self.outside.effects.push(i64::from(site));
        self.outside.effects.extend_from_slice(words);
        Ok(())
    }
}

impl Program {
    /// The world of a decision that [`Program::bind`] left in the frame.
    pub fn host<'a>(
        &'a self,
        index: usize,
        frame: &'a mut Frame,
        facts: &'a dyn Facts,
    ) -> Option<Host<'a>> {
        let policy = self.shared.module.policies.get(index)?;
        let outside = &mut frame.outside;
        Some(Host { world: World { shared: &self.shared, policy, facts, outside } })
    }

    /// The verdict of a run elsewhere that ended with this answer word and these words of gas.
    #[must_use]
    pub fn verdict(
        &self,
        index: usize,
        ran: Result<(i64, [i64; 2]), Fault>,
        limit: Gas,
    ) -> Verdict {
        let Some(policy) = self.shared.module.policies.get(index) else {
            return fault(Fault::NoPolicy, Gas::ZERO);
        };
        let stopped = |found| {
            let found = if policy.bound.fits(limit) { found } else { Fault::OutOfGas };
            fault(found, policy.bound.min(limit))
        };
        let (word, used) = match ran {
            Ok(ran) => ran,
            Err(found) => return stopped(found),
        };
        match decode(word) {
            Answer::Fault(found) => stopped(found),
            Answer::Ended(ending, rule, mask) => {
                let used = gas(used);
                if !used.fits(limit) {
                    return fault(Fault::OutOfGas, policy.bound.min(limit));
                }
                let outcome = outcome(ending, rule, &policy.rules);
                Verdict { outcome, rule, mask, gas: used }
            }
        }
    }

    /// The decision that a verdict and the effects in the frame make.
    #[must_use]
    pub fn decision(&self, index: usize, frame: &Frame, verdict: Verdict, limit: Gas) -> Decision {
        let Verdict { outcome, rule, mask, gas } = verdict;
        let mut effects = Vec::new();
        if outcome == pluto_core::policy::Outcome::Allow && frame.outside.effect_count > 0 {
            let Some(policy) = self.shared.module.policies.get(index) else {
                return Decision::fault(Fault::NoPolicy, Gas::ZERO);
            };
            match answer::effects(&self.shared, policy, &frame.outside) {
                Ok(found) => effects = found,
                Err(fault) => return Decision::fault(fault, policy.bound.min(limit)),
            }
        }
        Decision { outcome, rule, mask, gas, effects }
    }
}
