//! The lines of the surface, as the source writes them, on one line each.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, Visibility};

use super::modules::Module;
use super::surface::Place;
use crate::refactor::source::uses::Use;

/// Lines with their places.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) found: BTreeMap<String, Place>,
}

impl Lines {
    fn put(&mut self, module: &Module, at: Span, attributes: &[Attribute], line: &str) {
        let place = Place { file: module.file.clone(), line: at.start().line };
        self.found.entry(format!("{line}{}", marks(module, attributes))).or_insert(place);
    }

    /// A public module.
    pub(super) fn module(&mut self, module: &Module, item: &Item, path: &str) {
        self.put(module, item.span(), attributes(item), &format!("{path}: mod"));
    }

    /// A second path of an item.
    pub(super) fn alias(&mut self, module: &Module, item: &Item, longer: &str, shortest: &str) {
        self.put(module, item.span(), &[], &format!("{longer} = {shortest}"));
    }

    /// A re-export of what this check does not see: of another crate, or made by a macro.
    pub(super) fn reexport(&mut self, module: &Module, item: &Item, leaf: &Use, path: &str) {
        let bound = if leaf.is_glob() { String::new() } else { format!("::{}", leaf.name) };
        let line = format!("{path}{bound}: use {}", leaf.written());
        self.put(module, item.span(), attributes(item), &line);
    }

    /// Each entry of a macro call between items.
    pub(super) fn call(&mut self, module: &Module, call: &syn::ItemMacro, path: &str) {
        let name = text(module, call.mac.path.span());
        for (entry, at) in entries(call.mac.tokens.clone(), Nested::Opened) {
            let written = ranged(module, entry);
            // Descriptions are no surface.
            if !written.starts_with('"') {
                self.put(module, at, &[], &format!("{path}: {name}! {written}"));
            }
        }
    }

    /// An item and what is public in it.
    pub(super) fn item(&mut self, module: &Module, item: &Item, path: &str) {
        let attrs = attributes(item);
        let mut put = |line: String| self.put(module, item.span(), attrs, &line);
        match item {
            Item::Fn(part) => put(format!("{path}: {}", text(module, part.sig.span()))),
            Item::Const(part) => {
                put(format!("{path}: const {}: {}", part.ident, text(module, part.ty.span())));
            }
            Item::Static(part) => {
                put(format!("{path}: static {}: {}", part.ident, text(module, part.ty.span())));
            }
            Item::Type(part) => {
                let span = part.type_token.span.byte_range().start;
                let end = part.ty.span().byte_range().end;
                put(format!("{path}: {}", ranged(module, span..end)));
            }
            Item::Macro(_) => put(format!("{path}: macro")),
            Item::Struct(part) => {
                let head = head(module, "struct", &part.ident, &part.generics);
                put(format!("{path}: {head}{}", shape(module, &part.fields)));
                self.fields(module, &part.fields, path);
            }
            Item::Enum(part) => {
                put(format!("{path}: {}", head(module, "enum", &part.ident, &part.generics)));
                for variant in &part.variants {
                    let span =
                        variant.ident.span().byte_range().start..variant.span().byte_range().end;
                    let line = format!("{path}::{}: {}", variant.ident, ranged(module, span));
                    self.put(module, variant.ident.span(), &variant.attrs, &line);
                }
            }
            Item::Trait(part) => {
                let start = part.trait_token.span.byte_range().start;
                let end = part.brace_token.span.open().byte_range().start;
                put(format!("{path}: {}", ranged(module, start..end)));
                for member in &part.items {
                    self.trait_member(module, member, path);
                }
            }
            _ => {}
        }
        self.derives(module, item, path);
    }

    fn fields(&mut self, module: &Module, fields: &Fields, path: &str) {
        let Fields::Named(named) = fields else { return };
        for field in named.named.iter().filter(|field| is_public(&field.vis)) {
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            let line = format!("{path}.{name}: {}", text(module, field.ty.span()));
            self.put(module, field.span(), &field.attrs, &line);
        }
    }

    fn trait_member(&mut self, module: &Module, member: &TraitItem, path: &str) {
        match member {
            TraitItem::Fn(part) => {
                let provided = if part.default.is_some() { " { .. }" } else { "" };
                let signature = text(module, part.sig.span());
                let line = format!("{path}::{}: {signature}{provided}", part.sig.ident);
                self.put(module, part.sig.span(), &part.attrs, &line);
            }
            TraitItem::Const(part) => {
                let line = format!(
                    "{path}::{0}: const {0}: {1}",
                    part.ident,
                    text(module, part.ty.span())
                );
                self.put(module, part.span(), &part.attrs, &line);
            }
            TraitItem::Type(part) => {
                let start = part.type_token.span.byte_range().start;
                let written = ranged(module, start..part.span().byte_range().end);
                let line = format!("{path}::{}: {}", part.ident, written.trim_end_matches(';'));
                self.put(module, part.span(), &part.attrs, &line);
            }
            _ => {}
        }
    }

    fn derives(&mut self, module: &Module, item: &Item, path: &str) {
        let derives = attributes(item).iter().filter(|one| one.path().is_ident("derive"));
        let lists = derives.filter_map(|one| one.meta.require_list().ok());
        let entries = lists.flat_map(|list| entries(list.tokens.clone(), Nested::Whole));
        let names: BTreeSet<String> = entries.map(|(entry, _)| ranged(module, entry)).collect();
        if !names.is_empty() {
            let names: Vec<String> = names.into_iter().collect();
            let line = format!("{path}: derive {}", names.join(", "));
            self.put(module, item.span(), &[], &line);
        }
    }

    /// What an implementation adds to its type.
    pub(super) fn implementation(&mut self, module: &Module, part: &syn::ItemImpl, path: &str) {
        let span = part.impl_token.span.byte_range().start
            ..part.brace_token.span.open().byte_range().start;
        let head = ranged(module, span);
        if part.trait_.is_some() {
            self.put(module, part.impl_token.span, &part.attrs, &format!("{path}: {head}"));
            return;
        }
        // Methods of `impl Reader<'a>` stand beside those of `impl Reader<'static>`.
        let bounded =
            if part.generics.where_clause.is_some() { format!("{head}: ") } else { String::new() };
        for member in &part.items {
            match member {
                ImplItem::Fn(method) if is_public(&method.vis) => {
                    let signature = text(module, method.sig.span());
                    let line = format!("{path}::{}: {bounded}{signature}", method.sig.ident);
                    self.put(module, method.sig.span(), &method.attrs, &line);
                }
                ImplItem::Const(part) if is_public(&part.vis) => {
                    let ty = text(module, part.ty.span());
                    let line = format!("{path}::{0}: {bounded}const {0}: {ty}", part.ident);
                    self.put(module, part.span(), &part.attrs, &line);
                }
                _ => {}
            }
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn head(module: &Module, word: &str, name: &syn::Ident, generics: &syn::Generics) -> String {
    let parameters = generics.lt_token.map_or_else(String::new, |open| {
        let end = generics.gt_token.map_or(0, |close| close.span.byte_range().end);
        ranged(module, open.span.byte_range().start..end)
    });
    let bounds = generics.where_clause.as_ref().map(|clause| text(module, clause.span()));
    let bounds = bounds.map_or_else(String::new, |bounds| format!(" {bounds}"));
    format!("{word} {name}{parameters}{}", bounds.trim_end_matches(','))
}

/// How values of it are written: whether all of its fields are public is part of the surface.
fn shape(module: &Module, fields: &Fields) -> String {
    match fields {
        Fields::Unit => ";".to_owned(),
        Fields::Named(named) if named.named.iter().all(|field| is_public(&field.vis)) => {
            " { all fields public }".to_owned()
        }
        Fields::Named(_) => " { .. }".to_owned(),
        Fields::Unnamed(unnamed) => {
            let fields = unnamed.unnamed.iter();
            let shown = fields.map(|field| match is_public(&field.vis) {
                true => text(module, field.ty.span()),
                false => "_".to_owned(),
            });
            format!("({})", shown.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Attributes that change what a user may do.
fn marks(module: &Module, attributes: &[Attribute]) -> String {
    let wanted = ["cfg", "deprecated", "non_exhaustive"];
    let told = attributes.iter().filter(|one| wanted.iter().any(|name| one.path().is_ident(name)));
    told.map(|one| format!(" {}", text(module, one.span()))).collect()
}

/// What becomes of braces inside a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nested {
    /// Part of the piece they stand in.
    Whole,
    /// A list of their own, whose pieces follow.
    Opened,
}

/// The pieces of a list between commas and semicolons, each with its place.
fn entries(tokens: TokenStream, nested: Nested) -> Vec<(Range<usize>, Span)> {
    let mut found: Vec<(Range<usize>, Span)> = Vec::new();
    let mut open = true;
    for token in tokens {
        let range = token.span().byte_range();
        match &token {
            TokenTree::Punct(sign) if matches!(sign.as_char(), ',' | ';') => open = true,
            TokenTree::Group(group) if nested == Nested::Opened && is_braced(group) => {
                found.extend(entries(group.stream(), nested));
                open = true;
            }
            _ => {
                match found.last_mut() {
                    Some((entry, _)) if !open => entry.end = range.end,
                    _ => found.push((range, token.span())),
                }
                open = false;
            }
        }
    }
    found
}

fn is_braced(group: &Group) -> bool {
    group.delimiter() == Delimiter::Brace
}

fn text(module: &Module, span: Span) -> String {
    ranged(module, span.byte_range())
}

fn ranged(module: &Module, range: Range<usize>) -> String {
    one_line(module.text.get(range).unwrap_or_default())
}

/// What a signature over several lines has between its words, and what it would have on one.
const BROKEN: [(&str, &str); 7] = [
    ("( ", "("),
    (", )", ")"),
    (" )", ")"),
    ("[ ", "["),
    (", ]", "]"),
    (", }", " }"),
    (", >", ">"),
];

/// Without comments and line breaks, as if it had fitted on one line.
fn one_line(written: &str) -> String {
    let lines = written.lines().map(|line| line.split("//").next().unwrap_or_default());
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let mut line = words.join(" ");
    for (broken, whole) in BROKEN {
        line = line.replace(broken, whole);
    }
    line.trim_end_matches(',').to_owned()
}

/// The outer attributes of an item.
pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(part) => &part.attrs,
        Item::Enum(part) => &part.attrs,
        Item::Fn(part) => &part.attrs,
        Item::Impl(part) => &part.attrs,
        Item::Macro(part) => &part.attrs,
        Item::Mod(part) => &part.attrs,
        Item::Static(part) => &part.attrs,
        Item::Struct(part) => &part.attrs,
        Item::Trait(part) => &part.attrs,
        Item::Type(part) => &part.attrs,
        Item::Union(part) => &part.attrs,
        Item::Use(part) => &part.attrs,
        _ => &[],
    }
}

/// The visibility of an item that has one.
pub(super) fn visibility(item: &Item) -> Option<&Visibility> {
    match item {
        Item::Const(part) => Some(&part.vis),
        Item::Enum(part) => Some(&part.vis),
        Item::Fn(part) => Some(&part.vis),
        Item::Static(part) => Some(&part.vis),
        Item::Struct(part) => Some(&part.vis),
        Item::Trait(part) => Some(&part.vis),
        Item::Type(part) => Some(&part.vis),
        Item::Union(part) => Some(&part.vis),
        _ => None,
    }
}
