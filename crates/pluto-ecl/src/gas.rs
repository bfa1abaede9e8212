//! What each construct costs: one table, read by the reference evaluator and by the lowering.
//!
//! Prices belong to the typed tree, never to what the optimiser makes of it. A construct pays when it
//! is evaluated; what short-circuiting skips pays nothing. `docs/ecl.md` prints this table.

use pluto_core::policy::{EffectKind, Gas};

use crate::hir::{Arithmetic, Builtin, Expr, ExprKind, Stmt, Store};
use crate::types::Type;

/// Reading the trust in an identity.
pub const TRUST: Gas = Gas { network: 10, ..Gas::ZERO };
/// Reading a balance, a claim, or whether an identity is known.
pub const CLAIM: Gas = Gas { network: 5, ..Gas::ZERO };
/// Reading a record of a store.
pub const RECORD: Gas = Gas { storage: 5, ..Gas::ZERO };
/// Bytes of text that cost one unit more to look at.
pub const TEXT_BYTES_PER_UNIT: u32 = 16;

/// The price of one expression without its operands. A comprehension pays this once, and its
/// operands once for each item, with one unit more for each.
#[must_use]
pub fn of_expr(expr: &Expr) -> Gas {
    match &expr.kind {
        ExprKind::Constant(_) | ExprKind::Param(_) | ExprKind::Local(_) => Gas::ZERO,
        ExprKind::Subject | ExprKind::Now => Gas::compute(1),
        ExprKind::Field(..) | ExprKind::OptionField(..) => Gas::compute(1),
        ExprKind::Not(_) | ExprKind::Negate(_) => Gas::compute(1),
        ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Choose(..) => Gas::compute(1),
        ExprKind::Compare(_, left, _) => Gas::compute(2).plus(text(left)),
        ExprKind::CompareOption(..) => Gas::compute(3),
        ExprKind::Arithmetic(op, ..) => Gas::compute(arithmetic(*op)),
        ExprKind::InConstants(_, constants) => {
            Gas::compute(1 + u32::try_from(constants.len()).unwrap_or(u32::MAX))
        }
        ExprKind::InSet(..) => Gas::compute(2),
        ExprKind::Call(builtin, arguments) => call(*builtin, arguments),
        ExprKind::Has(..) => CLAIM,
        ExprKind::StoreGet(..) => RECORD,
        ExprKind::Comprehension { .. } => Gas::compute(2),
    }
}

/// What bringing a record of any age to the present version costs besides [`RECORD`]: every
/// migration, each with both sides of all its choices.
#[must_use]
pub fn of_migrations(store: &Store) -> Gas {
    store.migrations.iter().fold(Gas::ZERO, |sum, step| {
        let fields = u32::try_from(step.fields.len()).unwrap_or(u32::MAX).saturating_add(1);
        let put = of_effect(Some(EffectKind::Put)).plus(Gas::compute(fields));
        step.fields.iter().fold(sum.plus(put), |sum, field| sum.plus(all(field)))
    })
}

/// The price of an expression with everything in it, whether it is evaluated or not.
fn all(expr: &Expr) -> Gas {
    let parts: Vec<&Expr> = match &expr.kind {
        ExprKind::Constant(_)
        | ExprKind::Param(_)
        | ExprKind::Local(_)
        | ExprKind::Subject
        | ExprKind::Now => Vec::new(),
        ExprKind::Field(a, _)
        | ExprKind::OptionField(a, _)
        | ExprKind::Not(a)
        | ExprKind::Negate(a)
        | ExprKind::InConstants(a, _)
        | ExprKind::Has(a, ..)
        | ExprKind::StoreGet(_, a) => vec![a],
        ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::CompareOption(_, a, b)
        | ExprKind::Arithmetic(_, a, b)
        | ExprKind::InSet(a, b) => vec![a, b],
        ExprKind::Choose(a, b, c) => vec![a, b, c],
        ExprKind::Call(_, arguments) => arguments.iter().collect(),
        // A migration has no lists to look at.
        ExprKind::Comprehension { list, .. } => vec![list],
    };
    parts.into_iter().fold(of_expr(expr), |sum, part| sum.plus(all(part)))
}

/// What one more item of a comprehension costs besides its operands.
pub const PER_ITEM: Gas = Gas { compute: 1, ..Gas::ZERO };

/// The price of one statement without its expressions and blocks.
#[must_use]
pub fn of_statement(statement: &Stmt, effect: Option<EffectKind>) -> Gas {
    match statement {
        Stmt::Let(..) => Gas::ZERO,
        Stmt::Require(..) | Stmt::Allow(..) | Stmt::Deny(..) | Stmt::Escalate(_) => Gas::compute(2),
        Stmt::If(..) => Gas::compute(1),
        Stmt::Match(..) => Gas::compute(2),
        Stmt::Effect(_, fields) => {
            let fields = u32::try_from(fields.len()).unwrap_or(u32::MAX);
            of_effect(effect).plus(Gas::compute(fields))
        }
    }
}

/// The price of an effect, besides one unit for each field.
#[must_use]
pub fn of_effect(kind: Option<EffectKind>) -> Gas {
    match kind {
        Some(EffectKind::Put) => Gas { storage: 10, ..Gas::ZERO },
        Some(EffectKind::Delete) => Gas { storage: 5, ..Gas::ZERO },
        Some(EffectKind::Emit) => Gas { realm: 10, ..Gas::ZERO },
        Some(EffectKind::Cost | EffectKind::Audit) | None => Gas { realm: 1, ..Gas::ZERO },
    }
}

fn arithmetic(op: Arithmetic) -> u32 {
    match op {
        Arithmetic::Add | Arithmetic::Sub => 2,
        Arithmetic::Mul => 3,
        Arithmetic::Div | Arithmetic::Rem | Arithmetic::FixedMul => 5,
        Arithmetic::FixedDiv => 8,
    }
}

fn call(builtin: Builtin, arguments: &[Expr]) -> Gas {
    match builtin {
        Builtin::Trust => TRUST,
        Builtin::Balance | Builtin::Known => CLAIM,
        Builtin::Norm => Gas::compute(10),
        Builtin::Combine => Gas::compute(15),
        Builtin::Min | Builtin::Max | Builtin::Abs => Gas::compute(2),
        Builtin::Clamp => Gas::compute(4),
        Builtin::ToFixed | Builtin::ToInt => Gas::compute(3),
        Builtin::Sqrt => Gas::compute(20),
        Builtin::Length | Builtin::Present | Builtin::Some => Gas::compute(1),
        Builtin::OrElse => Gas::compute(2),
        Builtin::StartsWith | Builtin::EndsWith => {
            arguments.iter().fold(Gas::compute(4), |sum, argument| sum.plus(text(argument)))
        }
        Builtin::Glob | Builtin::Contains => arguments
            .iter()
            .map(|argument| text(argument).compute.saturating_add(1))
            .fold(Gas::compute(4), |sum, units| Gas::compute(sum.compute.saturating_mul(units))),
    }
}

/// What looking at a text of the declared length costs; nothing for other types.
fn text(expr: &Expr) -> Gas {
    match expr.ty {
        Type::Text(max) => Gas::compute(u32::from(max) / TEXT_BYTES_PER_UNIT),
        _ => Gas::ZERO,
    }
}
