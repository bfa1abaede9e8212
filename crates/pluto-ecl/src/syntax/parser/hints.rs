//! What was probably meant where no item and no statement begins.

use crate::codes;
use crate::diagnostic::Diagnostic;

use super::{Parser, shortened};
use crate::syntax::kind::SyntaxKind;
use crate::syntax::similar::nearest;

const ITEMS: &[&str] =
    &["const", "enum", "record", "store", "migrate", "policy", "test", "edition"];
const STATEMENTS: &[&str] = &[
    "const", "let", "require", "allow", "deny", "escalate", "if", "match", "emit", "cost", "audit",
    "put", "delete",
];

/// Words of other languages, and the word here.
const ITEM_WORDS: &[(&str, &str)] = &[
    ("rule", "policy"),
    ("guard", "policy"),
    ("gateway_policy", "policy"),
    ("struct", "record"),
    ("class", "record"),
    ("type", "record"),
    ("schema", "store"),
    ("table", "store"),
    ("migration", "migrate"),
    ("constant", "const"),
];
const STATEMENT_WORDS: &[(&str, &str)] = &[
    ("assert", "require"),
    ("ensure", "require"),
    ("check", "require"),
    ("must", "require"),
    ("permit", "allow"),
    ("accept", "allow"),
    ("grant", "allow"),
    ("reject", "deny"),
    ("refuse", "deny"),
    ("forbid", "deny"),
    ("block", "deny"),
    ("throw", "deny"),
    ("fail", "deny"),
    ("var", "let"),
    ("val", "let"),
    ("switch", "match"),
    ("when", "if"),
    ("event", "emit"),
    ("log", "audit"),
    ("insert", "put"),
    ("update", "put"),
    ("remove", "delete"),
];

impl Parser<'_> {
    pub(super) fn unknown_item(&mut self) {
        let found = self.not_an_item();
        self.report(found);
        self.skip(true, |p| {
            let begins = p.current().starts_item() || p.current().starts_statement();
            p.nth_on_new_line(0) && (begins || p.is_at(SyntaxKind::Ident))
        });
    }

    fn not_an_item(&self) -> Diagnostic {
        let text = self.nth_text(0);
        let span = self.span();
        if is_closing(self.current()) {
            return self.not_opened();
        }
        if self.current().starts_statement() {
            return Diagnostic::error(
                codes::UNKNOWN_ITEM,
                format!("expected an item, found `{text}`"),
                span,
                "a statement stands in a policy",
            )
            .note("write it between the braces of `policy name on kind { … }`");
        }
        if let Some(found) = self.not_total() {
            return found;
        }
        let found = Diagnostic::error(
            codes::UNKNOWN_ITEM,
            format!("expected an item, found {}", self.found()),
            span,
            "no item begins like this",
        );
        match self.meant(ITEM_WORDS, ITEMS) {
            Some(word) => found.fix(format!("write `{word}`"), span, word),
            None => found.note("items are `const enum record store migrate policy test`"),
        }
    }

    fn not_opened(&self) -> Diagnostic {
        let span = self.span();
        Diagnostic::error(
            codes::NOT_OPENED,
            format!("found {}, but nothing is open", self.found()),
            span,
            "this closes nothing",
        )
        .fix("remove it", span, "")
    }

    /// Reports what stands where a statement should, and gets over it.
    pub(super) fn unknown_statement(&mut self) {
        let found = self.not_a_statement();
        self.report(found);
        self.skip(true, Self::is_at_statement);
    }

    /// The same directly after `=>`, where the next arm may follow.
    pub(super) fn unknown_statement_in_arm(&mut self) {
        let found = self.not_a_statement();
        self.report(found);
        self.skip(false, |p| {
            p.is_at(SyntaxKind::RightBrace) || p.is_at(SyntaxKind::Comma) || p.nth_on_new_line(0)
        });
    }

    fn is_at_statement(&self) -> bool {
        self.is_at(SyntaxKind::RightBrace)
            || (self.nth_on_new_line(0)
                && (self.current().starts_statement()
                    || matches!(
                        self.current(),
                        SyntaxKind::Ident | SyntaxKind::TrueKw | SyntaxKind::FalseKw
                    )))
    }

    fn not_a_statement(&self) -> Diagnostic {
        let text = self.nth_text(0);
        let span = self.span();
        if is_closing(self.current()) {
            return self.not_opened();
        }
        if let Some(found) = self.not_total().or_else(|| self.assignment()) {
            return found;
        }
        let found = Diagnostic::error(
            codes::UNKNOWN_STATEMENT,
            format!("expected a statement, found {}", self.found()),
            span,
            "no statement begins like this",
        );
        match self.current() {
            SyntaxKind::ElseKw => {
                return found.note("`else` follows directly on the block of an `if`");
            }
            SyntaxKind::TrueKw | SyntaxKind::FalseKw => {
                let word = if text == "true" { "allow" } else { "deny" };
                return found
                    .note("a policy decides with statements; its last value means nothing")
                    .fix(format!("write `{word}`"), span, word);
            }
            SyntaxKind::Text => {
                return found.note("a reason follows a `,` after the condition of `require`");
            }
            _ => {}
        }
        if text == "return" {
            return Diagnostic::error(
                codes::RETURN,
                "expected `allow` or `deny`, found `return`",
                span,
                "a policy decides, it does not return",
            )
            .note("write `allow if …`, `deny if …` or `require …`; the first that decides ends it")
            .fix("allow if it holds", span, "allow if");
        }
        match self.meant(STATEMENT_WORDS, STATEMENTS) {
            Some(word) => found.fix(format!("write `{word}`"), span, word),
            None if !self.nth_on_new_line(0) && self.reads_on() => {
                found.note("an operator may be missing before it")
            }
            None => found.note(
                "statements are `const let require allow deny escalate if match emit cost audit \
                 put delete`",
            ),
        }
    }

    fn reads_on(&self) -> bool {
        self.current().starts_expression()
    }

    /// `x = 1`: values do not change.
    fn assignment(&self) -> Option<Diagnostic> {
        let operator = self.nth(1);
        let compound = matches!(operator, SyntaxKind::Plus | SyntaxKind::Minus | SyntaxKind::Star)
            && self.nth(2) == SyntaxKind::Eq;
        if !self.is_at(SyntaxKind::Ident) || !(operator == SyntaxKind::Eq || compound) {
            return None;
        }
        let name = shortened(self.nth_text(0));
        let span = self.span();
        let found = Diagnostic::error(
            codes::REASSIGNED,
            format!("expected a statement, found a value for `{name}`"),
            span,
            "a name gets its value once, with `let`",
        );
        if compound {
            return Some(found.note("give the new value a name of its own: `let total = …`"));
        }
        let at = crate::Span { end: span.start, ..span };
        Some(found.fix("name a value with `let`", at, "let "))
    }

    /// Loops, functions and what else would make a program run without a bound.
    fn not_total(&self) -> Option<Diagnostic> {
        let text = self.nth_text(0);
        let (label, note) = match text {
            "for" | "foreach" | "while" | "loop" | "repeat" | "do" | "until" => (
                "there are no loops",
                "ask a question about the whole list: `any(x in xs where …)`, `all`, `count`, `sum`",
            ),
            "function" | "fn" | "func" | "fun" | "def" | "lambda" | "proc" => (
                "there are no functions of one's own",
                "name a part with `let` or `const`, or write another policy",
            ),
            "import" | "use" | "include" | "require_once" | "module" | "package" => (
                "there are no modules",
                "what a policy needs stands in its own source, so that one digest names all of it",
            ),
            "try" | "catch" | "async" | "await" | "goto" => {
                ("there is no such control flow", "a fault ends the decision, and never allows")
            }
            _ => return None,
        };
        if !self.is_at(SyntaxKind::Ident) || self.nth(1) == SyntaxKind::Eq {
            return None;
        }
        let found = Diagnostic::error(
            codes::NOT_TOTAL,
            format!("expected a statement or an item, found `{text}`"),
            self.span(),
            label,
        )
        .note(note);
        Some(found.note("every policy ends, and its worst-case cost is known when it is compiled"))
    }

    fn meant(
        &self,
        known: &[(&str, &'static str)],
        candidates: &[&'static str],
    ) -> Option<&'static str> {
        if !self.is_at(SyntaxKind::Ident) {
            return None;
        }
        let text = self.nth_text(0).to_ascii_lowercase();
        let other = known.iter().find(|(word, _)| *word == text).map(|(_, here)| *here);
        other.or_else(|| nearest(&text, candidates))
    }
}

fn is_closing(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::RightBrace | SyntaxKind::RightParen | SyntaxKind::RightBracket)
}
