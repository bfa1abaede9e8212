//! Statements: the first one that decides ends the policy.

use pluto_core::did::Did;
use pluto_core::policy::{Decision, Effect, Facts, Fault, Gas, MASK_BITS, Outcome};

use super::outcome_of;
use super::trace::Trace;
use super::value::Val;
use crate::gas;
use crate::hir::{Bundle, Expr, Policy, Stmt};
use crate::limits::EFFECTS_MAX;

/// How far a policy has got.
pub(super) struct Machine<'a> {
    pub(super) bundle: &'a Bundle,
    policy: &'a Policy,
    pub(super) subject: Did,
    pub(super) facts: &'a dyn Facts,
    pub(super) params: Vec<Val>,
    pub(super) locals: Vec<Option<Val>>,
    pub(super) gas: Gas,
    mask: u64,
    effects: Vec<Effect>,
    pub(super) trace: &'a mut Trace,
}

/// A statement that decided: the answer and the rule.
type Decided = (Outcome, u16);

impl<'a> Machine<'a> {
    pub(super) fn new(
        bundle: &'a Bundle,
        policy: &'a Policy,
        subject: Did,
        facts: &'a dyn Facts,
        params: Vec<Val>,
        trace: &'a mut Trace,
    ) -> Self {
        Self {
            bundle,
            policy,
            subject,
            facts,
            params,
            locals: vec![None; policy.locals.len()],
            gas: Gas::ZERO,
            mask: 0,
            effects: Vec::new(),
            trace,
        }
    }

    pub(super) fn run(&mut self) -> Result<Decision, Fault> {
        let policy = self.policy;
        let (outcome, rule) =
            self.block(&policy.body)?.unwrap_or((outcome_of(policy.end_allows), 0));
        let effects = std::mem::take(&mut self.effects);
        let allows = matches!(outcome, Outcome::Allow);
        Ok(Decision {
            outcome,
            rule,
            mask: self.mask,
            gas: self.gas,
            effects: if allows { effects } else { Vec::new() },
        })
    }

    fn block(&mut self, statements: &'a [Stmt]) -> Result<Option<Decided>, Fault> {
        for statement in statements {
            let decided = self.statement(statement)?;
            if decided.is_some() {
                return Ok(decided);
            }
        }
        Ok(None)
    }

    fn statement(&mut self, statement: &'a Stmt) -> Result<Option<Decided>, Fault> {
        let site = match statement {
            Stmt::Effect(site, _) => self.policy.effects.get(usize::from(*site)),
            _ => None,
        };
        self.gas = self.gas.plus(gas::of_statement(statement, site.map(|site| site.kind)));
        match statement {
            Stmt::Let(local, value) => {
                let value = self.eval(value)?;
                self.bind(*local, Some(value))?;
                Ok(None)
            }
            Stmt::Require(rule, condition) => {
                let held = self.condition(*rule, Some(condition))?;
                Ok((!held).then_some((Outcome::Deny, *rule)))
            }
            Stmt::Allow(rule, condition) => {
                let held = self.condition(*rule, condition.as_ref())?;
                Ok(held.then_some((Outcome::Allow, *rule)))
            }
            Stmt::Deny(rule, condition) => {
                let held = self.condition(*rule, condition.as_ref())?;
                Ok(held.then_some((Outcome::Deny, *rule)))
            }
            Stmt::Escalate(number) => {
                self.trace.begin(Some(*number), None);
                self.trace.end(true);
                let rule = usize::from(*number).checked_sub(1);
                let rule = rule.and_then(|at| self.policy.rules.get(at)).ok_or(Fault::Engine)?;
                let (timeout_ms, fallback) = (rule.timeout_ms, rule.fallback);
                Ok(Some((Outcome::Escalate { timeout_ms, fallback }, *number)))
            }
            Stmt::If(condition, yes, no) => {
                self.trace.begin(None, Some(condition.span));
                let held = self.eval(condition)?.flag()?;
                self.trace.end(held);
                self.block(if held { yes } else { no })
            }
            Stmt::Match(value, arms) => {
                let variant = self.eval(value)?.number()?;
                let takes = |(mask, _): &&(u64, Vec<Stmt>)| mask >> variant & 1 == 1;
                let (_, body) = arms.iter().find(takes).ok_or(Fault::Engine)?;
                self.block(body)
            }
            Stmt::Effect(number, values) => self.effect(*number, values).map(|()| None),
        }
    }

    /// Whether the condition of a rule holds; a rule without one always does, and has no bit.
    fn condition(&mut self, rule: u16, condition: Option<&'a Expr>) -> Result<bool, Fault> {
        self.trace.begin(Some(rule), condition.map(|condition| condition.span));
        let held = condition.map_or(Ok(true), |condition| self.eval(condition)?.flag())?;
        self.trace.end(held);
        if condition.is_some() && held && (1..=MASK_BITS).contains(&u32::from(rule)) {
            self.mask |= 1 << (rule - 1);
        }
        Ok(held)
    }

    fn effect(&mut self, number: u16, values: &'a [Expr]) -> Result<(), Fault> {
        let policy = self.policy;
        let site = policy.effects.get(usize::from(number)).ok_or(Fault::Engine)?;
        let mut fields = Vec::with_capacity(values.len());
        for ((name, ty), value) in site.fields.iter().zip(values) {
            let value = self.eval(value)?.leave(&self.bundle.types, ty)?;
            fields.push((name.clone(), value));
        }
        if self.effects.len() == EFFECTS_MAX {
            return Err(Fault::TooLarge);
        }
        self.effects.push(Effect { kind: site.kind, name: site.name.clone(), fields });
        Ok(())
    }

    pub(super) fn bind(&mut self, local: u16, value: Option<Val>) -> Result<(), Fault> {
        let slot = self.locals.get_mut(usize::from(local)).ok_or(Fault::Engine)?;
        *slot = value;
        Ok(())
    }
}
