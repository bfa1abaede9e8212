//! Tokens to the lossless tree: recursive descent that always goes on.
//!
//! Nodes are opened and closed in pairs around the tokens; space and comments are laid between them,
//! before the next token and outside the node that just ended, so that a node begins and ends with a
//! token of its own. Depth is counted on the way down, height on the way up: their sum stays within
//! [`NESTING_MAX`]. Whoever exceeds it gets one diagnostic, and the rest of the source lies flat under
//! the root.

mod effects;
mod expressions;
mod hints;
mod items;
mod names;
mod operators;
mod statements;
mod tests;
mod types;

use rowan::{Checkpoint, GreenNode, GreenNodeBuilder, Language};

use crate::codes;
use crate::diagnostic::{Diagnostic, Span};
use crate::limits::{DIAGNOSTICS_MAX, NESTING_MAX};

use super::kind::{Ecl, SyntaxKind};
use super::lexer::{self, Token};

/// The tree of a source and what is wrong with it.
pub(super) fn parse(source: &str, tokens: &[Token]) -> (GreenNode, Vec<Diagnostic>) {
    let mut parser = Parser::new(source, tokens);
    parser.open(SyntaxKind::Source);
    parser.items();
    parser.lay_until(tokens.len());
    parser.close();
    (parser.builder.finish(), parser.diagnostics)
}

/// A token the parser sees.
#[derive(Clone, Copy)]
struct Solid {
    kind: SyntaxKind,
    span: Span,
    /// Its place among all tokens.
    index: usize,
    /// A line ends between the token before and this one.
    on_new_line: bool,
}

struct Parser<'s> {
    source: &'s str,
    tokens: &'s [Token],
    solid: Vec<Solid>,
    /// The next of `solid`.
    at: usize,
    /// How many of `tokens` are in the tree.
    laid: usize,
    builder: GreenNodeBuilder<'static>,
    diagnostics: Vec<Diagnostic>,
    /// Where the last error was reported: one per token is enough.
    reported_at: Option<usize>,
    depth: usize,
    abandoned: bool,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, tokens: &'s [Token]) -> Self {
        let mut solid = Vec::new();
        let mut on_new_line = true;
        for (index, token) in tokens.iter().enumerate() {
            if token.kind.is_trivia() {
                on_new_line |= token.span.text(source).contains('\n');
            } else {
                solid.push(Solid { kind: token.kind, span: token.span, index, on_new_line });
                on_new_line = false;
            }
        }
        Self {
            source,
            tokens,
            solid,
            at: 0,
            laid: 0,
            builder: GreenNodeBuilder::new(),
            diagnostics: Vec::new(),
            reported_at: None,
            depth: 0,
            abandoned: false,
        }
    }

    // What lies ahead.

    fn nth(&self, ahead: usize) -> SyntaxKind {
        self.solid.get(self.at + ahead).map_or(SyntaxKind::End, |token| token.kind)
    }

    fn current(&self) -> SyntaxKind {
        self.nth(0)
    }

    fn is_at(&self, kind: SyntaxKind) -> bool {
        self.current() == kind
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.solid.len()
    }

    fn nth_text(&self, ahead: usize) -> &'s str {
        self.solid.get(self.at + ahead).map_or("", |token| token.span.text(self.source))
    }

    /// The next token is a name that reads `word`.
    fn is_at_word(&self, word: &str) -> bool {
        self.is_at(SyntaxKind::Ident) && self.nth_text(0) == word
    }

    fn nth_on_new_line(&self, ahead: usize) -> bool {
        self.solid.get(self.at + ahead).is_none_or(|token| token.on_new_line)
    }

    /// The next token, or the place after the last.
    fn span(&self) -> Span {
        self.solid.get(self.at).map_or_else(|| self.span_after(), |token| token.span)
    }

    /// The token before the next.
    fn span_before(&self) -> Span {
        let before = self.at.checked_sub(1).and_then(|at| self.solid.get(at));
        before.map_or(Span::default(), |token| token.span)
    }

    /// The place directly after the token before the next, without width.
    fn span_after(&self) -> Span {
        let end = self.span_before().end;
        Span { start: end, end }
    }

    /// Where something is missing: at the next token if it stands on the same line.
    fn span_missing(&self) -> Span {
        if self.nth_on_new_line(0) { self.span_after() } else { self.span() }
    }

    /// The next token in the words of a sentence.
    fn found(&self) -> String {
        match self.current() {
            SyntaxKind::End => "the end of the source".to_owned(),
            _ => format!("`{}`", shortened(self.nth_text(0))),
        }
    }

    // Building the tree.

    fn lay_until(&mut self, index: usize) {
        while let Some(token) = self.tokens.get(self.laid).filter(|_| self.laid < index) {
            self.builder.token(Ecl::kind_to_raw(token.kind), token.span.text(self.source));
            self.laid += 1;
        }
    }

    fn lay_space(&mut self) {
        if let Some(token) = self.solid.get(self.at) {
            self.lay_until(token.index);
        }
    }

    fn open(&mut self, kind: SyntaxKind) {
        if kind != SyntaxKind::Source {
            self.lay_space();
        }
        self.builder.start_node(Ecl::kind_to_raw(kind));
    }

    fn checkpoint(&mut self) -> Checkpoint {
        self.lay_space();
        self.builder.checkpoint()
    }

    fn open_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind) {
        self.builder.start_node_at(checkpoint, Ecl::kind_to_raw(kind));
    }

    fn close(&mut self) {
        self.builder.finish_node();
    }

    fn bump(&mut self) {
        self.bump_as(self.current());
    }

    /// Takes the next token as a token of another kind.
    fn bump_as(&mut self, kind: SyntaxKind) {
        self.lay_space();
        if let Some(token) = self.solid.get(self.at) {
            self.builder.token(Ecl::kind_to_raw(kind), token.span.text(self.source));
            self.laid = token.index + 1;
            self.at += 1;
        }
    }

    fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.is_at(kind);
        if found {
            self.bump();
        }
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_at_word(word);
        if found {
            self.bump_as(SyntaxKind::Word);
        }
        found
    }

    // Saying what is wrong.

    fn report(&mut self, found: Diagnostic) {
        let again = self.reported_at == Some(self.at);
        if !again && !self.abandoned && self.diagnostics.len() < DIAGNOSTICS_MAX {
            self.reported_at = Some(self.at);
            self.diagnostics.push(found);
        }
    }

    /// Reports that `what` was expected instead of the next token.
    fn report_expected(&mut self, what: &str) {
        let found = self.expected(what);
        self.report(found);
    }

    fn expected(&self, what: &str) -> Diagnostic {
        let message = format!("expected {what}, found {}", self.found());
        Diagnostic::error(codes::EXPECTED, message, self.span_missing(), format!("expected {what}"))
    }

    /// Takes a token that has to be there. Punctuation that is missing can be put in.
    fn expect(&mut self, kind: SyntaxKind, after: &str) -> bool {
        if self.eat(kind) {
            return true;
        }
        let text = kind.describe().trim_matches('`');
        let space = if matches!(kind, SyntaxKind::Comma | SyntaxKind::Colon) { "" } else { " " };
        let found = self.expected(&format!("{} {after}", kind.describe())).fix(
            format!("insert `{text}`"),
            self.span_after(),
            format!("{space}{text}"),
        );
        self.report(found);
        false
    }

    /// Takes the delimiter that closes what was opened at `opened`.
    fn expect_close(&mut self, kind: SyntaxKind, opened: Span) {
        if self.eat(kind) {
            return;
        }
        let open = opened.text(self.source);
        let close = kind.describe();
        let place = self.span_missing();
        let message = format!("expected {close}, found {}", self.found());
        let found =
            Diagnostic::error(codes::NOT_CLOSED, message, place, format!("expected {close}"))
                .also(opened, format!("`{open}` is opened here"));
        let at = self.span_after();
        let found = match kind {
            SyntaxKind::RightBrace => found.fix("close it", at, "\n}"),
            _ => found.fix("close it", at, close.trim_matches('`')),
        };
        self.report(found);
    }

    // Depth.

    /// Goes one level down; false when that would be too deep.
    fn descend(&mut self) -> bool {
        self.depth += 1;
        self.check_depth(0)
    }

    fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// Whether something of that height may stand here. If not, gives the source up.
    fn check_depth(&mut self, height: usize) -> bool {
        if self.depth + height <= NESTING_MAX {
            return !self.abandoned;
        }
        let place = if self.is_at_end() { self.span_before() } else { self.span() };
        let found = Diagnostic::error(
            codes::TOO_DEEP,
            format!("expected at most {NESTING_MAX} levels of nesting"),
            place,
            "nesting passes the bound here",
        )
        .note("operators in a row count: each takes the result of those before it")
        .note("name a part with `let`, or write several `require`");
        self.reported_at = None;
        self.report(found);
        self.abandoned = true;
        self.at = self.solid.len();
        false
    }

    // Getting over what cannot be understood.

    /// Lays tokens into an error node until `stop` holds outside of brackets, or the source ends.
    /// Takes at least one token if `first` is set.
    fn skip(&mut self, first: bool, stop: impl Fn(&Self) -> bool) {
        if self.is_at_end() || (!first && stop(self)) {
            return;
        }
        self.open(SyntaxKind::Error);
        let mut open = 0_usize;
        let mut taken = false;
        while !self.is_at_end() {
            let may_stop = taken || !first;
            let kind = self.current();
            if may_stop && open == 0 && stop(self) {
                break;
            }
            if may_stop && kind.starts_item_only() && self.nth_on_new_line(0) {
                break;
            }
            open = match kind {
                SyntaxKind::LeftBrace | SyntaxKind::LeftParen | SyntaxKind::LeftBracket => open + 1,
                SyntaxKind::RightBrace | SyntaxKind::RightParen | SyntaxKind::RightBracket => {
                    open.saturating_sub(1)
                }
                _ => open,
            };
            self.bump();
            taken = true;
        }
        self.close();
    }
}

/// At most some twenty characters of a token.
fn shortened(text: &str) -> String {
    const CHARACTERS_MAX: usize = 24;
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A place between two others.
fn between(start: Span, end: Span) -> Span {
    lexer::span(start.end as usize, end.start as usize)
}
