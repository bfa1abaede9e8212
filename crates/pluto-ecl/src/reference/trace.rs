//! What the evaluator sees on its way, written down for people.
//!
//! Off, it costs nothing but a test; on, it is bounded, because a list of a thousand items would
//! otherwise fill pages.

use super::value::Val;
use crate::diagnostic::Span;
use crate::hir::Expr;
use crate::show;
use crate::types::TypeTable;

/// Most checks that are kept; what comes after only counts.
pub(crate) const CHECKS_MAX: usize = 256;

/// A condition that was evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The rule; none for the condition of an `if`.
    pub(crate) rule: Option<u16>,
    /// The condition; none when the rule has none.
    pub(crate) condition: Option<Span>,
    /// Whether it held; none when a fault came first.
    pub(crate) held: Option<bool>,
    /// The yes-or-no questions inside, in the order they were answered.
    pub(crate) checks: Vec<Seen>,
}

/// A yes-or-no question inside a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The question.
    pub(crate) span: Span,
    /// Its operands: where they stand, what they were.
    pub(crate) operands: Vec<(Span, String)>,
    /// The answer.
    pub(crate) held: bool,
}

/// The record of one evaluation.
pub(crate) struct Trace {
    on: bool,
    pub(crate) steps: Vec<Step>,
    kept: usize,
    pub(crate) dropped: usize,
}

impl Trace {
    pub(crate) const fn off() -> Self {
        Self { on: false, steps: Vec::new(), kept: 0, dropped: 0 }
    }

    pub(crate) const fn on() -> Self {
        Self { on: true, steps: Vec::new(), kept: 0, dropped: 0 }
    }

    pub(super) fn begin(&mut self, rule: Option<u16>, condition: Option<Span>) {
        if self.on {
            self.steps.push(Step { rule, condition, held: None, checks: Vec::new() });
        }
    }

    pub(super) fn end(&mut self, held: bool) {
        if let Some(step) = self.steps.last_mut() {
            step.held = Some(held);
        }
    }

    pub(super) fn see(
        &mut self,
        types: &TypeTable,
        expr: &Expr,
        operands: &[(&Expr, &Val)],
        held: bool,
    ) {
        // Values bound by `let` belong to no condition.
        let Some(step) = self.steps.last_mut().filter(|step| step.held.is_none()) else { return };
        if self.kept == CHECKS_MAX {
            self.dropped += 1;
            return;
        }
        self.kept += 1;
        let show = |(operand, value): &(&Expr, &Val)| {
            let value = value
                .leave(types, &operand.ty)
                .map_or_else(|_| String::from("?"), |value| show::value(&value));
            (operand.span, value)
        };
        step.checks.push(Seen {
            span: expr.span,
            operands: operands.iter().map(show).collect(),
            held,
        });
    }
}
