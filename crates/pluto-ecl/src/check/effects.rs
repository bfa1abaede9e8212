//! Effects: what a policy asks to be done if it allows.

use pluto_core::policy::EffectKind;

use super::codes;
use super::expressions::{Body, Context};
use super::names::{unique, unknown};
use super::policies::Gathered;
use super::ranges::range;
use crate::ast::{self, Name};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{EffectSite, Expr, ExprKind, PolicyKind, Stmt};
use crate::limits::{FIELDS_MAX, TEXT_BYTES_MAX};
use crate::types::Type;

type Given = [(Name, Option<ast::Expr>)];

impl Body<'_, '_> {
    pub(super) fn emit(
        &mut self,
        name: &Name,
        fields: &Given,
        into: &mut Gathered,
    ) -> Option<Stmt> {
        unique(&mut self.checker.out, "field", fields.iter().map(|(name, _)| name));
        self.fields_bound(fields.len(), name.span)?;
        let typed: Vec<_> = fields
            .iter()
            .map(|(name, value)| Some((name.text.clone(), self.given(name, value.as_ref())?)))
            .collect();
        let typed = typed.into_iter().collect::<Option<Vec<_>>>()?;
        self.site(EffectKind::Emit, name.text.clone(), typed, into)
    }

    pub(super) fn audit(
        &mut self,
        fields: &[(Name, ast::Expr)],
        into: &mut Gathered,
    ) -> Option<Stmt> {
        unique(&mut self.checker.out, "key", fields.iter().map(|(name, _)| name));
        if let Some((beyond, _)) = fields.get(FIELDS_MAX) {
            self.fields_bound(fields.len(), beyond.span)?;
        }
        let typed: Vec<_> = fields
            .iter()
            .map(|(name, value)| Some((name.text.clone(), self.outgoing(value)?)))
            .collect();
        let typed = typed.into_iter().collect::<Option<Vec<_>>>()?;
        self.site(EffectKind::Audit, String::new(), typed, into)
    }

    pub(super) fn cost(
        &mut self,
        fields: &[(Name, ast::Expr)],
        span: Span,
        into: &mut Gathered,
    ) -> Option<Stmt> {
        unique(&mut self.checker.out, "key", fields.iter().map(|(name, _)| name));
        if fields.is_empty() {
            let message = "`cost` names `mana`, `gas`, or both";
            let found = Diagnostic::error(codes::MISSING_FIELD, message, span, "costs nothing")
                .note("write `cost { mana: 10 }`");
            self.report(found);
            return None;
        }
        let mut typed = Some(Vec::with_capacity(fields.len()));
        for (name, value) in fields {
            let amount = self.amount(name, value);
            typed = typed.zip(amount).map(|(mut all, amount)| {
                all.push((name.text.clone(), amount));
                all
            });
        }
        self.site(EffectKind::Cost, String::new(), typed?, into)
    }

    fn amount(&mut self, name: &Name, value: &ast::Expr) -> Option<Expr> {
        let known = ["mana", "gas"];
        if !known.contains(&name.text.as_str()) {
            let what = "key of `cost`";
            let found = unknown(codes::UNKNOWN_KEY, what, &name.text, name.span, known);
            self.report(found);
            return None;
        }
        let amount = self.value(value, &Type::Int)?;
        if range(&amount).1 < 0 {
            let message = "a cost is never negative";
            let found = Diagnostic::error(codes::NUMBER, message, amount.span, "below zero")
                .note("a policy charges the subject; it cannot pay out");
            self.report(found);
            return None;
        }
        Some(amount)
    }

    pub(super) fn put(
        &mut self,
        store: &Name,
        key: &ast::Expr,
        fields: &Given,
        span: Span,
        into: &mut Gathered,
    ) -> Option<Stmt> {
        self.may_write("put", span);
        let number = self.store(store);
        let key = self.value(key, &Type::Text(TEXT_BYTES_MAX));
        unique(&mut self.checker.out, "field", fields.iter().map(|(name, _)| name));
        let number = usize::from(number?);
        let declared = self.checker.stores.get(number)?;
        let (schema, defaults) = (declared.schema, declared.defaults.clone());
        let record = self.checker.types.record(schema)?.fields.clone();
        self.no_strangers(&store.text, fields, &record);
        let mut typed = vec![(String::from("key"), key?)];
        let mut missing = Vec::new();
        for ((place, (name, ty)), default) in (0_u16..).zip(&record).zip(&defaults) {
            let given = fields.iter().find(|(given, _)| given.text == *name);
            let broken = self.checker.broken.contains(&(schema, place));
            match (given, default) {
                (Some(_), _) if broken => return None,
                (Some((given, value)), _) => {
                    let value = match value {
                        Some(value) => self.fitting(value, ty)?,
                        None => self.fitting(&shorthand(given), ty)?,
                    };
                    typed.push((name.clone(), value));
                }
                (None, Some(default)) => {
                    let value =
                        Expr { kind: ExprKind::Constant(default.clone()), ty: ty.clone(), span };
                    typed.push((name.clone(), value));
                }
                (None, None) => missing.push(format!("`{name}`")),
            }
        }
        if !missing.is_empty() {
            let message = format!("a record of `{}` also has {}", store.text, missing.join(", "));
            let found =
                Diagnostic::error(codes::MISSING_FIELD, message, span, "not the whole record")
                    .note(
                        "`put` writes a whole record; only fields with a default can be left out",
                    );
            self.report(found);
            return None;
        }
        self.site(EffectKind::Put, store.text.clone(), typed, into)
    }

    pub(super) fn delete(
        &mut self,
        store: &Name,
        key: &ast::Expr,
        span: Span,
        into: &mut Gathered,
    ) -> Option<Stmt> {
        self.may_write("delete", span);
        let number = self.store(store);
        let key = self.value(key, &Type::Text(TEXT_BYTES_MAX));
        number?;
        let typed = vec![(String::from("key"), key?)];
        self.site(EffectKind::Delete, store.text.clone(), typed, into)
    }

    /// Reports fields the store does not have.
    fn no_strangers(&mut self, store: &str, fields: &Given, record: &[(String, Type)]) {
        for (name, _) in fields {
            if !record.iter().any(|(known, _)| *known == name.text) {
                let known = record.iter().map(|(name, _)| name.as_str());
                let what = format!("field of store `{store}`");
                let found = unknown(codes::UNKNOWN_FIELD, &what, &name.text, name.span, known);
                self.report(found);
            }
        }
    }

    fn may_write(&mut self, word: &str, span: Span) {
        let Context::Policy(kind) = self.context else { return };
        if matches!(kind, PolicyKind::Store | PolicyKind::DataLogic | PolicyKind::Custom) {
            return;
        }
        let message = format!("a policy on `{}` cannot `{word}`", kind.as_str());
        let found = Diagnostic::error(codes::EFFECT_KIND, message, span, "writes a store")
            .note("records are written by policies `on store`, `on datalogic` and `on custom`");
        self.report(found);
    }

    fn given(&mut self, name: &Name, value: Option<&ast::Expr>) -> Option<Expr> {
        match value {
            Some(value) => self.outgoing(value),
            None => self.outgoing(&shorthand(name)),
        }
    }

    fn fields_bound(&mut self, count: usize, span: Span) -> Option<()> {
        if count > FIELDS_MAX {
            self.checker.too_many("fields of an effect", FIELDS_MAX, count, span);
            return None;
        }
        Some(())
    }

    fn site(
        &mut self,
        kind: EffectKind,
        name: String,
        typed: Vec<(String, Expr)>,
        into: &mut Gathered,
    ) -> Option<Stmt> {
        let fields = typed.iter().map(|(name, value)| (name.clone(), value.ty.clone())).collect();
        into.effects.push(EffectSite { kind, name, fields });
        let site = u16::try_from(into.effects.len() - 1).ok()?;
        Some(Stmt::Effect(site, typed.into_iter().map(|(_, value)| value).collect()))
    }
}

/// `{ amount }` is `{ amount: amount }`.
fn shorthand(name: &Name) -> ast::Expr {
    ast::Expr { kind: ast::ExprKind::Name(name.text.clone()), span: name.span }
}
