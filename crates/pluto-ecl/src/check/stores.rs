//! Stores: schema, defaults, indexes.

pub(super) mod evolution;

use super::constants::scalar;
use super::expressions::{Body, Context};
use super::names::{duplicate, unique, unknown};
use super::types::Place;
use super::{Checker, codes};
use crate::ast::{self, Item};
use crate::diagnostic::Diagnostic;
use crate::hir::{Constant, Store};
use crate::limits::FIELDS_MAX;
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn declare_stores(&mut self) {
        let source = self.source;
        for item in &source.items {
            let Item::Store(store) = item else { continue };
            if let Some((_, first)) = self.names.stores.get(store.name.text.as_str()) {
                let first = *first;
                self.out.push(duplicate("store", &store.name, first));
                continue;
            }
            let number = u16::try_from(self.stores.len()).unwrap_or(u16::MAX);
            let declared = self.store(store);
            self.stores.push(declared);
            self.names.stores.insert(&store.name.text, (number, store.name.span));
        }
    }

    fn store(&mut self, store: &ast::Store) -> Store {
        let (version, version_span) = store.version;
        if version == 0 {
            let message = "versions start at 1, found `0`";
            let found =
                Diagnostic::error(codes::STORE_VERSION, message, version_span, "not a version");
            self.out.push(found.fix("write `1`", version_span, "1"));
        }
        if store.fields.is_empty() {
            let message = format!("store `{}` has no fields", store.name.text);
            let found =
                Diagnostic::error(codes::STORE_EMPTY, message, store.name.span, "nothing to keep")
                    .note("declare what a record holds: `name: text<64>`");
            self.out.push(found);
        }
        let name = &store.name.text;
        let (fields, broken) = self.fields(name, &store.fields, Place::StoreField);
        let types: Vec<Option<Type>> = fields
            .iter()
            .zip(0..)
            .map(|((_, ty), place)| (!broken.contains(&place)).then(|| ty.clone()))
            .collect();
        let schema = self.push_record(name.clone(), fields, &broken);
        let defaults = store
            .fields
            .iter()
            .zip(&types)
            .map(|(field, ty)| self.default(field.default.as_ref()?, ty.as_ref()?))
            .collect();
        let indexes = self.indexes(store, &types);
        Store { name: name.clone(), version, schema, defaults, indexes, migrations: Vec::new() }
    }

    fn default(&mut self, default: &ast::Expr, ty: &Type) -> Option<Constant> {
        if !scalar(ty) && !matches!(ty, Type::Option(_)) {
            let message = format!("a field of type `{}` has no default", self.shown(ty));
            let found = Diagnostic::error(codes::DEFAULT, message, default.span, "a default")
                .note("defaults are single values, or `none`");
            self.out.push(found);
            return None;
        }
        let mut body = Body::new(self, Context::Constant);
        let value = body.value(default, ty)?;
        if let Type::Option(_) = ty
            && !matches!(value.kind, crate::hir::ExprKind::Constant(Constant::None))
        {
            let message = "the default of an option is `none`";
            let found = Diagnostic::error(codes::DEFAULT, message, default.span, "not `none`").fix(
                "write `none`",
                default.span,
                "none",
            );
            body.report(found);
            return None;
        }
        body.fold(&value)
    }

    fn indexes(&mut self, store: &ast::Store, types: &[Option<Type>]) -> Vec<u16> {
        unique(&mut self.out, "index", &store.indexes);
        if let Some(beyond) = store.indexes.get(FIELDS_MAX) {
            self.too_many("indexes of a store", FIELDS_MAX, store.indexes.len(), beyond.span);
        }
        let mut places = Vec::new();
        for index in &store.indexes {
            let fields = store.fields.iter().map(|field| field.name.text.as_str());
            let Some(place) = fields.clone().position(|field| field == index.text) else {
                let what = "field of the store";
                let found = unknown(codes::UNKNOWN_FIELD, what, &index.text, index.span, fields);
                self.out.push(found.note("an index names a field of the store"));
                continue;
            };
            let Some(Some(ty)) = types.get(place) else { continue };
            if !scalar(ty) && *ty != Type::Did {
                let message = format!("a field of type `{}` cannot be indexed", self.shown(ty));
                let found = Diagnostic::error(codes::INDEX, message, index.span, "no single value")
                    .note(
                        "an index orders records by one number, text, symbol, variant or identity",
                    );
                self.out.push(found);
                continue;
            }
            places.extend(u16::try_from(place).ok());
        }
        places
    }
}
