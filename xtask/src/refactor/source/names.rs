//! Which names an item uses, by the heads of its paths.
//!
//! Over-approximated on purpose: a local variable counts, and so does every identifier in a macro call
//! or attribute that is no field, method or lifetime. One name too many costs an import that the
//! compiler calls unused; one too few costs an error. Both are mended, the first is cheaper.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::visit::{self, Visit};

use super::tokens::{self, Token, TokenKind};

/// The names of an item.
#[derive(Default)]
pub(crate) struct Names<'a> {
    /// The text of the file.
    text: &'a str,
    /// Heads of paths.
    pub(crate) heads: BTreeSet<String>,
    /// Whole paths.
    pub(crate) paths: BTreeSet<Vec<String>>,
}

impl<'a> Names<'a> {
    /// Gathers into nothing yet.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, ..Self::default() }
    }

    fn add(&mut self, path: Vec<String>) {
        if let Some(head) = path.first() {
            self.heads.insert(head.clone());
            if path.len() > 1 {
                self.paths.insert(path);
            }
        }
    }

    /// Adds what a macro call, a macro's rules or an attribute may name.
    pub(crate) fn add_tokens(&mut self, stream: TokenStream) {
        let tokens = tokens::flat(stream, self.text);
        for path in paths_of(&tokens) {
            self.add(path);
        }
        for token in tokens.iter().filter(|token| token.kind == TokenKind::Literal) {
            for name in captures(&token.text) {
                self.add(vec![name]);
            }
        }
    }
}

/// Every run of words joined by `::` that does not follow a dot, a `::` or a lifetime's tick.
pub(crate) fn paths_of(tokens: &[Token]) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut before = "";
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        if token.is_ident() && !matches!(before, "." | "::" | "'") {
            let mut path = vec![token.text.clone()];
            // `$crate::a`: the crate of the macro, which is this one.
            while rest.peek().is_some_and(|next| next.is("::")) {
                rest.next();
                match rest.peek() {
                    Some(next) if next.is_ident() => {
                        path.push(next.text.clone());
                        rest.next();
                    }
                    _ => break,
                }
            }
            found.push(path);
            before = "";
            continue;
        }
        before = &token.text;
    }
    found
}

/// `MAX` and `width` of `"{MAX:>width$}"`: a constant can be captured by a format string.
fn captures(literal: &str) -> Vec<String> {
    let pieces = literal.split('{').skip(1);
    let name = |piece: &str| {
        let end = piece.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(piece.len());
        let name = piece.get(..end).unwrap_or_default();
        let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        starts.then(|| name.to_owned())
    };
    pieces.filter_map(name).collect()
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.add(path.segments.iter().map(|part| part.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        if pattern.by_ref.is_none() && pattern.subpat.is_none() && pattern.mutability.is_none() {
            let name = pattern.ident.to_string();
            if name.starts_with(char::is_uppercase) {
                self.add(vec![name]);
            }
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.add_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if !attribute.path().is_ident("doc") {
            if let syn::Meta::List(list) = &attribute.meta {
                self.add_tokens(list.tokens.clone());
            }
            visit::visit_attribute(self, attribute);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for leaf in super::uses::of_item(item) {
            if !leaf.rooted {
                self.add(leaf.path);
            }
        }
    }
}
