//! One parsed Rust file and the views of it that the checks need.
//!
//! Parsing keeps positions, so every finding has a line. Code, comments and string literals are told
//! apart by the token positions: a word in a comment is no call, a word in a string is neither.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

use super::tree::{Tree, is_test_file, unreadable};
use crate::finding::Finding;

/// A parsed file.
pub(crate) struct Source {
    /// Relative to the root.
    pub(crate) path: String,
    /// As on disk.
    pub(crate) text: String,
    /// Every token, also those inside macro calls.
    pub(crate) tokens: TokenStream,
    /// The syntax tree.
    pub(crate) file: syn::File,
}

impl Source {
    /// Reads and parses `path`; `None` if it is gone.
    pub(crate) fn load(
        tree: &Tree,
        path: &str,
        check: &'static str,
    ) -> Option<Result<Self, Finding>> {
        let text = tree.text(path)?;
        let parsed = text
            .parse::<TokenStream>()
            .map_err(syn::Error::from)
            .and_then(|tokens| Ok((tokens.clone(), syn::parse2(tokens)?)));
        Some(match parsed {
            Ok((tokens, file)) => Ok(Self { path: path.to_owned(), text, tokens, file }),
            Err(error) => {
                let mut finding = unreadable(check, path, &error);
                finding.line = error.span().start().line.max(1);
                Err(finding)
            }
        })
    }

    /// The package folder of a file under `crates/`.
    pub(crate) fn crate_name(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }

    /// Lines of each inline module that is compiled for tests only, first to last, counted from 1.
    pub(crate) fn inline_test_modules(&self) -> Vec<Range<usize>> {
        let mut finder = TestModules(Vec::new());
        finder.visit_file(&self.file);
        finder.0
    }

    /// Lines outside test modules; none in a test file.
    pub(crate) fn production_lines(&self) -> usize {
        if is_test_file(&self.path) {
            return 0;
        }
        let test_lines: usize = self.inline_test_modules().iter().map(ExactSizeIterator::len).sum();
        self.text.lines().count() - test_lines
    }

    /// The text with everything but code blanked (strings too), and the text with everything but
    /// comments blanked. Both keep every line break.
    pub(crate) fn code_and_comments(&self) -> (String, String) {
        let mut kinds = vec![Kind::Comment; self.text.len()];
        mark(self.tokens.clone(), &self.text, &mut kinds);
        let view = |wanted: Kind| {
            self.text
                .char_indices()
                .map(|(at, c)| if c == '\n' || kinds.get(at) == Some(&wanted) { c } else { ' ' })
                .collect()
        };
        (view(Kind::Code), view(Kind::Comment))
    }
}

/// Calls `visit` with every identifier, also inside groups and macro calls.
pub(crate) fn each_ident(tokens: TokenStream, visit: &mut impl FnMut(&proc_macro2::Ident)) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => each_ident(group.stream(), visit),
            TokenTree::Ident(ident) => visit(&ident),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Whether the attributes compile an item for tests only.
pub(crate) fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let (mut test, mut negated) = (false, false);
        if let Ok(list) = attribute.meta.require_list() {
            each_ident(list.tokens.clone(), &mut |ident| {
                test |= ident == "test";
                negated |= ident == "not";
            });
        }
        test && !negated
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Text,
}

/// Marks each byte that a token covers. A documentation comment arrives as tokens that all lie on the
/// comment itself: it stays a comment.
fn mark(tokens: TokenStream, text: &str, kinds: &mut [Kind]) {
    for token in tokens {
        let range = token.span().byte_range();
        let written = text.get(range.clone()).unwrap_or_default();
        if written.starts_with("//") || written.starts_with("/*") {
            continue;
        }
        let kind = match &token {
            TokenTree::Group(group) => {
                mark(group.stream(), text, kinds);
                for side in [group.span_open(), group.span_close()] {
                    fill(kinds, side.byte_range(), Kind::Code);
                }
                continue;
            }
            TokenTree::Literal(_) if written.contains(['"', '\'']) => Kind::Text,
            TokenTree::Literal(_) | TokenTree::Ident(_) | TokenTree::Punct(_) => Kind::Code,
        };
        fill(kinds, range, kind);
    }
}

fn fill(kinds: &mut [Kind], range: Range<usize>, kind: Kind) {
    if let Some(slice) = kinds.get_mut(range) {
        slice.fill(kind);
    }
}

struct TestModules(Vec<Range<usize>>);

impl<'ast> Visit<'ast> for TestModules {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        match &module.content {
            Some((brace, _)) if is_test_only(&module.attrs) => {
                self.0.push(module.mod_token.span.start().line..brace.span.close().end().line + 1);
            }
            _ => syn::visit::visit_item_mod(self, module),
        }
    }
}
