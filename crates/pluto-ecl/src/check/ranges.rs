//! What numbers an expression can be, as far as its types tell.

use crate::hir::{Arithmetic, Builtin, Comparison, ComprehensionKind, Constant, Expr, ExprKind};
use crate::numeric::FIXED_ONE;
use crate::types::Type;

/// The smallest and the largest value.
pub(super) type Range = (i64, i64);

const FULL: Range = (i64::MIN, i64::MAX);
const SHARE: Range = (0, FIXED_ONE);

/// The range of a number.
pub(super) fn range(expr: &Expr) -> Range {
    match &expr.kind {
        ExprKind::Constant(Constant::Number(value)) => (*value, *value),
        ExprKind::Field(base, _) if base.ty == Type::Trust => SHARE,
        ExprKind::Call(builtin, arguments) => call(*builtin, arguments),
        ExprKind::Comprehension { kind: ComprehensionKind::Count, list, .. } => (0, items(list)),
        ExprKind::Arithmetic(op, left, right) => {
            let ((a, b), (c, d)) = (range(left), range(right));
            match op {
                Arithmetic::Add => (a.saturating_add(c), b.saturating_add(d)),
                Arithmetic::Sub => (a.saturating_sub(d), b.saturating_sub(c)),
                _ => FULL,
            }
        }
        ExprKind::Choose(_, yes, no) => {
            let ((a, b), (c, d)) = (range(yes), range(no));
            (a.min(c), b.max(d))
        }
        _ => FULL,
    }
}

fn call(builtin: Builtin, arguments: &[Expr]) -> Range {
    match (builtin, arguments) {
        (Builtin::Norm, _) => SHARE,
        (Builtin::Length, [of]) => match of.ty {
            Type::Text(max) => (0, i64::from(max)),
            _ => (0, items(of)),
        },
        (Builtin::Min, [left, right]) => {
            let ((a, b), (c, d)) = (range(left), range(right));
            (a.min(c), b.min(d))
        }
        (Builtin::Max, [left, right]) => {
            let ((a, b), (c, d)) = (range(left), range(right));
            (a.max(c), b.max(d))
        }
        (Builtin::Abs | Builtin::Sqrt, _) => (0, i64::MAX),
        _ => FULL,
    }
}

fn items(list: &Expr) -> i64 {
    if let Type::List(_, max) = list.ty { i64::from(max) } else { i64::MAX }
}

/// What a comparison of two ranges always gives; none when it depends.
pub(super) const fn always(op: Comparison, (a, b): Range, (c, d): Range) -> Option<bool> {
    let (below, above) = (b < c, a > d);
    match op {
        Comparison::Lt if below => Some(true),
        Comparison::Lt if a >= d => Some(false),
        Comparison::Le if b <= c => Some(true),
        Comparison::Le if above => Some(false),
        Comparison::Gt if above => Some(true),
        Comparison::Gt if b <= c => Some(false),
        Comparison::Ge if a >= d => Some(true),
        Comparison::Ge if below => Some(false),
        Comparison::Eq if below || above => Some(false),
        Comparison::Ne if below || above => Some(true),
        Comparison::Eq if a == b && c == d => Some(a == c),
        Comparison::Ne if a == b && c == d => Some(a != c),
        _ => None,
    }
}
