//! The tokens of a piece of text, flat, with their places.
//!
//! Groups are opened and closed by tokens of their own, so that one loop sees a whole item, its macro
//! calls and attributes included.

use std::ops::Range;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// As written.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) range: Range<usize>,
}

/// The kinds that edits tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A word, keywords included.
    Ident,
    /// One character; `::` and `..` are one token each.
    Punct,
    /// A number, character or string.
    Literal,
    /// A doc comment.
    Doc,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
}

impl Token {
    /// Whether it is exactly this word or sign.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text && self.kind != TokenKind::Literal
    }

    /// Whether it is a word.
    pub(crate) fn is_ident(&self) -> bool {
        self.kind == TokenKind::Ident
    }
}

/// Every token of `text`; nothing when it cannot be read.
pub(crate) fn of_text(text: &str) -> Vec<Token> {
    text.parse::<TokenStream>().map_or_else(|_| Vec::new(), |stream| flat(stream, text))
}

/// Every token of `stream`, which was parsed from `text`.
pub(crate) fn flat(stream: TokenStream, text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    collect(stream, text, &mut found);
    found
}

fn collect(stream: TokenStream, text: &str, found: &mut Vec<Token>) {
    let mut joint: Option<char> = None;
    for token in stream {
        let range = token.span().byte_range();
        let written = text.get(range.clone()).unwrap_or_default();
        if written.starts_with("//") || written.starts_with("/*") {
            if found.last().is_none_or(|last| last.range != range) {
                found.push(Token { kind: TokenKind::Doc, text: written.to_owned(), range });
            }
            continue;
        }
        let mut now_joint = None;
        match token {
            TokenTree::Group(group) => {
                let bare = group.delimiter() == Delimiter::None;
                if !bare {
                    push(found, TokenKind::Open, group.span_open().byte_range(), text);
                }
                collect(group.stream(), text, found);
                if !bare {
                    push(found, TokenKind::Close, group.span_close().byte_range(), text);
                }
            }
            TokenTree::Ident(_) => push(found, TokenKind::Ident, range, text),
            TokenTree::Literal(_) => push(found, TokenKind::Literal, range, text),
            TokenTree::Punct(punct) => {
                let sign = punct.as_char();
                let doubles = joint == Some(sign) && matches!(sign, ':' | '.');
                match found.last_mut() {
                    Some(last) if doubles && last.range.end == range.start => {
                        last.text.push(sign);
                        last.range.end = range.end;
                    }
                    _ => push(found, TokenKind::Punct, range, text),
                }
                now_joint = (punct.spacing() == Spacing::Joint && !doubles).then_some(sign);
            }
        }
        joint = now_joint;
    }
}

fn push(found: &mut Vec<Token>, kind: TokenKind, range: Range<usize>, text: &str) {
    let written = text.get(range.clone()).unwrap_or_default().to_owned();
    found.push(Token { kind, text: written, range });
}
