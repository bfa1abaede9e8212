//! `in`: a value in a set of constants, a variant in a set of variants.

use super::codes;
use super::constants::scalar;
use super::expressions::Body;
use crate::ast;
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{Constant, Expr, ExprKind};
use crate::types::Type;

impl Body<'_, '_> {
    pub(super) fn in_constants(
        &mut self,
        value: &ast::Expr,
        elements: &[ast::Expr],
        span: Span,
    ) -> Option<Expr> {
        let value = self.expr(value, None)?;
        if !scalar(&value.ty) {
            let message = format!("`{}` cannot be in a set of constants", self.shown(&value.ty));
            let found = Diagnostic::error(codes::NOT_A_SET, message, value.span, "looked for here");
            let hint = match &value.ty {
                Type::Option(_) => "give a default first: `or_else(x, …) in { … }`",
                Type::Did => {
                    "identities are no constants: compare with a parameter, or ask for a role or credential"
                }
                _ => "only numbers, flags, symbols, texts and variants can",
            };
            self.report(found.note(hint));
            return None;
        }
        let mut constants = Vec::with_capacity(elements.len());
        let mut whole = true;
        for element in elements {
            let constant = match self.element(element, &value.ty) {
                Some(constant) => constant,
                None => {
                    whole = false;
                    continue;
                }
            };
            if constants.contains(&constant) {
                self.repeated(element.span);
            } else {
                constants.push(constant);
            }
        }
        whole.then_some(())?;
        self.advise_membership(&value, constants.len(), span);
        Some(Expr { kind: ExprKind::InConstants(Box::new(value), constants), ty: Type::Bool, span })
    }

    fn element(&mut self, element: &ast::Expr, ty: &Type) -> Option<Constant> {
        // A longer text than the value can be is no error here: it is just never there.
        let want = if let Type::Text(_) = ty {
            Type::Text(crate::limits::TEXT_BYTES_MAX)
        } else {
            ty.clone()
        };
        let element = self.value(element, &want)?;
        self.fold(&element)
    }

    pub(super) fn in_set(
        &mut self,
        value: &ast::Expr,
        set: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let set = self.expr(set, None)?;
        let Type::Set(id) = set.ty else {
            let message = format!("`in` needs a set, found `{}`", self.shown(&set.ty));
            let found = Diagnostic::error(codes::NOT_A_SET, message, set.span, "no set");
            let hint = match &set.ty {
                Type::List(..) => "for a list: `any(x in list where x == v)`",
                Type::Text(_) => "for texts: `contains(text, part)`",
                _ => "constants stand in braces: `v in {a, b}`",
            };
            self.report(found.note(hint));
            return None;
        };
        let value = self.value(value, &Type::Enum(id))?;
        let kind = ExprKind::InSet(Box::new(value), Box::new(set));
        Some(Expr { kind, ty: Type::Bool, span })
    }
}
