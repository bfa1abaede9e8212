//! From the syntax tree to the typed tree: names, types, totality, stores, tests, advice.
//!
//! Types go both ways: an expression is typed from its parts, and where its place says what is needed
//! (`want`), bare names become variants or symbols and whole numbers decimals. What has an error is
//! `None` from there on and silences everything that depends on it, so that one mistake is one
//! diagnostic. There is a bundle only when there is no error.

mod advice;
mod calls;
pub mod codes;
mod constants;
mod effects;
mod expressions;
mod flow;
mod lists;
mod literals;
mod migrations;
mod names;
mod operators;
mod paths;
mod policies;
mod ranges;
mod scope;
mod sets;
mod statements;
mod stores;
mod test_blocks;
mod types;

use std::collections::BTreeSet;

use crate::ast::{Item, Source};
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::hir::{Bundle, Store, Test};
use crate::limits::{DIAGNOSTICS_MAX, ITEMS_MAX};
use crate::types::{RecordId, TypeTable};
use names::Names;
use policies::Header;
pub use stores::evolution::{Change, SchemaView, changes};

/// The only edition there is.
pub const EDITION: u16 = 1;

/// What checking a source gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The typed tree; none when there is an error.
    pub bundle: Option<Bundle>,
    /// What was found, in the order of the source; at most [`DIAGNOSTICS_MAX`].
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses and checks a source. One that does not parse is not checked: what is missing from its tree
/// would look like mistakes of another sort.
#[must_use]
pub fn check_source(source: &str) -> Checked {
    let parsed = crate::syntax::parse(source);
    if parsed.has_errors() {
        return Checked { bundle: None, diagnostics: parsed.diagnostics };
    }
    let mut checked = check(&parsed.ast);
    checked.diagnostics.extend(parsed.diagnostics);
    checked.diagnostics.sort_by_key(|found| found.primary.span);
    checked
}

/// Checks a source that was parsed without errors.
#[must_use]
pub fn check(source: &Source) -> Checked {
    let mut checker = Checker::new(source);
    checker.edition();
    checker.items_bound();
    checker.declare_types();
    checker.constants();
    checker.declare_stores();
    checker.migrations();
    checker.policies();
    checker.tests();
    checker.unused_constants();
    checker.finish()
}

/// What is known so far.
struct Checker<'a> {
    source: &'a Source,
    out: Vec<Diagnostic>,
    types: TypeTable,
    /// By record.
    shapes: Vec<types::Shape>,
    /// Fields of records whose written type has errors, by record and place.
    broken: BTreeSet<(RecordId, u16)>,
    names: Names<'a>,
    stores: Vec<Store>,
    headers: Vec<Header<'a>>,
    policies: Vec<crate::hir::Policy>,
    tests: Vec<Test>,
}

impl<'a> Checker<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            source,
            out: Vec::new(),
            types: TypeTable::default(),
            shapes: Vec::new(),
            broken: BTreeSet::new(),
            names: Names::default(),
            stores: Vec::new(),
            headers: Vec::new(),
            policies: Vec::new(),
            tests: Vec::new(),
        }
    }

    fn edition(&mut self) {
        if let Some((edition, span)) = self.source.edition.filter(|(found, _)| *found != EDITION) {
            let message = format!("edition {EDITION} is the only one, found `{edition}`");
            let found = Diagnostic::error(codes::EDITION, message, span, "not known")
                .note("a source of a newer edition needs a newer compiler");
            self.out.push(found);
        }
    }

    fn items_bound(&mut self) {
        let count = self.source.items.len();
        if let Some(beyond) = self.source.items.get(ITEMS_MAX) {
            self.too_many("items in one source", ITEMS_MAX, count, span_of(beyond));
        }
    }

    fn unused_constants(&mut self) {
        for (name, (_, span)) in &self.names.constants {
            if !self.names.used.contains(*name) && !name.starts_with('_') {
                let message = format!("constant `{name}` is never used");
                let found = Diagnostic::error(codes::UNUSED, message, *span, "never read");
                self.out.push(found.warning().note("remove it"));
            }
        }
    }

    fn finish(mut self) -> Checked {
        self.out.sort_by_key(|found| (found.primary.span, found.code.id()));
        self.out.dedup();
        let refused = self.out.iter().any(|found| found.severity == Severity::Error);
        // What stands in an expression with an error may well be used there.
        self.out.retain(|found| !refused || found.code != codes::UNUSED);
        // A warning may not push an error over the edge.
        if self.out.len() > DIAGNOSTICS_MAX && refused {
            self.out.retain(|found| found.severity == Severity::Error);
        }
        self.out.truncate(DIAGNOSTICS_MAX);
        let bundle = (!refused).then_some(Bundle {
            types: self.types,
            stores: self.stores,
            policies: self.policies,
            tests: self.tests,
        });
        Checked { bundle, diagnostics: self.out }
    }
}

const fn span_of(item: &Item) -> Span {
    match item {
        Item::Const(item) => item.span,
        Item::Enum(item) => item.span,
        Item::Record(item) => item.span,
        Item::Store(item) => item.span,
        Item::Migration(item) => item.span,
        Item::Policy(item) => item.span,
        Item::Test(item) => item.span,
    }
}

#[cfg(test)]
mod tests;
