//! Which comment belongs to which token.
//!
//! Commas own nothing: they come and go with the layout.

use std::collections::{BTreeMap, BTreeSet};

use rowan::TextSize;

use crate::syntax::{SyntaxKind, SyntaxNode};

/// A comment on a line of its own.
#[derive(Clone, Debug)]
pub(super) struct Leading {
    /// As it is printed.
    pub(super) text: String,
    /// An empty line stands before it.
    pub(super) after_gap: bool,
}

/// The comments of a source, by the places of their tokens.
#[derive(Debug, Default)]
pub(super) struct Comments {
    leading: BTreeMap<TextSize, Vec<Leading>>,
    trailing: BTreeMap<TextSize, Vec<(SyntaxKind, String)>>,
    gaps: BTreeSet<TextSize>,
    /// After the last token.
    pub(super) last: Vec<Leading>,
}

impl Comments {
    /// Gives every comment of the tree away.
    pub(super) fn of(root: &SyntaxNode) -> Self {
        let mut all = Self::default();
        let mut pending = Vec::new();
        let (mut before, mut new_line, mut gap) = (None, true, false);
        let elements = root.descendants_with_tokens();
        for token in elements.filter_map(crate::syntax::SyntaxElement::into_token) {
            match token.kind() {
                SyntaxKind::Whitespace => {
                    let lines = token.text().matches('\n').count();
                    new_line |= lines > 0;
                    gap |= lines > 1;
                }
                kind if kind.is_comment() => {
                    let text = token.text().trim_end().to_owned();
                    match before.filter(|_| !new_line) {
                        Some(place) => all.trailing.entry(place).or_default().push((kind, text)),
                        None => pending.push(Leading { text, after_gap: gap }),
                    }
                    gap = false;
                }
                SyntaxKind::Comma => {}
                _ => {
                    let place = token.text_range().start();
                    if gap {
                        all.gaps.insert(place);
                    }
                    if !pending.is_empty() {
                        all.leading.insert(place, std::mem::take(&mut pending));
                    }
                    before = Some(place);
                    new_line = false;
                    gap = false;
                }
            }
        }
        all.last = pending;
        all
    }

    /// Comments on lines of their own before the token at `place`.
    pub(super) fn leading(&self, place: TextSize) -> &[Leading] {
        self.leading.get(&place).map(Vec::as_slice).unwrap_or_default()
    }

    /// Comments after the token at `place`, on its line.
    pub(super) fn trailing(&self, place: TextSize) -> &[(SyntaxKind, String)] {
        self.trailing.get(&place).map(Vec::as_slice).unwrap_or_default()
    }

    /// An empty line stands directly before the token at `place`.
    pub(super) fn is_after_gap(&self, place: TextSize) -> bool {
        self.gaps.contains(&place)
    }
}
