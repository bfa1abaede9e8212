//! Statements, and how they end the policy.
//!
//! A condition that decides is taken apart at `&&` and `||`: each part leaves by itself, so that the
//! code runs straight on while the policy goes on, and every exit knows what was paid on the way.

use pluto_core::policy::{EffectKind, MASK_BITS};

use super::Lowered;
use super::build::Builder;
use super::value::{Source, Word};
use crate::code::{Ending, Kind, Node, Op, Reg};
use crate::gas;
use crate::hir::{Comparison, Expr, ExprKind, Stmt};

/// Whether code after it is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Open,
    Closed,
}

impl Builder<'_> {
    /// The whole policy.
    pub(super) fn body(&mut self) -> Lowered<()> {
        let policy = self.policy;
        if self.block_of(&policy.body)? == Flow::Open {
            let ending = if policy.end_allows { Ending::Allow } else { Ending::Deny };
            self.push(Node::Decide(ending, 0))?;
        }
        Ok(())
    }

    fn block_of(&mut self, statements: &[Stmt]) -> Lowered<Flow> {
        for statement in statements {
            if self.deeper(|this| this.statement(statement))? == Flow::Closed {
                return Ok(Flow::Closed);
            }
        }
        Ok(Flow::Open)
    }

    fn statement(&mut self, statement: &Stmt) -> Lowered<Flow> {
        self.charge(gas::of_statement(statement, self.effect_kind(statement)))?;
        match statement {
            Stmt::Let(local, expr) => {
                let value = self.expr(expr)?;
                if let Some(slot) = self.locals.get_mut(usize::from(*local)) {
                    *slot = Some(value);
                }
                Ok(Flow::Open)
            }
            Stmt::Require(rule, condition) => self.require(*rule, condition, Some(*rule)),
            Stmt::Deny(rule, Some(condition)) => {
                self.leave_if(condition, *rule, Ending::Deny).map(|()| Flow::Open)
            }
            Stmt::Allow(rule, Some(condition)) => {
                self.leave_if(condition, *rule, Ending::Allow).map(|()| Flow::Open)
            }
            Stmt::Deny(rule, None) => self.decide(Ending::Deny, *rule),
            Stmt::Allow(rule, None) => self.decide(Ending::Allow, *rule),
            Stmt::Escalate(rule) => self.decide(Ending::Escalate, *rule),
            Stmt::If(condition, then, otherwise) => self.branch(condition, then, otherwise),
            Stmt::Match(value, arms) => {
                let word = self.word(value)?;
                self.arms(word, arms)
            }
            Stmt::Effect(site, fields) => self.effect(*site, fields).map(|()| Flow::Open),
        }
    }

    fn effect_kind(&self, statement: &Stmt) -> Option<EffectKind> {
        let Stmt::Effect(site, _) = statement else { return None };
        self.policy.effects.get(usize::from(*site)).map(|site| site.kind)
    }

    fn decide(&mut self, ending: Ending, rule: u16) -> Lowered<Flow> {
        self.push(Node::Decide(ending, rule))?;
        Ok(Flow::Closed)
    }

    fn mark(&mut self, rule: Option<u16>, holds: Reg) -> Lowered<()> {
        match rule {
            Some(rule) if u32::from(rule) <= MASK_BITS => self.push(Node::Mark(rule, holds)),
            _ => Ok(()),
        }
    }

    /// Goes on if the condition holds. The rule is marked where the whole condition is known to hold.
    fn require(&mut self, rule: u16, condition: &Expr, mark: Option<u16>) -> Lowered<Flow> {
        self.deeper(|this| match &condition.kind {
            ExprKind::And(left, right) => {
                this.charge(gas::of_expr(condition))?;
                this.require(rule, left, None)?;
                this.require(rule, right, mark)
            }
            ExprKind::Or(left, right) => {
                this.charge(gas::of_expr(condition))?;
                let left = this.scalar(left)?;
                this.mark(mark, left)?;
                let (otherwise, _) = this.nested(|this| this.require(rule, right, mark))?;
                this.push(Node::If(left, Vec::new(), otherwise))?;
                Ok(Flow::Open)
            }
            _ => {
                let holds = this.scalar(condition)?;
                this.mark(mark, holds)?;
                let (otherwise, _) = this.nested(|this| this.decide(Ending::Deny, rule))?;
                this.push(Node::If(holds, Vec::new(), otherwise))?;
                Ok(Flow::Open)
            }
        })
    }

    /// Ends by the rule if the condition holds.
    fn leave_if(&mut self, condition: &Expr, rule: u16, ending: Ending) -> Lowered<()> {
        self.deeper(|this| match &condition.kind {
            ExprKind::Or(left, right) => {
                this.charge(gas::of_expr(condition))?;
                this.leave_if(left, rule, ending)?;
                this.leave_if(right, rule, ending)
            }
            ExprKind::And(left, right) => {
                this.charge(gas::of_expr(condition))?;
                let left = this.scalar(left)?;
                let (then, ()) = this.nested(|this| this.leave_if(right, rule, ending))?;
                this.push(Node::If(left, then, Vec::new()))
            }
            _ => {
                let holds = this.scalar(condition)?;
                this.mark(Some(rule), holds)?;
                let (then, _) = this.nested(|this| this.decide(ending, rule))?;
                this.push(Node::If(holds, then, Vec::new()))
            }
        })
    }

    fn branch(&mut self, condition: &Expr, then: &[Stmt], otherwise: &[Stmt]) -> Lowered<Flow> {
        self.deeper(|this| {
            if let (ExprKind::And(left, right), []) = (&condition.kind, otherwise) {
                this.charge(gas::of_expr(condition))?;
                let left = this.scalar(left)?;
                let (inner, _) = this.nested(|this| this.branch(right, then, &[]))?;
                this.push(Node::If(left, inner, Vec::new()))?;
                return Ok(Flow::Open);
            }
            let holds = this.scalar(condition)?;
            let (then, first) = this.nested(|this| this.block_of(then))?;
            let (otherwise, second) = this.nested(|this| this.block_of(otherwise))?;
            this.push(Node::If(holds, then, otherwise))?;
            Ok(if (first, second) == (Flow::Closed, Flow::Closed) {
                Flow::Closed
            } else {
                Flow::Open
            })
        })
    }

    /// The arms in order; the last takes what is left.
    fn arms(&mut self, word: Word, arms: &[(u64, Vec<Stmt>)]) -> Lowered<Flow> {
        let Some(((variants, body), rest)) = arms.split_first() else { return Ok(Flow::Open) };
        if rest.is_empty() {
            return self.block_of(body);
        }
        let taken = self.is_one_of(word, *variants)?;
        let (then, first) = self.nested(|this| this.block_of(body))?;
        let (otherwise, second) = self.nested(|this| this.arms(word, rest))?;
        self.push(Node::If(taken, then, otherwise))?;
        Ok(if (first, second) == (Flow::Closed, Flow::Closed) { Flow::Closed } else { Flow::Open })
    }

    fn is_one_of(&mut self, word: Word, variants: u64) -> Lowered<Reg> {
        if variants.is_power_of_two() {
            let variant = i64::from(variants.trailing_zeros());
            let variant = Word { source: Source::Const(variant), kind: Kind::Number };
            return self.compare_words(Comparison::Eq, word, variant);
        }
        let set = Word { source: Source::Const(variants.cast_signed()), kind: Kind::Number };
        let (set, variant) = (self.load(set)?, self.load(word)?);
        self.emit(Kind::Bool, Op::Bit(set, variant))
    }

    fn effect(&mut self, site: u16, fields: &[Expr]) -> Lowered<()> {
        let mut registers = Vec::new();
        for field in fields {
            for word in self.expr(field)? {
                registers.push(self.load(word)?);
            }
        }
        self.push(Node::Effect(site, registers))
    }
}
