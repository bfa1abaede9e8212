//! Links in doc comments that name what is no longer in scope.
//!
//! `` [`X`] `` stays as it reads and gets its target behind it. A link that has a target of its own, or a
//! definition in the same comment, is left alone.

use std::collections::BTreeSet;

use super::super::edit::Edits;
use super::super::reach;
use super::super::source::tokens::{self, TokenKind};
use super::super::source::tree::Tree;
use super::super::source::{SourceFile, items};
use super::Draft;

/// Mends links in the old file and in the new one.
pub(crate) fn mend(draft: &mut Draft<'_>) {
    let old_scope: BTreeSet<String> = draft.krate.tree.scope(&draft.from).into_keys().collect();
    let (from, to) = (draft.from.path.clone(), draft.to.path.clone());
    let moved = draft.names.clone();
    let files = [
        (draft.step.to.clone(), old_scope, from.clone(), to.clone()),
        (draft.step.from.clone(), moved, to, from),
    ];
    for (path, names, target, here) in files {
        let Some(text) = draft.text(&path) else { continue };
        let Some(scope) = scope_of(&text) else { continue };
        let lost: BTreeSet<&String> = names.difference(&scope).collect();
        let full = |name: &str| {
            let mut full = target.clone();
            full.push(name.to_owned());
            reach::path_from(&here, &full)
        };
        let mut edits = Edits::default();
        for token in tokens::of_text(&text).iter().filter(|token| token.kind == TokenKind::Doc) {
            for (end, name, rest) in links(&token.text) {
                if lost.contains(&name) {
                    edits.insert(token.range.start + end, format!("({}{rest})", full(&name)));
                }
            }
        }
        if !edits.is_empty() {
            draft.texts.insert(path, edits.apply(&text));
        }
    }
}

/// The names in scope in the module that is this text.
pub(crate) fn scope_of(text: &str) -> Option<BTreeSet<String>> {
    let (_, items) = items::parse(text).ok()?;
    let file = SourceFile { path: "lib.rs".to_owned(), text: text.to_owned(), items };
    let tree = Tree::of_one(file);
    let module = tree.modules.first()?;
    Some(tree.scope(module).into_keys().collect())
}

/// The links of a comment that have no target: where each ends, its first name and the rest.
fn links(comment: &str) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    for (open, _) in comment.match_indices('[') {
        let inner = comment.get(open + 1..).unwrap_or_default();
        let Some(close) = inner.find(']') else { continue };
        let shown = inner.get(..close).unwrap_or_default();
        let path = shown.trim_matches('`').trim_end_matches("()").trim_end_matches('!');
        let next = inner.get(close + 1..).and_then(|rest| rest.chars().next());
        let is_path = !path.is_empty()
            && path.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':')
            && !path.starts_with(|c: char| c.is_ascii_digit());
        if !is_path
            || matches!(next, Some('(' | '[' | ':'))
            || comment.contains(&format!("[{shown}]:"))
        {
            continue;
        }
        let head = path.split("::").next().unwrap_or_default();
        let rest = path.get(head.len()..).unwrap_or_default();
        found.push((open + 1 + close + 1, head.to_owned(), rest.to_owned()));
    }
    found
}
