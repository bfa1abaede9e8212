//! Built-in functions: how many arguments they take, and of which types.

use super::codes;
use super::expressions::{Body, common, fits};
use super::names::unknown;
use crate::ast::{self, Name};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{Builtin, Expr, ExprKind};
use crate::limits::TEXT_BYTES_MAX;
use crate::types::Type;

/// Functions by name: how they are written, and how many arguments they take.
const FUNCTIONS: [(&str, Builtin, &str, usize); 21] = [
    ("trust", Builtin::Trust, "trust(did)", 1),
    ("balance", Builtin::Balance, "balance(did)", 1),
    ("known", Builtin::Known, "known(did)", 1),
    ("resolve", Builtin::Known, "resolve(did)", 1),
    ("norm", Builtin::Norm, "norm(trust)", 1),
    ("combine", Builtin::Combine, "combine(trust, trust)", 2),
    ("min", Builtin::Min, "min(a, b)", 2),
    ("max", Builtin::Max, "max(a, b)", 2),
    ("clamp", Builtin::Clamp, "clamp(x, low, high)", 3),
    ("abs", Builtin::Abs, "abs(x)", 1),
    ("fixed", Builtin::ToFixed, "fixed(int)", 1),
    ("int", Builtin::ToInt, "int(fixed)", 1),
    ("sqrt", Builtin::Sqrt, "sqrt(int)", 1),
    ("length", Builtin::Length, "length(text or list)", 1),
    ("glob", Builtin::Glob, "glob(pattern, text)", 2),
    ("starts_with", Builtin::StartsWith, "starts_with(text, prefix)", 2),
    ("ends_with", Builtin::EndsWith, "ends_with(text, suffix)", 2),
    ("contains", Builtin::Contains, "contains(text, part)", 2),
    ("present", Builtin::Present, "present(option)", 1),
    ("or_else", Builtin::OrElse, "or_else(option, value)", 2),
    ("some", Builtin::Some, "some(value)", 1),
];

impl Body<'_, '_> {
    pub(super) fn call(
        &mut self,
        name: &Name,
        arguments: &[ast::Expr],
        want: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        let known = FUNCTIONS.iter().find(|(known, ..)| *known == name.text);
        let Some((_, builtin, shape, arity)) = known else {
            let known = FUNCTIONS.iter().map(|(name, ..)| *name);
            let found = unknown(codes::UNKNOWN_FUNCTION, "function", &name.text, name.span, known);
            self.report(
                found.note("the functions are those of the language; policies define none"),
            );
            return None;
        };
        if arguments.len() != *arity {
            let message = format!("`{shape}` takes {arity}, found {}", arguments.len());
            let found = Diagnostic::error(codes::ARITY, message, span, "wrong number of arguments");
            self.report(found);
            return None;
        }
        let (ty, arguments) = match (builtin, arguments) {
            (Builtin::Trust | Builtin::Balance | Builtin::Known, [who]) => {
                let who = self.value(who, &Type::Did)?;
                return self.fact(*builtin, who, span);
            }
            (Builtin::Length, [of]) => (Type::Int, vec![self.length(of)?]),
            (Builtin::Present, [option]) => (Type::Bool, vec![self.option(option)?]),
            (Builtin::OrElse, [option, other]) => self.or_else(option, other, span)?,
            (Builtin::Some, [value]) => self.some(value, want)?,
            (Builtin::Min | Builtin::Max | Builtin::Clamp | Builtin::Abs, _) => {
                self.numeric(*builtin, arguments, want, span)?
            }
            _ => self.plain(*builtin, arguments)?,
        };
        self.always_faults(Expr { kind: ExprKind::Call(*builtin, arguments), ty, span })
    }

    /// Functions whose arguments have one type each.
    fn plain(&mut self, builtin: Builtin, arguments: &[ast::Expr]) -> Option<(Type, Vec<Expr>)> {
        let (takes, gives) = match builtin {
            Builtin::Norm => (Type::Trust, Type::Fixed),
            Builtin::Combine => (Type::Trust, Type::Trust),
            Builtin::ToFixed => (Type::Int, Type::Fixed),
            Builtin::ToInt => (Type::Fixed, Type::Int),
            Builtin::Sqrt => (Type::Int, Type::Int),
            _ => (Type::Text(TEXT_BYTES_MAX), Type::Bool),
        };
        let typed: Vec<_> = arguments.iter().map(|argument| self.value(argument, &takes)).collect();
        Some((gives, typed.into_iter().collect::<Option<_>>()?))
    }

    fn length(&mut self, of: &ast::Expr) -> Option<Expr> {
        let of = self.list_or_value(of)?;
        if matches!(of.ty, Type::Text(_) | Type::List(..)) {
            return Some(of);
        }
        let message = format!("`length` is of a text or list, found `{}`", self.shown(&of.ty));
        let found = Diagnostic::error(codes::MISMATCH, message, of.span, "neither text nor list");
        self.report(found);
        None
    }

    fn option(&mut self, option: &ast::Expr) -> Option<Expr> {
        let option = self.expr(option, None)?;
        if matches!(option.ty, Type::Option(_)) {
            return Some(option);
        }
        let message = format!("an option is expected here, found `{}`", self.shown(&option.ty));
        let found = Diagnostic::error(codes::OPTION, message, option.span, "always has a value")
            .note("what is no option is always there: nothing needs to be asked");
        self.report(found);
        None
    }

    fn or_else(
        &mut self,
        option: &ast::Expr,
        other: &ast::Expr,
        span: Span,
    ) -> Option<(Type, Vec<Expr>)> {
        let option = self.option(option)?;
        let Type::Option(inner) = &option.ty else { return None };
        let other = self.expr(other, Some(inner))?;
        let Some(ty) = common(inner, &other.ty) else {
            let inner = inner.clone();
            self.mismatch(&inner, &other);
            return None;
        };
        if self.checker.holds_list(&ty) {
            self.checker.list_place(span, "an option", "an empty list says the same as no list");
            return None;
        }
        Some((ty, vec![option, other]))
    }

    fn some(&mut self, value: &ast::Expr, want: Option<&Type>) -> Option<(Type, Vec<Expr>)> {
        let want = if let Some(Type::Option(inner)) = want { Some(&**inner) } else { None };
        let value = self.expr(value, want)?;
        if let Type::Option(_) = value.ty {
            let message = "an option cannot hold an option";
            let found =
                Diagnostic::error(codes::NESTED_OPTION, message, value.span, "already an option");
            self.report(found.note("leave out the `some`"));
            return None;
        }
        if self.checker.holds_list(&value.ty) {
            let why = "an empty list says the same as no list";
            self.checker.list_place(value.span, "an option", why);
            return None;
        }
        Some((Type::Option(Box::new(value.ty.clone())), vec![value]))
    }

    /// `min`, `max`, `clamp`, `abs`: all arguments of one numeric type, which is the result's.
    fn numeric(
        &mut self,
        builtin: Builtin,
        arguments: &[ast::Expr],
        want: Option<&Type>,
        span: Span,
    ) -> Option<(Type, Vec<Expr>)> {
        let want = want.filter(|want| **want == Type::Fixed);
        // The first argument that knows its type tells it to the others.
        let leader = arguments.iter().find(|argument| !self.open(argument));
        let led = match leader {
            Some(leader) => Some(self.expr(leader, want)?),
            None => None,
        };
        let want = led.as_ref().map(|led| led.ty.clone()).or_else(|| want.cloned());
        let mut typed = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = match (&led, leader) {
                (Some(led), Some(leader)) if std::ptr::eq(leader, argument) => Some(led.clone()),
                _ => self.expr(argument, want.as_ref()),
            };
            typed.push(value);
        }
        let typed: Vec<Expr> = typed.into_iter().collect::<Option<_>>()?;
        let ty = typed.first()?.ty.clone();
        let time = matches!(ty, Type::Time) && builtin != Builtin::Abs;
        if !time && !matches!(ty, Type::Int | Type::Fixed | Type::Duration) {
            let message = format!("this is not defined for `{}`", self.shown(&ty));
            let found = Diagnostic::error(codes::OPERANDS, message, span, "no such operation")
                .note(
                    "it is defined on `int`, `fixed` and `duration`, and all but `abs` on `time`",
                );
            self.report(found);
            return None;
        }
        let odd = typed.iter().find(|value| !fits(&value.ty, &ty)).cloned();
        if let Some(odd) = odd {
            self.mismatch(&ty, &odd);
            return None;
        }
        Some((ty, typed))
    }
}
