//! Constants: computed when the policy is compiled, by the reference evaluator itself.

use pluto_core::policy::Fault;

use super::expressions::{Body, Context};
use super::names::{ConstantValue, duplicate};
use super::types::Place;
use super::{Checker, codes};
use crate::ast::{Const, Item};
use crate::diagnostic::Diagnostic;
use crate::hir::{Builtin, Constant, Expr, ExprKind};
use crate::reference;
use crate::types::Type;

impl Checker<'_> {
    /// The constants of the top level, each in sight of those above it.
    pub(super) fn constants(&mut self) {
        let source = self.source;
        for item in &source.items {
            let Item::Const(declared) = item else { continue };
            let name = &declared.name;
            if let Some((_, first)) = self.names.constants.get(name.text.as_str()) {
                let first = *first;
                self.out.push(duplicate("constant", name, first));
                continue;
            }
            let value = Body::new(self, Context::Constant).constant_item(declared);
            self.names.constants.insert(&name.text, (value, name.span));
        }
    }
}

impl Body<'_, '_> {
    /// The value of a declared constant; none when it has errors.
    pub(super) fn constant_item(&mut self, declared: &Const) -> ConstantValue {
        let owner = &declared.name.text;
        let want = match &declared.ty {
            Some(written) => Some(self.checker.written(written, Place::Inner, owner)?),
            None => None,
        };
        let value = match &want {
            Some(want) => self.value(&declared.value, want)?,
            None => self.expr(&declared.value, None)?,
        };
        let ty = want.unwrap_or_else(|| value.ty.clone());
        if !scalar(&ty) {
            let message = format!("a constant is a single value, found `{}`", self.shown(&ty));
            let found =
                Diagnostic::error(codes::NOT_CONSTANT, message, declared.value.span, "not one");
            self.report(found.note("use `let` inside the policy"));
            return None;
        }
        Some((ty, self.fold(&value)?))
    }

    /// The constant an expression is; reports one that depends on the question, or always faults.
    pub(super) fn fold(&mut self, expr: &Expr) -> Option<Constant> {
        match folded(expr) {
            Some(Ok(constant)) => Some(constant),
            // Reported where the operator stands.
            Some(Err(_)) => None,
            None => {
                let message = "a constant is needed here";
                let found = Diagnostic::error(
                    codes::NOT_CONSTANT,
                    message,
                    expr.span,
                    "depends on the question",
                )
                .note("only literals, constants, and arithmetic on them are constant");
                self.report(found);
                None
            }
        }
    }

    /// Reports a computation on constants that faults whenever it is reached.
    pub(super) fn always_faults(&mut self, expr: Expr) -> Option<Expr> {
        let Some(Err(fault)) = folded(&expr) else { return Some(expr) };
        let message = format!("this is always the fault `{}`", fault.as_str());
        let why = match fault {
            Fault::DivisionByZero => "nothing can be divided by zero",
            _ => "the result does not fit the range of its type",
        };
        let found = Diagnostic::error(codes::ALWAYS_FAULTS, message, expr.span, "computed here");
        self.report(found.note(why));
        None
    }
}

/// Whether a value of that type can be a constant.
pub(super) const fn scalar(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Bool
            | Type::Int
            | Type::Fixed
            | Type::Time
            | Type::Duration
            | Type::Symbol
            | Type::Text(_)
            | Type::Enum(_)
    )
}

/// The value of an expression that depends on nothing; none when it depends on something.
pub(super) fn folded(expr: &Expr) -> Option<Result<Constant, Fault>> {
    if let ExprKind::Constant(constant) = &expr.kind {
        return Some(Ok(constant.clone()));
    }
    (scalar(&expr.ty) && independent(expr)).then(|| reference::constant(expr))
}

fn independent(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Constant(_) => true,
        ExprKind::Not(operand) | ExprKind::Negate(operand) | ExprKind::InConstants(operand, _) => {
            independent(operand)
        }
        ExprKind::And(left, right)
        | ExprKind::Or(left, right)
        | ExprKind::Compare(_, left, right)
        | ExprKind::Arithmetic(_, left, right) => independent(left) && independent(right),
        ExprKind::Choose(condition, yes, no) => {
            independent(condition) && independent(yes) && independent(no)
        }
        ExprKind::Call(builtin, arguments) => {
            !matches!(builtin, Builtin::Trust | Builtin::Balance | Builtin::Known)
                && arguments.iter().all(independent)
        }
        _ => false,
    }
}
