//! Warnings: the policy means something, though perhaps not what its author thinks.

use super::codes;
use super::constants::folded;
use super::expressions::Body;
use super::ranges::{always, range};
use crate::ast;
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{Comparison, Constant, Expr, ExprKind};
use crate::show;
use crate::types::Type;

impl Body<'_, '_> {
    /// A condition: a `bool`, with a warning when it depends on nothing.
    pub(super) fn condition(&mut self, expr: &ast::Expr) -> Option<Expr> {
        let condition = self.value(expr, &Type::Bool)?;
        // A comparison of constants has been reported where it stands.
        if !matches!(condition.kind, ExprKind::Compare(..))
            && let Some(Ok(Constant::Number(value))) = folded(&condition)
        {
            let message = format!("this condition is always `{}`", value != 0);
            let code = codes::CONSTANT_CONDITION;
            let found = Diagnostic::error(code, message, condition.span, "depends on nothing");
            let hint = "`allow` and `deny` without `if` say the same without a condition";
            self.report(found.warning().note(hint));
        }
        Some(condition)
    }

    /// Warns of a comparison whose answer is known from the types.
    pub(super) fn advise_comparison(&mut self, compared: &Expr) {
        let ExprKind::Compare(op, left, right) = &compared.kind else { return };
        if self.same_sides(left, right, compared.span) {
            return;
        }
        if let (Type::Text(a), Type::Text(b)) = (&left.ty, &right.ty) {
            let longer = [(left, *b), (right, *a)].into_iter().any(|(side, other)| {
                matches!(&side.kind, ExprKind::Constant(Constant::Text(text)) if text.len() > usize::from(other))
            });
            if longer {
                let why = "the literal is longer than the other side can be";
                self.always(compared.span, *op == Comparison::Ne, why);
            }
            return;
        }
        if !matches!(left.ty, Type::Int | Type::Fixed | Type::Time | Type::Duration) {
            return;
        }
        let (a, b) = (range(left), range(right));
        let Some(answer) = always(*op, a, b) else { return };
        let shown = |value: i64| match left.ty {
            Type::Fixed => show::fixed(value),
            Type::Duration => show::duration(value),
            _ => value.to_string(),
        };
        // The side that is no constant is the one to explain.
        let (low, high) = if matches!(left.kind, ExprKind::Constant(_)) { b } else { a };
        let known = [left, right].iter().all(|side| matches!(side.kind, ExprKind::Constant(_)));
        let why = if known {
            String::from("both sides are known when the policy is compiled")
        } else {
            format!("the value lies within {} to {}", shown(low), shown(high))
        };
        self.always(compared.span, answer, &why);
    }

    /// Warns of a set that holds every value there is.
    pub(super) fn advise_membership(&mut self, value: &Expr, elements: usize, span: Span) {
        let all = match value.ty {
            Type::Enum(id) => self.checker.variants(id).len(),
            Type::Bool => 2,
            _ => return,
        };
        if elements >= all {
            self.always(span, true, "the set holds every value there is");
        }
    }

    /// Warns that something always has one answer.
    pub(super) fn always(&mut self, span: Span, answer: bool, why: &str) {
        let message = format!("this is always `{answer}`");
        let found = Diagnostic::error(codes::ALWAYS, message, span, format!("always `{answer}`"));
        self.report(found.warning().note(why));
    }

    /// Warns of an operator with the same thing on both sides; says whether it did.
    pub(super) fn same_sides(&mut self, left: &Expr, right: &Expr, span: Span) -> bool {
        let same = same(left, right) && !matches!(left.kind, ExprKind::Constant(_));
        if same {
            let message = "both sides are the same";
            let found = Diagnostic::error(codes::SAME_SIDES, message, span, "compares with itself")
                .also(left.span, "this")
                .also(right.span, "and this")
                .note("one of the two was probably meant to be something else");
            self.report(found.warning());
        }
        same
    }

    /// Warns of an element that stands twice in a set.
    pub(super) fn repeated(&mut self, span: Span) {
        let message = "the element stands in the set already";
        let found = Diagnostic::error(codes::REPEATED, message, span, "again").warning();
        self.report(found.note("remove it, or write what was meant"));
    }
}

/// Whether two expressions are written alike, wherever they stand. Only simple ones are compared.
fn same(left: &Expr, right: &Expr) -> bool {
    match (&left.kind, &right.kind) {
        (ExprKind::Subject, ExprKind::Subject) | (ExprKind::Now, ExprKind::Now) => true,
        (ExprKind::Param(a), ExprKind::Param(b)) | (ExprKind::Local(a), ExprKind::Local(b)) => {
            a == b
        }
        (ExprKind::Constant(a), ExprKind::Constant(b)) => a == b,
        (ExprKind::Field(a, x), ExprKind::Field(b, y))
        | (ExprKind::OptionField(a, x), ExprKind::OptionField(b, y)) => x == y && same(a, b),
        (ExprKind::Not(a), ExprKind::Not(b)) => same(a, b),
        (ExprKind::Compare(x, a, b), ExprKind::Compare(y, c, d)) => {
            x == y && same(a, c) && same(b, d)
        }
        (ExprKind::Has(a, x, n), ExprKind::Has(b, y, m)) => x == y && n == m && same(a, b),
        (ExprKind::Call(f, a), ExprKind::Call(g, b)) => {
            f == g && a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        _ => false,
    }
}
