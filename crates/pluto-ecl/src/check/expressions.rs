//! Expressions: from their parts, and from what their place needs.

use super::names::{TypeName, unknown};
use super::scope::{Bound, Scope};
use super::{Checker, codes};
use crate::ast::{self, Name};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{Builtin, ClaimKind, Constant, Expr, ExprKind, PolicyKind};
use crate::limits::{NAME_BYTES_MAX, NESTING_MAX, TEXT_BYTES_MAX};
use crate::types::Type;

/// Dimensions of trust, as they are written and as they are called.
pub(super) const DIMENSIONS: [(&str, &str); 6] = [
    ("r", "reliability"),
    ("i", "integrity"),
    ("c", "competence"),
    ("p", "prestige"),
    ("v", "vigilance"),
    ("omega", "omega"),
];

/// Where expressions stand, which says what they may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// In a policy: everything.
    Policy(PolicyKind),
    /// In a migration: the old record.
    Migration,
    /// In a constant: other constants.
    Constant,
}

/// The inside of a policy, migration or constant.
pub(super) struct Body<'c, 'a> {
    pub(super) checker: &'c mut Checker<'a>,
    pub(super) scope: Scope,
    pub(super) context: Context,
    depth: usize,
}

impl<'c, 'a> Body<'c, 'a> {
    pub(super) fn new(checker: &'c mut Checker<'a>, context: Context) -> Self {
        Self { checker, scope: Scope::default(), context, depth: 0 }
    }

    pub(super) fn report(&mut self, found: Diagnostic) {
        self.checker.out.push(found);
    }

    pub(super) fn shown(&self, ty: &Type) -> String {
        self.checker.shown(ty)
    }

    /// The expression, with the type its place wants as a hint; none when it has errors.
    pub(super) fn expr(&mut self, expr: &ast::Expr, want: Option<&Type>) -> Option<Expr> {
        if self.depth >= NESTING_MAX {
            let message = format!("an expression is nested at most {NESTING_MAX} deep");
            let found = Diagnostic::error(codes::TOO_DEEP, message, expr.span, "deeper than that")
                .note("name parts of it with `let`; a long chain of `&&` can be several `require`");
            self.report(found);
            return None;
        }
        self.depth += 1;
        let found = self.unguarded(expr, want);
        self.depth -= 1;
        found
    }

    /// The expression as a value of that type; reports another one.
    pub(super) fn value(&mut self, expr: &ast::Expr, want: &Type) -> Option<Expr> {
        let found = self.expr(expr, Some(want))?;
        if fits(&found.ty, want) {
            return Some(found);
        }
        self.mismatch(want, &found);
        None
    }

    fn unguarded(&mut self, expr: &ast::Expr, want: Option<&Type>) -> Option<Expr> {
        let span = expr.span;
        match &expr.kind {
            ast::ExprKind::Bool(flag) => number(i64::from(*flag), Type::Bool, span),
            ast::ExprKind::Int(value) => self.whole((*value)?, want, span),
            // Literals that do not fit have a diagnostic of the lexer.
            ast::ExprKind::Fixed(value) => number((*value)?, Type::Fixed, span),
            ast::ExprKind::Duration(value) => number((*value)?, Type::Duration, span),
            ast::ExprKind::Text(text) => self.text(text, span),
            ast::ExprKind::None => self.none(want, span),
            ast::ExprKind::Name(name) => self.name(&Name { text: name.clone(), span }, want),
            ast::ExprKind::Subject => {
                self.reads("`subject`", span)?;
                Some(Expr { kind: ExprKind::Subject, ty: Type::Did, span })
            }
            ast::ExprKind::Now => {
                self.reads("`now`", span)?;
                Some(Expr { kind: ExprKind::Now, ty: Type::Time, span })
            }
            ast::ExprKind::Field(base, name) => self.field(base, name, span),
            ast::ExprKind::OptionField(base, name) => self.option_field(base, name, span),
            ast::ExprKind::Index(store, key) => self.index(store, key, span),
            ast::ExprKind::Call(name, arguments) => self.call(name, arguments, want, span),
            ast::ExprKind::Not(operand) => {
                let operand = Box::new(self.value(operand, &Type::Bool)?);
                Some(Expr { kind: ExprKind::Not(operand), ty: Type::Bool, span })
            }
            ast::ExprKind::Negate(operand) => self.negate(operand, want, span),
            ast::ExprKind::Binary(op, left, right) => self.binary(*op, left, right, want, span),
            ast::ExprKind::InSet(value, elements) => self.in_constants(value, elements, span),
            ast::ExprKind::In(value, set) => self.in_set(value, set, span),
            ast::ExprKind::Has(who, word, name) => self.has(who, word, name, span),
            ast::ExprKind::Comprehension { word, item, list, value, condition } => {
                let parts = super::lists::Parts {
                    word,
                    item,
                    list,
                    value: value.as_deref(),
                    condition: condition.as_deref(),
                };
                self.comprehension(&parts, span)
            }
            ast::ExprKind::Choose(condition, yes, no) => {
                self.choose(condition, yes, no, want, span)
            }
        }
    }

    fn whole(&mut self, value: i64, want: Option<&Type>, span: Span) -> Option<Expr> {
        if !matches!(want, Some(Type::Fixed)) {
            return number(value, Type::Int, span);
        }
        let Ok(millionths) = crate::numeric::to_fixed(value) else {
            let message = format!("`{value}` does not fit a `fixed`");
            let found = Diagnostic::error(codes::NUMBER, message, span, "too large")
                .note("a `fixed` lies within ±9_223_372_036_854.775807");
            self.report(found);
            return None;
        };
        number(millionths, Type::Fixed, span)
    }

    fn text(&mut self, text: &str, span: Span) -> Option<Expr> {
        let Some(bytes) = u16::try_from(text.len()).ok().filter(|n| *n <= TEXT_BYTES_MAX) else {
            let message =
                format!("a text has at most {TEXT_BYTES_MAX} bytes, found {}", text.len());
            self.report(Diagnostic::error(codes::TEXT_LENGTH, message, span, "too long"));
            return None;
        };
        let kind = ExprKind::Constant(Constant::Text(text.to_owned()));
        Some(Expr { kind, ty: Type::Text(bytes), span })
    }

    fn none(&mut self, want: Option<&Type>, span: Span) -> Option<Expr> {
        if let Some(ty @ Type::Option(_)) = want {
            let kind = ExprKind::Constant(Constant::None);
            return Some(Expr { kind, ty: ty.clone(), span });
        }
        let message = "nothing says which option this `none` is of";
        let found = Diagnostic::error(codes::UNTYPED_NONE, message, span, "of which type?")
            .note("`none` stands where an option is expected; to ask whether there is a value, write `present(x)`");
        self.report(found);
        None
    }

    fn name(&mut self, name: &Name, want: Option<&Type>) -> Option<Expr> {
        let span = name.span;
        if let Some(binding) = self.scope.find(&name.text) {
            let ty = binding.ty.clone()?;
            let kind = match &binding.bound {
                Bound::Param(place) => ExprKind::Param(*place),
                Bound::Local(place) => ExprKind::Local(*place),
                Bound::Constant(constant) => ExprKind::Constant(constant.clone()),
            };
            return Some(Expr { kind, ty, span });
        }
        if let Some((value, _)) = self.checker.names.constants.get(name.text.as_str()) {
            self.checker.names.used.insert(name.text.clone());
            let (ty, constant) = value.clone()?;
            return Some(Expr { kind: ExprKind::Constant(constant), ty, span });
        }
        match want {
            Some(Type::Enum(id)) => number(self.checker.variant(*id, name)?, Type::Enum(*id), span),
            Some(Type::Symbol) if name.text.len() <= NAME_BYTES_MAX => {
                let kind = ExprKind::Constant(Constant::Text(name.text.clone()));
                Some(Expr { kind, ty: Type::Symbol, span })
            }
            _ => self.unknown_name(name),
        }
    }

    fn unknown_name(&mut self, name: &Name) -> Option<Expr> {
        let names = &self.checker.names;
        let known = self.scope.names().chain(names.constants.keys().copied());
        let found = unknown(codes::UNKNOWN_NAME, "name", &name.text, name.span, known);
        let hint = if names.stores.contains_key(name.text.as_str()) {
            "a store is read by key: `store[key]`"
        } else if matches!(names.types.get(name.text.as_str()), Some((TypeName::Enum(_), _))) {
            "variants are written without their enum, where the other side has its type"
        } else if name.text == "old" {
            "`old` is the old record, and only migrations have one"
        } else {
            "a bare word is a variant or symbol only where the other side has such a type; text stands in quotes"
        };
        self.report(found.note(hint));
        None
    }

    /// Refuses a read of the world where there is none.
    pub(super) fn reads(&mut self, what: &str, span: Span) -> Option<()> {
        let found = match self.context {
            Context::Policy(_) => return Some(()),
            Context::Migration => Diagnostic::error(
                codes::MIGRATION_READS,
                format!("a migration reads only `old`, found {what}"),
                span,
                "not part of the old record",
            )
            .note("records are migrated at different times on different nodes: anything else would make them differ"),
            Context::Constant => Diagnostic::error(
                codes::NOT_CONSTANT,
                format!("{what} is not constant"),
                span,
                "depends on the question",
            )
            .note("use `let` inside the policy"),
        };
        self.report(found);
        None
    }

    fn index(&mut self, store: &ast::Expr, key: &ast::Expr, span: Span) -> Option<Expr> {
        let ast::ExprKind::Name(name) = &store.kind else {
            let message = "only stores are read by key";
            let found = Diagnostic::error(codes::UNKNOWN_STORE, message, store.span, "no store")
                .note("lists are looked at with `any`, `all`, `count` and `sum`");
            self.report(found);
            return None;
        };
        let name = Name { text: name.clone(), span: store.span };
        let number = self.store(&name)?;
        self.reads("a store", span)?;
        let key = Box::new(self.value(key, &Type::Text(TEXT_BYTES_MAX))?);
        let schema = self.checker.stores.get(usize::from(number))?.schema;
        let ty = Type::Option(Box::new(Type::Record(schema)));
        Some(Expr { kind: ExprKind::StoreGet(number, key), ty, span })
    }

    /// The number of a store; reports one that nothing declares.
    pub(super) fn store(&mut self, name: &Name) -> Option<u16> {
        let stores = &self.checker.names.stores;
        if let Some((number, _)) = stores.get(name.text.as_str()) {
            return Some(*number);
        }
        let known: Vec<&str> = stores.keys().copied().collect();
        let mut found = unknown(codes::UNKNOWN_STORE, "store", &name.text, name.span, known);
        if self.scope.has(&name.text) {
            found = found.note("only stores are read by key; lists are looked at with `any`, `all`, `count` and `sum`");
        }
        self.report(found.note("declare it with `store name { … }`"));
        None
    }

    fn has(&mut self, who: &ast::Expr, word: &Name, name: &ast::Text, span: Span) -> Option<Expr> {
        let kind = self.checker.claim(word);
        self.reads("what somebody has", span)?;
        let who = Box::new(self.value(who, &Type::Did)?);
        Some(Expr { kind: ExprKind::Has(who, kind?, name.text.clone()), ty: Type::Bool, span })
    }

    /// `d.trust` and `d.balance`.
    pub(super) fn fact(&mut self, builtin: Builtin, who: Expr, span: Span) -> Option<Expr> {
        self.reads("a fact about somebody", span)?;
        let ty = match builtin {
            Builtin::Trust => Type::Trust,
            Builtin::Balance => Type::Int,
            _ => Type::Bool,
        };
        Some(Expr { kind: ExprKind::Call(builtin, vec![who]), ty, span })
    }

    /// Reports a value of another type than its place needs.
    pub(super) fn mismatch(&mut self, want: &Type, found: &Expr) {
        let (wanted, is) = (self.shown(want), self.shown(&found.ty));
        if let (Type::Text(_), Type::Text(_)) = (want, &found.ty) {
            let message = format!("`{wanted}` is expected here, found the longer `{is}`");
            let report = Diagnostic::error(codes::TEXT_LENGTH, message, found.span, "may be too long")
                .note("a text never loses its end by itself: declare the place longer, or the source shorter");
            return self.report(report);
        }
        if let Type::Option(inner) = &found.ty
            && fits(inner, want)
        {
            let message = format!("`{wanted}` is expected here, found `{is}`, which may be none");
            let report = Diagnostic::error(codes::OPTION, message, found.span, "may be none");
            let hint = "`or_else(x, default)` gives a value in any case, `present(x)` asks whether there is one, and a comparison with it on the left is false without one";
            return self.report(report.note(hint));
        }
        let message = format!("`{wanted}` is expected here, found `{is}`");
        let report =
            Diagnostic::error(codes::MISMATCH, message, found.span, format!("this is `{is}`"));
        let hint = match (want, &found.ty) {
            (Type::Fixed, Type::Int) => "numbers do not convert by themselves: `fixed(x)` does it",
            (Type::Int, Type::Fixed) => {
                "numbers do not convert by themselves: `int(x)` does it, toward zero"
            }
            (Type::Duration, Type::Int) => "a span has a unit: `5s`, `24h`, `30d`",
            (Type::Bool, _) => {
                "a condition is a comparison or a yes-or-no function; no other value counts as true"
            }
            (Type::Did, Type::Text(_)) => {
                "identities come from parameters, records or `subject`, never from text"
            }
            (Type::Symbol | Type::Enum(_), Type::Text(_)) => "write the word without quotes",
            (Type::Option(inner), other) if fits(other, inner) => {
                "`some(x)` makes an option of a value"
            }
            (Type::Trust, Type::Did) => "`x.trust` is the trust in an identity",
            (Type::Text(_), Type::Symbol) => "a symbol is a word that is only compared, no text",
            _ => return self.report(report),
        };
        self.report(report.note(hint));
    }
}

impl Checker<'_> {
    /// What somebody can have; reports any other word.
    pub(super) fn claim(&mut self, word: &Name) -> Option<ClaimKind> {
        Some(match word.text.as_str() {
            "credential" => ClaimKind::Credential,
            "capability" => ClaimKind::Capability,
            "role" => ClaimKind::Role,
            other => {
                let known = ["credential", "capability", "role"];
                let what = "claim of an identity";
                let found = unknown(codes::UNKNOWN_CLAIM, what, other, word.span, known);
                self.out.push(found);
                return None;
            }
        })
    }
}

/// A number of that type.
#[expect(clippy::unnecessary_wraps, reason = "the last word of functions that may fail before")]
pub(super) fn number(value: i64, ty: Type, span: Span) -> Option<Expr> {
    Some(Expr { kind: ExprKind::Constant(Constant::Number(value)), ty, span })
}

/// Whether a value of type `found` can stand where `want` is needed: the same type, or a shorter text.
pub(super) fn fits(found: &Type, want: &Type) -> bool {
    match (found, want) {
        (Type::Text(length), Type::Text(max)) => length <= max,
        (Type::Option(found), Type::Option(want)) => fits(found, want),
        _ => found == want,
    }
}

/// The type both have, texts with the longer length; none when they differ.
pub(super) fn common(left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        (Type::Text(a), Type::Text(b)) => Some(Type::Text(*a.max(b))),
        (Type::Option(a), Type::Option(b)) => Some(Type::Option(Box::new(common(a, b)?))),
        _ => (left == right).then(|| left.clone()),
    }
}
