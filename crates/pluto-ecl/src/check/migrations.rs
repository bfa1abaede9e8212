//! Migrations: from every older version a total function to the next.

use super::expressions::{Body, Context};
use super::names::{unique, unknown};
use super::scope::Bound;
use super::stores::evolution::{SchemaView, changes};
use super::types::Place;
use super::{Checker, codes};
use crate::ast::{self, Item, Name};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::Migration;
use crate::types::{RecordId, Type};

/// A migration with the number of its store and its old schema.
struct Step<'a> {
    store: usize,
    source: &'a ast::Migration,
    old: RecordId,
}

impl<'a> Checker<'a> {
    pub(super) fn migrations(&mut self) {
        let source = self.source;
        let mut steps: Vec<Step<'a>> = Vec::new();
        for item in &source.items {
            let Item::Migration(migration) = item else { continue };
            if let Some(step) = self.step(migration, &steps) {
                steps.push(step);
            }
        }
        for store in 0..self.stores.len() {
            let mut own: Vec<&Step<'a>> = steps.iter().filter(|step| step.store == store).collect();
            own.sort_by_key(|step| step.source.from.0);
            self.gaps(store, &own);
            for step in &own {
                let typed = self.migration(store, step, &own);
                if let Some(store) = self.stores.get_mut(store) {
                    store.migrations.extend(typed);
                }
            }
        }
    }

    /// The old schema of a migration that leads somewhere.
    fn step(&mut self, migration: &'a ast::Migration, before: &[Step<'a>]) -> Option<Step<'a>> {
        let name = &migration.store;
        let Some((number, _)) = self.names.stores.get(name.text.as_str()) else {
            let known: Vec<&str> = self.names.stores.keys().copied().collect();
            let found = unknown(codes::UNKNOWN_STORE, "store", &name.text, name.span, known);
            self.out.push(found.note("a migration belongs to a store of the same source"));
            return None;
        };
        let store = usize::from(*number);
        let (from, span) = migration.from;
        let version = self.stores.get(store)?.version;
        if from == 0 || from >= version {
            let message = format!("no version of `{}` comes after {from}", name.text);
            let found = Diagnostic::error(codes::MIGRATION_TARGET, message, span, "leads nowhere")
                .note(format!("the store is at version {version}: migrations start below it"));
            self.out.push(found);
            return None;
        }
        let same = |step: &&Step<'a>| step.store == store && step.source.from.0 == from;
        if let Some(first) = before.iter().find(same) {
            let message = format!("version {from} of `{}` has a migration already", name.text);
            let found = Diagnostic::error(codes::MIGRATION_REPEATED, message, span, "again")
                .also(first.source.from.1, "the first one");
            self.out.push(found);
            return None;
        }
        self.no_defaults(&migration.old, "a field of an older version");
        let owner = format!("{}@{from}", name.text);
        let (fields, broken) = self.fields(&owner, &migration.old, Place::StoreField);
        let old = self.push_record(owner, fields, &broken);
        Some(Step { store, source: migration, old })
    }

    /// Reports versions that nothing leads away from.
    fn gaps(&mut self, store: usize, steps: &[&Step<'_>]) {
        let Some((name, version)) =
            self.stores.get(store).map(|store| (store.name.clone(), store.version))
        else {
            return;
        };
        let Some((_, span)) = self.names.stores.get(name.as_str()).copied() else { return };
        let missing =
            (1..version).find(|from| !steps.iter().any(|step| step.source.from.0 == *from));
        if let Some(from) = missing {
            let message =
                format!("nothing leads from version {from} of `{name}` to version {}", from + 1);
            let found = Diagnostic::error(
                codes::MIGRATION_GAP,
                message,
                span,
                format!("is at version {version}"),
            )
            .note(format!("write `migrate {name} from {from} {{ old fields }} {{ new fields }}`"))
            .note("a new field with a default, or another index, needs no new version");
            self.out.push(found);
        }
    }

    fn migration(&mut self, store: usize, step: &Step<'_>, all: &[&Step<'_>]) -> Option<Migration> {
        let from = step.source.from.0;
        let next = all.iter().find(|next| next.source.from.0 == from + 1);
        let target = match next {
            Some(next) => next.old,
            None => self.stores.get(store)?.schema,
        };
        let new = self.types.record(target)?.fields.clone();
        unique(&mut self.out, "field", step.source.fields.iter().map(|(name, _)| name));
        for (name, _) in &step.source.fields {
            if !new.iter().any(|(known, _)| *known == name.text) {
                let known = new.iter().map(|(name, _)| name.as_str());
                let what = format!("field of version {}", from + 1);
                let found = unknown(codes::UNKNOWN_FIELD, &what, &name.text, name.span, known);
                self.out.push(found);
            }
        }
        self.needless(store, step, target, next.is_some());
        let old = Name { text: String::from("old"), span: step.source.store.span };
        let mut missing = Vec::new();
        let mut fields = Some(Vec::with_capacity(new.len()));
        let mut body = Body::new(self, Context::Migration);
        let old_type = Type::Record(step.old);
        let local = body.scope.local(&old_type);
        let bound = Bound::Local(local);
        body.scope.bind(&old, "item", bound, Some(old_type), &mut body.checker.out);
        for (place, (name, ty)) in (0_u16..).zip(&new) {
            let broken = body.checker.broken.contains(&(target, place));
            let given = step.source.fields.iter().find(|(given, _)| given.text == *name);
            let typed = match given {
                Some((_, value)) if !broken => body.value(value, ty),
                Some(_) => None,
                None => {
                    missing.push(format!("`{name}`"));
                    None
                }
            };
            fields = fields.zip(typed).map(|(mut all, value)| {
                all.push(value);
                all
            });
        }
        let locals = std::mem::take(&mut body.scope.locals);
        self.missing_fields(&missing, from, step.source.span);
        Some(Migration { from, old: step.old, fields: fields?, locals })
    }

    fn missing_fields(&mut self, missing: &[String], from: u16, span: Span) {
        if missing.is_empty() {
            return;
        }
        let message =
            format!("the migration to version {} does not name {}", from + 1, missing.join(", "));
        let found = Diagnostic::error(
            codes::MIGRATION_FIELD,
            message,
            span,
            "not the whole record",
        )
        .note(
            "a migration says where every field comes from, also those that stay: `name: old.name`",
        );
        self.out.push(found);
    }

    /// Warns of a migration for a change that needs none.
    fn needless(&mut self, store: usize, step: &Step<'_>, target: RecordId, between: bool) {
        let Some(declared) = self.stores.get(store) else { return };
        let (Some(old), Some(new)) = (self.types.record(step.old), self.types.record(target))
        else {
            return;
        };
        // Defaults are known of the present version only.
        let defaults: Vec<bool> = match between {
            true => Vec::new(),
            false => declared.defaults.iter().map(Option::is_some).collect(),
        };
        let old = SchemaView { fields: &old.fields, defaults: &[], indexes: &[] };
        let new = SchemaView { fields: &new.fields, defaults: &defaults, indexes: &[] };
        if changes(old, new).iter().all(super::Change::is_compatible) {
            let message = "the change needs no migration";
            let span = step.source.store.span;
            let found = Diagnostic::error(codes::NEEDLESS_MIGRATION, message, span, "not needed")
                .note("new fields have defaults, so records of the older version can be read as they are: keep the version");
            self.out.push(found.warning());
        }
    }
}
