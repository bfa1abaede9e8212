//! Operators of expressions: precedence, comparisons, and what other languages write instead.

use rowan::Checkpoint;

use crate::codes;
use crate::diagnostic::{Diagnostic, Span};

use super::{Parser, between};
use crate::syntax::kind::SyntaxKind;

/// How tightly comparisons bind; `||` and `&&` bind less, arithmetic more.
const COMPARISON: u8 = 3;
/// How tightly `+` and `-` bind.
pub(super) const SUM: u8 = 4;

/// What comes next, seen as an operator.
enum Next {
    /// An operator with two operands, and how tightly it binds.
    Operator(u8),
    /// The same, spelled otherwise.
    Misspelled(u8, SyntaxKind, &'static str),
    In,
    Has,
    NotIn,
}

impl Parser<'_> {
    fn next_operator(&self) -> Option<(u8, Next)> {
        let plain = |power| Some((power, Next::Operator(power)));
        let same_line = !self.nth_on_new_line(0);
        let misspelled = |power, kind, text| Some((power, Next::Misspelled(power, kind, text)));
        match self.current() {
            SyntaxKind::OrOr => plain(1),
            SyntaxKind::AndAnd => plain(2),
            SyntaxKind::EqEq
            | SyntaxKind::NotEq
            | SyntaxKind::Less
            | SyntaxKind::LessEq
            | SyntaxKind::Greater
            | SyntaxKind::GreaterEq => plain(COMPARISON),
            SyntaxKind::InKw => Some((COMPARISON, Next::In)),
            SyntaxKind::HasKw => Some((COMPARISON, Next::Has)),
            SyntaxKind::Plus | SyntaxKind::Minus => plain(SUM),
            SyntaxKind::Star | SyntaxKind::Slash | SyntaxKind::Percent => plain(5),
            SyntaxKind::Eq => misspelled(COMPARISON, SyntaxKind::EqEq, "=="),
            SyntaxKind::FatArrow if same_line => {
                misspelled(COMPARISON, SyntaxKind::GreaterEq, ">=")
            }
            SyntaxKind::Amp => misspelled(2, SyntaxKind::AndAnd, "&&"),
            SyntaxKind::Pipe => misspelled(1, SyntaxKind::OrOr, "||"),
            SyntaxKind::Ident if same_line && self.nth(1).starts_expression() => {
                match self.nth_text(0) {
                    "and" => misspelled(2, SyntaxKind::AndAnd, "&&"),
                    "or" => misspelled(1, SyntaxKind::OrOr, "||"),
                    "is" => misspelled(COMPARISON, SyntaxKind::EqEq, "=="),
                    _ => None,
                }
            }
            SyntaxKind::Ident if same_line && self.is_at_word("not") => {
                (self.nth(1) == SyntaxKind::InKw).then_some((COMPARISON, Next::NotIn))
            }
            _ => None,
        }
    }

    /// An operand and the operators after it that bind at least as tightly as `least`. Returns the
    /// height of what was parsed, 0 for nothing.
    pub(super) fn operation(&mut self, least: u8) -> usize {
        let start = self.checkpoint();
        let from = self.span();
        let mut left = self.unary();
        let mut compared: Option<Span> = None;
        while left > 0 {
            let Some((power, next)) = self.next_operator().filter(|(power, _)| *power >= least)
            else {
                break;
            };
            if power == COMPARISON {
                if let Some(before) = compared {
                    self.report_chained(from, before);
                }
                compared = Some(self.span());
            }
            left = self.apply(start, left, next);
        }
        left
    }

    fn apply(&mut self, start: Checkpoint, left: usize, next: Next) -> usize {
        let (node, right) = match next {
            Next::Operator(power) => {
                self.bump();
                (SyntaxKind::Binary, self.operation(power + 1))
            }
            Next::Misspelled(power, kind, text) => {
                self.report_misspelled(text);
                self.bump_as(kind);
                (SyntaxKind::Binary, self.operation(power + 1))
            }
            Next::In => (SyntaxKind::InExpr, self.membership()),
            Next::NotIn => {
                let span = self.span();
                let found = Diagnostic::error(
                    codes::OPERATOR_SPELLING,
                    "expected `in`, found `not in`",
                    span,
                    "`not` cannot stand here",
                );
                self.report(found.note("write `!(a in b)`"));
                self.bump_as(SyntaxKind::Unknown);
                (SyntaxKind::InExpr, self.membership())
            }
            Next::Has => {
                self.bump();
                self.name("`credential`, `capability` or `role`", &[SyntaxKind::Text]);
                self.expect_text("the name of it");
                (SyntaxKind::HasExpr, 1)
            }
        };
        self.open_at(start, node);
        self.close();
        let height = left.max(right) + 1;
        if self.check_depth(height) { height } else { 0 }
    }

    /// `in`, and a set or a value.
    fn membership(&mut self) -> usize {
        self.bump();
        match self.current() {
            SyntaxKind::LeftBrace => self.set(SyntaxKind::RightBrace),
            SyntaxKind::LeftBracket => {
                let span = self.span();
                let found = Diagnostic::error(
                    codes::SET_BRACKETS,
                    "expected `{` before the members, found `[`",
                    span,
                    "a set stands in braces",
                );
                self.report(found.note("write `x in {a, b}`"));
                self.set(SyntaxKind::RightBracket)
            }
            _ => self.operation(SUM),
        }
    }

    fn set(&mut self, close: SyntaxKind) -> usize {
        self.open(SyntaxKind::Set);
        let opened = self.span();
        self.bump();
        let height = if self.is_at(close) { self.expression() } else { self.expressions(close) };
        self.expect_close(close, opened);
        self.close();
        height + 1
    }

    /// Expressions with commas between them, up to `close`; the height of the highest.
    pub(super) fn expressions(&mut self, close: SyntaxKind) -> usize {
        let mut height = 0;
        while !self.is_at(close) && !self.is_at_end() {
            let one = self.expression();
            height = height.max(one);
            if !self.eat(SyntaxKind::Comma) {
                let missing = one > 0
                    && !self.is_at(close)
                    && self.current().starts_expression()
                    && !self.nth_on_new_line(0);
                if !missing {
                    break;
                }
                let at = self.span_after();
                let found = self.expected("`,`").fix("insert `,`", at, ",");
                self.report(found);
            }
        }
        height
    }

    fn report_chained(&mut self, from: Span, before: Span) {
        let operator = self.nth_text(0);
        let middle = between(before, self.span());
        let text = middle.text(self.source).trim();
        let found = Diagnostic::error(
            codes::COMPARISON_CHAINED,
            format!("expected one comparison, found another: `{operator}`"),
            self.span(),
            "comparisons do not chain",
        )
        .also(before, "the comparison before");
        let found = if text.is_empty() || !text.is_ascii() || text.len() > 40 {
            found.note("join two comparisons with `&&`")
        } else {
            let at = self.span_after();
            let first = from.to(before);
            let first = first.text(self.source);
            found.note(format!("write `{first} {text} && {text} {operator} …`")).fix(
                "compare twice",
                at,
                format!(" && {text}"),
            )
        };
        self.report(found);
    }

    fn report_misspelled(&mut self, text: &'static str) {
        let span = self.span();
        let spelled = self.nth_text(0);
        let found = match spelled {
            "=" => Diagnostic::error(
                codes::ASSIGNMENT_AS_COMPARISON,
                "expected `==`, found `=`",
                span,
                "`=` names a value; it does not compare",
            ),
            _ => Diagnostic::error(
                codes::OPERATOR_SPELLING,
                format!("expected `{text}`, found `{spelled}`"),
                span,
                format!("this is written `{text}` here"),
            ),
        };
        let found = match spelled {
            "&" | "|" => found.note("there are no operators on bits"),
            _ => found,
        };
        self.report(found.fix(format!("write `{text}`"), span, text));
    }
}
