//! `a.b` and `a?.b`: fields of records, dimensions of trust, facts about identities.

use super::codes;
use super::expressions::{Body, DIMENSIONS};
use super::names::{listed, unknown};
use crate::ast::{self, Name};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{Builtin, Expr, ExprKind};
use crate::types::Type;

impl Body<'_, '_> {
    pub(super) fn field(&mut self, base: &ast::Expr, name: &Name, span: Span) -> Option<Expr> {
        let base_expr = self.expr(base, None)?;
        match (&base_expr.ty, name.text.as_str()) {
            (Type::Did, "trust") => return self.fact(Builtin::Trust, base_expr, span),
            (Type::Did, "balance") => return self.fact(Builtin::Balance, base_expr, span),
            (Type::Did, "known") => {
                let message = "`known` is a function";
                let found = Diagnostic::error(codes::UNKNOWN_FIELD, message, name.span, "no field")
                    .note("write `known(x)`");
                self.report(found);
                return None;
            }
            (Type::Option(_), _) => {
                let message = "the value before `.` may be none";
                let dot = Span { start: base.span.end, end: name.span.start };
                let found = Diagnostic::error(codes::OPTION, message, base.span, "may be none")
                    .note("`?.` gives the field, or none when there is no value")
                    .fix("use `?.`", dot, "?.");
                self.report(found);
                return None;
            }
            _ => {}
        }
        let (place, ty) = self.member(&base_expr.ty, name)?;
        Some(Expr { kind: ExprKind::Field(Box::new(base_expr), place), ty, span })
    }

    pub(super) fn option_field(
        &mut self,
        base: &ast::Expr,
        name: &Name,
        span: Span,
    ) -> Option<Expr> {
        let base_expr = self.expr(base, None)?;
        let Type::Option(inner) = &base_expr.ty else {
            let message = format!("`?.` is for options, found `{}`", self.shown(&base_expr.ty));
            let dot = Span { start: base.span.end, end: name.span.start };
            let found = Diagnostic::error(codes::OPTION, message, base.span, "always has a value")
                .fix("use `.`", dot, ".");
            self.report(found);
            return None;
        };
        if **inner == Type::Did {
            let message = "facts about an identity are not read through an option";
            let found = Diagnostic::error(codes::OPTION, message, base.span, "may be none")
                .note("give a default first: `or_else(x, subject).trust`");
            self.report(found);
            return None;
        }
        let (place, member) = self.member(&inner.clone(), name)?;
        // An option of an option is one option.
        let ty = match member {
            option @ Type::Option(_) => option,
            value => Type::Option(Box::new(value)),
        };
        Some(Expr { kind: ExprKind::OptionField(Box::new(base_expr), place), ty, span })
    }

    /// Place and type of a field of a record or dimension of trust.
    fn member(&mut self, of: &Type, name: &Name) -> Option<(u16, Type)> {
        let word = name.text.as_str();
        match of {
            Type::Record(id) => {
                let record = self.checker.types.record(*id)?;
                let known = record.fields.iter().zip(0..).find(|((field, _), _)| field == word);
                if let Some(((_, ty), place)) = known {
                    let usable = !self.checker.broken.contains(&(*id, place));
                    return usable.then(|| (place, ty.clone()));
                }
                let fields: Vec<&str> =
                    record.fields.iter().map(|(name, _)| name.as_str()).collect();
                let what = format!("field of `{}`", record.name);
                let all = listed(&fields);
                let mut found = unknown(codes::UNKNOWN_FIELD, &what, word, name.span, fields);
                if let Some(all) = all.filter(|_| !found.fixes.is_empty()) {
                    found = found.note(format!("the fields are {all}"));
                }
                self.report(found);
            }
            Type::Trust => {
                let known = DIMENSIONS.iter().zip(0..).find(|((short, _), _)| *short == word);
                if let Some((_, place)) = known {
                    return Some((place, Type::Fixed));
                }
                self.unknown_dimension(name);
            }
            Type::Did => {
                let known = ["trust", "balance"];
                let found =
                    unknown(codes::UNKNOWN_FIELD, "fact of an identity", word, name.span, known);
                self.report(
                    found.note("an identity has `.trust`, `.balance`, `has …` and `known(…)`"),
                );
            }
            other => {
                let message = format!("`{}` has no fields", self.shown(other));
                let found =
                    Diagnostic::error(codes::UNKNOWN_FIELD, message, name.span, "no such field");
                self.report(found);
            }
        }
        None
    }

    fn unknown_dimension(&mut self, name: &Name) {
        let long = DIMENSIONS.iter().find(|(_, long)| *long == name.text);
        let known = DIMENSIONS.iter().map(|(short, _)| *short);
        let mut found =
            unknown(codes::UNKNOWN_FIELD, "dimension of trust", &name.text, name.span, known);
        if let Some((short, _)) = long {
            found = found.fix(format!("write `{short}`"), name.span, *short);
        }
        let all = DIMENSIONS.map(|(short, long)| format!("`{short}` {long}")).join(", ");
        self.report(found.note(format!("the dimensions are {all}")));
    }
}
