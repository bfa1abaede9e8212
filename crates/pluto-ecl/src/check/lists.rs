//! Looks at lists: `any`, `all`, `count`, `sum`.

use super::codes;
use super::expressions::Body;
use super::names::unknown;
use super::scope::Bound;
use crate::ast::{self, Name};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{ComprehensionKind, Expr, ExprKind};
use crate::types::Type;

/// A look at a list as it is written.
pub(super) struct Parts<'e> {
    pub(super) word: &'e Name,
    pub(super) item: &'e Name,
    pub(super) list: &'e ast::Expr,
    pub(super) value: Option<&'e ast::Expr>,
    pub(super) condition: Option<&'e ast::Expr>,
}

impl Body<'_, '_> {
    pub(super) fn comprehension(&mut self, parts: &Parts<'_>, span: Span) -> Option<Expr> {
        let kind = self.kind_of_look(parts.word)?;
        let list = self.list_or_value(parts.list);
        let item_type = list.as_ref().and_then(|list| self.item_type(list));
        let mark = self.scope.enter();
        let item = self.scope.local(item_type.as_ref().unwrap_or(&Type::Bool));
        let bound = Bound::Local(item);
        self.scope.bind(parts.item, "item", bound, item_type.clone(), &mut self.checker.out);
        let condition = parts.condition.map(|condition| self.condition(condition));
        let value = parts.value.map(|value| self.expr(value, None));
        self.scope.leave(mark, &mut self.checker.out);
        let condition = condition.map_or(Some(None), |typed| typed.map(Some))?;
        let value = value.map_or(Some(None), |typed| typed.map(Some))?;
        let item_type = item_type?;
        let ty = match kind {
            ComprehensionKind::Any | ComprehensionKind::All => Type::Bool,
            ComprehensionKind::Count => Type::Int,
            ComprehensionKind::Sum => Type::Int,
        };
        let (ty, value) = if kind == ComprehensionKind::Sum {
            let itself = Expr { kind: ExprKind::Local(item), ty: item_type, span: parts.item.span };
            let value = self.summand(value.unwrap_or(itself))?;
            (value.ty.clone(), Some(Box::new(value)))
        } else {
            self.no_value(parts)?;
            (ty, None)
        };
        if kind == ComprehensionKind::All && condition.is_none() {
            self.always(span, true, "`all` without `where` asks nothing about the items");
        }
        let (list, condition) = (Box::new(list?), condition.map(Box::new));
        Some(Expr {
            kind: ExprKind::Comprehension { kind, item, list, value, condition },
            ty,
            span,
        })
    }

    fn kind_of_look(&mut self, word: &Name) -> Option<ComprehensionKind> {
        Some(match word.text.as_str() {
            "any" => ComprehensionKind::Any,
            "all" => ComprehensionKind::All,
            "count" => ComprehensionKind::Count,
            "sum" => ComprehensionKind::Sum,
            other => {
                let known = ["any", "all", "count", "sum"];
                let found = unknown(codes::UNKNOWN_FUNCTION, "look", other, word.span, known);
                self.report(found);
                return None;
            }
        })
    }

    fn item_type(&mut self, list: &Expr) -> Option<Type> {
        if let Type::List(item, _) = &list.ty {
            return Some((**item).clone());
        }
        let message = format!("a list is expected here, found `{}`", self.shown(&list.ty));
        let found = Diagnostic::error(codes::NOT_A_LIST, message, list.span, "no list");
        let hint = match list.ty {
            Type::Set(_) => "for a set: `variant in set`",
            Type::Option(_) => "for an option: `present(x)`, or a comparison with it on the left",
            _ => "lists are parameters of type `list<T, N>`",
        };
        self.report(found.note(hint));
        None
    }

    fn summand(&mut self, value: Expr) -> Option<Expr> {
        if matches!(value.ty, Type::Int | Type::Fixed | Type::Duration) {
            return Some(value);
        }
        let message = format!("`sum` adds numbers, found `{}`", self.shown(&value.ty));
        let found = Diagnostic::error(codes::SUM_OF, message, value.span, "no number")
            .note("say what to add: `sum(l in lines of l.price)`; `count` counts items");
        self.report(found);
        None
    }

    fn no_value(&mut self, parts: &Parts<'_>) -> Option<()> {
        let Some(value) = parts.value else { return Some(()) };
        let message = format!("`{}` takes no `of`", parts.word.text);
        let found = Diagnostic::error(codes::SUM_OF, message, value.span, "belongs to `sum`")
            .note("conditions stand after `where`");
        self.report(found);
        None
    }

    /// An expression that may be a list: a parameter, or a field of one. Elsewhere lists have no place
    /// to lie.
    pub(super) fn list_or_value(&mut self, expr: &ast::Expr) -> Option<Expr> {
        self.expr(expr, None)
    }
}
