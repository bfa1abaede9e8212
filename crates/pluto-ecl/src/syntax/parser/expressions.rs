//! Expressions: choices, operands, and what follows an operand.
//!
//! Every function returns the height of what it parsed, 0 for nothing.

use crate::codes;
use crate::diagnostic::{Diagnostic, Span};

use super::operators::SUM;
use super::{Parser, between};
use crate::syntax::kind::SyntaxKind;
use crate::syntax::values;

/// Words that ask a question about a list.
const COMPREHENSIONS: [&str; 4] = ["any", "all", "count", "sum"];

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> usize {
        let height = if self.descend() { self.expression_here() } else { 0 };
        self.ascend();
        if height > 0 && self.check_depth(height) { height } else { 0 }
    }

    fn expression_here(&mut self) -> usize {
        if self.is_at(SyntaxKind::IfKw) {
            return self.choice();
        }
        let start = self.checkpoint();
        let from = self.span();
        let height = self.operation(1);
        if height == 0 || !self.is_at(SyntaxKind::Question) {
            return height;
        }
        // `c ? a : b`
        let question = self.span();
        self.bump();
        let first = self.expression();
        let colon = self.span();
        let second = if self.eat(SyntaxKind::Colon) { self.expression() } else { 0 };
        self.open_at(start, SyntaxKind::Choose);
        self.close();
        self.report_ternary(from, question, colon);
        height.max(first).max(second) + 1
    }

    fn report_ternary(&mut self, from: Span, question: Span, colon: Span) {
        let whole = from.to(self.span_before());
        let found = Diagnostic::error(
            codes::TERNARY,
            "expected `if … then … else …`, found `? :`",
            question,
            "a choice is not written like this",
        );
        let text = |span: Span| span.text(self.source).trim();
        let condition = text(Span { start: from.start, end: question.start });
        let (first, second) =
            (text(between(question, colon)), text(Span { start: colon.end, end: whole.end }));
        let mended = format!("if {condition} then {first} else {second}");
        self.reported_at = None;
        self.report(found.fix("write it as a choice", whole, mended));
    }

    /// `if c then a else b`
    fn choice(&mut self) -> usize {
        self.open(SyntaxKind::Choose);
        self.bump();
        let mut height = self.expression();
        let braced = self.is_at(SyntaxKind::LeftBrace);
        if braced {
            let found = Diagnostic::error(
                codes::IF_FORM,
                "expected `then`, found `{`",
                self.span(),
                "an `if` that gives a value has no braces",
            );
            self.report(found.note("write `if c then a else b`"));
        } else if !self.eat_word("then") {
            let at = self.span_after();
            let found = self.expected("`then`").fix("insert `then`", at, " then");
            self.report(found);
        }
        height = height.max(self.branch(braced));
        if self.eat(SyntaxKind::ElseKw) {
            height = height.max(self.branch(braced));
        } else {
            let found = self.expected("`else` and another value");
            self.report(found.note("an `if` that gives a value gives one in both cases"));
        }
        self.close();
        height + 1
    }

    fn branch(&mut self, braced: bool) -> usize {
        if !(braced && self.is_at(SyntaxKind::LeftBrace)) {
            return self.expression();
        }
        let opened = self.span();
        self.bump();
        let height = self.expression();
        self.expect_close(SyntaxKind::RightBrace, opened);
        height
    }

    pub(super) fn unary(&mut self) -> usize {
        let word =
            self.is_at_word("not") && !self.nth_on_new_line(1) && self.nth(1).starts_expression();
        if !word && !matches!(self.current(), SyntaxKind::Bang | SyntaxKind::Minus) {
            return self.postfix();
        }
        self.open(SyntaxKind::Unary);
        let negative = self.is_at(SyntaxKind::Minus);
        if word {
            let span = self.span();
            let found = Diagnostic::error(
                codes::OPERATOR_SPELLING,
                "expected `!`, found `not`",
                span,
                "this is written `!` here",
            );
            let blank = Span {
                end: self.solid.get(self.at + 1).map_or(span.end, |t| t.span.start),
                ..span
            };
            self.report(found.fix("write `!`", blank, "!"));
            self.bump_as(SyntaxKind::Bang);
        } else {
            self.bump();
        }
        let height = if !self.descend() {
            0
        } else if negative && self.is_at(SyntaxKind::Int) {
            self.literal(true)
        } else {
            self.unary()
        };
        self.ascend();
        self.close();
        // The smallest whole number is one token; a field of it is not.
        if self.check_depth(height + 1) { height + 1 } else { 0 }
    }

    pub(super) fn postfix(&mut self) -> usize {
        let start = self.checkpoint();
        let mut height = self.atom();
        while height > 0 {
            let inner = match self.current() {
                SyntaxKind::Dot | SyntaxKind::QuestionDot => {
                    let optional = self.is_at(SyntaxKind::QuestionDot);
                    self.bump();
                    self.name("the name of a field", &[]);
                    let node =
                        if optional { SyntaxKind::OptionFieldExpr } else { SyntaxKind::FieldExpr };
                    self.open_at(start, node);
                    0
                }
                SyntaxKind::LeftBracket => {
                    let opened = self.span();
                    self.bump();
                    let inner = self.expression();
                    self.expect_close(SyntaxKind::RightBracket, opened);
                    self.open_at(start, SyntaxKind::IndexExpr);
                    inner
                }
                SyntaxKind::LeftParen => {
                    let found = Diagnostic::error(
                        codes::NOT_CALLABLE,
                        "expected no arguments after a value",
                        self.span(),
                        "only functions of the language are called, by their names",
                    );
                    self.report(found.note("write `f(x)`, not `x.f()`"));
                    let inner = self.arguments();
                    self.open_at(start, SyntaxKind::Error);
                    inner
                }
                _ => break,
            };
            self.close();
            height = height.max(inner) + 1;
            if !self.check_depth(height) {
                return 0;
            }
        }
        height
    }

    fn atom(&mut self) -> usize {
        let kind = self.current();
        match kind {
            SyntaxKind::Int
            | SyntaxKind::Decimal
            | SyntaxKind::Duration
            | SyntaxKind::Text
            | SyntaxKind::TrueKw
            | SyntaxKind::FalseKw
            | SyntaxKind::NoneKw
            | SyntaxKind::SubjectKw
            | SyntaxKind::NowKw => self.literal(false),
            SyntaxKind::Ident => self.named(),
            SyntaxKind::LeftParen => {
                self.open(SyntaxKind::Paren);
                let opened = self.span();
                self.bump();
                let height = self.expression();
                self.expect_close(SyntaxKind::RightParen, opened);
                self.close();
                height + 1
            }
            SyntaxKind::Dot if self.nth(1) == SyntaxKind::Int => self.bare_point(),
            SyntaxKind::IfKw if !self.nth_on_new_line(0) => {
                let found = Diagnostic::error(
                    codes::IF_FORM,
                    "expected an operand, found `if`",
                    self.span(),
                    "a choice within an operation stands in parentheses",
                );
                self.report(found.note("write `a + (if c then x else y)`"));
                // Counted here: a chain of these does not pass through `expression`.
                let height = if self.descend() { self.choice() } else { 0 };
                self.ascend();
                height
            }
            kind if kind.is_keyword() && self.is_keyword_for_name() => {
                let found = self.keyword_as_name();
                self.report(found);
                self.open(SyntaxKind::NameExpr);
                self.bump_as(SyntaxKind::Ident);
                self.close();
                1
            }
            _ => self.no_expression(),
        }
    }

    /// A keyword within an expression, and not the beginning of the next statement.
    fn is_keyword_for_name(&self) -> bool {
        !self.nth_on_new_line(0)
            && matches!(
                self.nth(1),
                SyntaxKind::Comma
                    | SyntaxKind::RightParen
                    | SyntaxKind::EqEq
                    | SyntaxKind::NotEq
                    | SyntaxKind::AndAnd
                    | SyntaxKind::OrOr
                    | SyntaxKind::Dot
                    | SyntaxKind::RightBrace
            )
    }

    fn literal(&mut self, negative: bool) -> usize {
        self.open(SyntaxKind::Literal);
        let smallest = i64::MIN.unsigned_abs();
        if !negative
            && self.is_at(SyntaxKind::Int)
            && values::digits(self.nth_text(0)) == Some(smallest)
        {
            let found = Diagnostic::error(
                codes::NUMBER_RANGE,
                "expected a whole number of 64 bits",
                self.span(),
                "this number fits `int` only with `-` before it",
            );
            self.report(found);
        }
        self.bump();
        self.close();
        1
    }

    /// `.5`
    fn bare_point(&mut self) -> usize {
        let span = self.span();
        let text = self.nth_text(1);
        let found = Diagnostic::error(
            codes::NUMBER_FORM,
            format!("expected a digit before the point, found `.{text}`"),
            span,
            "a decimal begins with a digit",
        );
        self.report(found.fix("put `0` before it", Span { end: span.start, ..span }, "0"));
        self.bump_as(SyntaxKind::Unknown);
        self.literal(false)
    }

    fn no_expression(&mut self) -> usize {
        let found = Diagnostic::error(
            codes::EXPRESSION_MISSING,
            format!("expected an expression, found {}", self.found()),
            self.span_missing(),
            "an expression is missing",
        );
        let found = match self.current() {
            SyntaxKind::LeftBrace => found
                .note("braces hold a set only after `in`, and a record only in tests and stores"),
            SyntaxKind::LeftBracket => found.note("lists are written only in tests"),
            _ => found,
        };
        self.report(found);
        0
    }

    /// A name, a call, or a question about a list.
    fn named(&mut self) -> usize {
        let text = self.nth_text(0);
        if matches!(text, "null" | "nil" | "undefined" | "None" | "Null" | "NULL") {
            let span = self.span();
            let found = Diagnostic::error(
                codes::NULL,
                format!("expected a value, found `{text}`"),
                span,
                "there is no null",
            )
            .note("an `option<T>` is `some(v)` or `none`; `present(o)` asks which");
            self.report(found.fix("write `none`", span, "none"));
            self.open(SyntaxKind::Literal);
            self.bump_as(SyntaxKind::NoneKw);
            self.close();
            return 1;
        }
        if self.nth(1) != SyntaxKind::LeftParen {
            self.open(SyntaxKind::NameExpr);
            self.bump();
            self.close();
            return 1;
        }
        if COMPREHENSIONS.contains(&text) {
            return self.comprehension();
        }
        self.open(SyntaxKind::Call);
        self.bump();
        let height = self.arguments();
        self.close();
        height + 1
    }

    fn arguments(&mut self) -> usize {
        self.open(SyntaxKind::Args);
        let opened = self.span();
        self.bump();
        let height = self.expressions(SyntaxKind::RightParen);
        self.expect_close(SyntaxKind::RightParen, opened);
        self.close();
        height + 1
    }

    /// `any(item in list of value where condition)`
    fn comprehension(&mut self) -> usize {
        self.open(SyntaxKind::Comprehension);
        let word = self.nth_text(0);
        self.bump_as(SyntaxKind::Word);
        let opened = self.span();
        self.bump();
        if self.nth(1) != SyntaxKind::InKw {
            let found = self.expected(&format!("`{word}(item in list where condition)`"));
            self.report(
                found.note("`where` takes the condition, `of` the value that `sum` adds up"),
            );
            self.skip(false, |p| p.is_at(SyntaxKind::RightParen));
            self.expect_close(SyntaxKind::RightParen, opened);
            self.close();
            return 1;
        }
        self.name("a name for the item", &[SyntaxKind::InKw]);
        self.bump();
        let mut height = if self.descend() { self.operation(SUM + 2) } else { 0 };
        self.ascend();
        for clause in ["of", "where"] {
            if self.eat_word(clause) {
                height = height.max(self.expression());
            }
        }
        if self.is_at_word("of") {
            let found = self.expected("`)`").note("`of` stands before `where`");
            self.report(found);
            self.skip(true, |p| p.is_at(SyntaxKind::RightParen));
        }
        self.expect_close(SyntaxKind::RightParen, opened);
        self.close();
        height + 1
    }
}
