//! Text to tokens. Total: every byte belongs to exactly one token, whatever the text.
//!
//! What is wrong here is said here, and the token takes the kind that lets the parser go on: a name
//! with a foreign letter is still a name, a text in single quotes still a text. What has no such kind
//! becomes [`SyntaxKind::Unknown`], which the parser passes over.

mod number;
mod spelling;

use crate::codes;
use crate::diagnostic::{Diagnostic, Span};
use crate::limits::{DIAGNOSTICS_MAX, NAME_BYTES_MAX};

use super::kind::{KEYWORDS, SyntaxKind};
use super::values;

/// A token: its kind and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: SyntaxKind,
    /// Where it is.
    pub(super) span: Span,
}

/// Tokens and what is wrong with them.
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Takes a source apart. It is at most 48 KiB, so that places fit 32 bits.
pub(super) fn lex(source: &str) -> Lexed {
    let mut lexer = Lexer { source, at: 0, unclosed_until: 0, diagnostics: Vec::new() };
    let mut tokens = Vec::new();
    while let Some(first) = lexer.peek() {
        let start = lexer.at;
        let kind = lexer.token(first);
        tokens.push(Token { kind, span: lexer.span_from(start) });
    }
    Lexed { tokens, diagnostics: lexer.diagnostics }
}

/// Characters that make a reader see another order than the machine.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// A place in the source.
pub(super) fn span(start: usize, end: usize) -> Span {
    Span {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    /// Up to here no quotation mark closes one that does not close itself.
    unclosed_until: usize,
    diagnostics: Vec<Diagnostic>,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn text_from(&self, start: usize) -> &'s str {
        self.source.get(start..self.at).unwrap_or_default()
    }

    fn span_from(&self, start: usize) -> Span {
        span(start, self.at)
    }

    fn eat_while(&mut self, accept: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !accept(c)).unwrap_or(rest.len());
    }

    fn report(&mut self, found: Diagnostic) {
        if self.diagnostics.len() < DIAGNOSTICS_MAX {
            self.diagnostics.push(found);
        }
    }

    fn token(&mut self, first: char) -> SyntaxKind {
        match first {
            ' ' | '\t' | '\r' | '\n' => {
                self.eat_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
                SyntaxKind::Whitespace
            }
            '/' if self.rest().starts_with("//") => self.line_comment(),
            '/' if self.rest().starts_with("/*") => self.block_comment(),
            '0'..='9' => self.number(),
            '"' => self.text(first),
            '\'' | '“' | '”' | '„' | '‘' | '’' | '«' => self.quotes(first),
            c if c == '_' || c.is_alphabetic() => self.name(),
            _ => self.operator(first),
        }
    }

    fn line_comment(&mut self) -> SyntaxKind {
        let start = self.at;
        self.eat_while(|c| c != '\n');
        self.look_for_hidden(start);
        SyntaxKind::LineComment
    }

    fn block_comment(&mut self) -> SyntaxKind {
        let start = self.at;
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            if self.rest().starts_with("/*") {
                open += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                open -= 1;
                self.at += 2;
                if open == 0 {
                    break;
                }
            } else {
                self.at += c.len_utf8();
            }
        }
        self.look_for_hidden(start);
        if open > 0 {
            let end = self.at;
            let found = Diagnostic::error(
                codes::COMMENT_NOT_CLOSED,
                "expected `*/`, found the end of the source",
                span(start, start + 2),
                "this comment is not closed",
            );
            let found = if open > 1 {
                found.note(format!("comments nest: {open} of them are open at the end"))
            } else {
                found
            };
            self.report(found.fix("close the comment", span(end, end), " */"));
        }
        SyntaxKind::BlockComment
    }

    fn look_for_hidden(&mut self, start: usize) {
        let text = self.text_from(start);
        for (offset, c) in text.char_indices().filter(|(_, c)| is_hidden(*c)) {
            let place = span(start + offset, start + offset + c.len_utf8());
            let found = Diagnostic::error(
                codes::HIDDEN_CHARACTER,
                format!("found U+{:04X}, which changes the direction of text", u32::from(c)),
                place,
                "this character cannot be seen",
            )
            .note("with it, a policy can look different from what it does")
            .fix("remove it", place, "");
            self.report(found);
        }
    }

    fn number(&mut self) -> SyntaxKind {
        let start = self.at;
        let length = number::length(self.rest());
        self.at += length;
        let (kind, found) = number::classify(self.text_from(start), self.span_from(start));
        if let Some(found) = found {
            self.report(found);
        }
        kind
    }

    fn name(&mut self) -> SyntaxKind {
        let start = self.at;
        self.eat_while(|c| c == '_' || c.is_alphanumeric());
        let text = self.text_from(start);
        if let Some((_, kind)) = KEYWORDS.iter().find(|(word, _)| *word == text) {
            return *kind;
        }
        let place = self.span_from(start);
        if let Some(c) = text.chars().find(|c| !c.is_ascii()) {
            let found = Diagnostic::error(
                codes::NAME_FORM,
                format!("expected a name of ASCII letters, digits and `_`, found `{c}` in it"),
                place,
                "this name has letters outside ASCII",
            );
            self.report(found.note("text in quotes may hold any letter; names may not"));
        } else if text.len() > NAME_BYTES_MAX {
            let length = text.len();
            self.report(Diagnostic::error(
                codes::NAME_FORM,
                format!("expected a name of at most {NAME_BYTES_MAX} bytes, found {length}"),
                place,
                "this name is too long",
            ));
        }
        SyntaxKind::Ident
    }

    /// Quotes that the language does not have: a text all the same, when they are closed.
    fn quotes(&mut self, open: char) -> SyntaxKind {
        let start = self.at;
        // These do not close themselves: a row of them must not be searched once for each.
        let may_repeat = matches!(open, '„' | '«');
        let again = may_repeat && start < self.unclosed_until;
        let rest = self.rest().get(open.len_utf8()..).unwrap_or_default();
        let end = rest.find(|c| again || c == '\n' || values::closes(Some(open), c));
        let (inner, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
        let Some(mark) = after.chars().next().filter(|c| values::closes(Some(open), *c)) else {
            if may_repeat {
                self.unclosed_until = self.unclosed_until.max(start + inner.len());
            }
            return self.operator(open);
        };
        self.at = start + open.len_utf8() + inner.len() + mark.len_utf8();
        let place = self.span_from(start);
        let mended = format!("\"{}\"", inner.replace('"', "\\\""));
        let found = Diagnostic::error(
            codes::QUOTES,
            format!("expected text in `\"`, found `{open}`"),
            place,
            "these quotes are not of the language",
        );
        self.report(found.fix("use double quotes", place, mended));
        SyntaxKind::Text
    }

    fn text(&mut self, open: char) -> SyntaxKind {
        let start = self.at;
        self.at += open.len_utf8();
        let mut closed = false;
        while let Some(c) = self.peek() {
            match c {
                '\n' => break,
                '\\' => self.escape(),
                '"' => {
                    self.at += 1;
                    closed = true;
                    break;
                }
                c => self.at += c.len_utf8(),
            }
        }
        self.look_for_hidden(start);
        if !closed {
            let end = start + self.text_from(start).trim_end().len();
            let found = Diagnostic::error(
                codes::TEXT_NOT_CLOSED,
                "expected `\"` before the end of the line",
                span(start, end),
                "this text is not closed",
            )
            .note("a text stands on one line; `\\n` in it is a new line");
            self.report(found.fix("close the text", span(end, end), "\""));
        }
        SyntaxKind::Text
    }

    fn escape(&mut self) {
        let start = self.at;
        let (width, meaning) = values::escape(self.rest());
        self.at += width;
        // A lone backslash ends the line: the text is not closed, which is said there.
        if meaning.is_some() || width < 2 {
            return;
        }
        let place = self.span_from(start);
        let found = Diagnostic::error(
            codes::ESCAPE,
            format!("expected an escape, found `{}`", self.text_from(start)),
            place,
            "this is no escape",
        )
        .note("escapes are `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{41}` with up to six digits");
        let after = self.text_from(start).get(1..).unwrap_or_default().to_owned();
        self.report(found.fix("write the backslash itself", place, format!("\\\\{after}")));
    }

    fn operator(&mut self, first: char) -> SyntaxKind {
        let start = self.at;
        if let Some(spelled) = spelling::foreign(self.rest()) {
            self.at += spelled.text.len();
            let place = self.span_from(start);
            self.report(spelled.diagnostic(place));
            return spelled.kind;
        }
        if let Some((text, kind)) =
            spelling::OPERATORS.iter().find(|(text, _)| self.rest().starts_with(text))
        {
            self.at += text.len();
            return *kind;
        }
        self.at += first.len_utf8();
        if first == ';' {
            let place = self.span_from(start);
            let found = Diagnostic::error(
                codes::SEMICOLON,
                "expected no `;`",
                place,
                "nothing needs to separate statements",
            );
            self.report(found.fix("remove the `;`", place, ""));
            return SyntaxKind::Semicolon;
        }
        self.unknown(start, first)
    }

    fn unknown(&mut self, start: usize, first: char) -> SyntaxKind {
        if first == '#' {
            let place = self.span_from(start);
            self.eat_while(|c| c != '\n');
            let found = Diagnostic::error(
                codes::UNKNOWN_CHARACTER,
                "expected `//` before a comment, found `#`",
                place,
                "comments do not begin with `#`",
            );
            self.report(found.fix("begin the comment with `//`", place, "//"));
            return SyntaxKind::Unknown;
        }
        self.eat_while(|c| c == first);
        let place = self.span_from(start);
        let shown = if first.is_control() || first.is_whitespace() || is_hidden(first) {
            format!("U+{:04X}", u32::from(first))
        } else {
            format!("`{first}`")
        };
        let found = Diagnostic::error(
            codes::UNKNOWN_CHARACTER,
            format!("expected a token of the language, found {shown}"),
            place,
            "this character means nothing outside text and comments",
        );
        let space = if first.is_whitespace() { " " } else { "" };
        let title = if space.is_empty() { "remove it" } else { "use a plain space" };
        self.report(found.fix(title, place, space));
        SyntaxKind::Unknown
    }
}
