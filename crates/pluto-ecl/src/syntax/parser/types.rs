//! Types as they are written.

use crate::codes;
use crate::diagnostic::Diagnostic;

use super::{Parser, shortened};
use crate::syntax::kind::SyntaxKind;

/// What can follow a variant.
const AFTER_VARIANT: &[SyntaxKind] =
    &[SyntaxKind::Comma, SyntaxKind::RightBrace, SyntaxKind::Pipe, SyntaxKind::FatArrow];

impl Parser<'_> {
    /// `enum { a, b }` or `name<…>`; false if there is none.
    pub(super) fn written_type(&mut self) -> bool {
        let found = self.descend() && self.type_here();
        self.ascend();
        found
    }

    fn type_here(&mut self) -> bool {
        match self.current() {
            SyntaxKind::EnumKw => {
                self.open(SyntaxKind::TypeEnum);
                self.bump();
                self.variants();
                self.close();
            }
            SyntaxKind::Ident => {
                self.open(SyntaxKind::Type);
                self.bump();
                if self.is_at(SyntaxKind::Less) {
                    self.type_arguments();
                }
                self.close();
                self.type_suffix();
            }
            _ => {
                let found = self.expected("a type").note(
                    "types are `bool int fixed time duration did symbol text<N> trust set<E> \
                     option<T> list<T, N> enum { … }` and declared records and enums",
                );
                self.report(found);
                return false;
            }
        }
        true
    }

    /// `?` or `[]` after a type: other languages write options and lists like this.
    fn type_suffix(&mut self) {
        let (advice, tokens) = match (self.current(), self.nth(1)) {
            (SyntaxKind::Question, _) => ("an option is written `option<T>`", 1),
            (SyntaxKind::LeftBracket, SyntaxKind::RightBracket) => {
                ("a list is written `list<T, N>`, with its longest length", 2)
            }
            _ => return,
        };
        let found = self.expected("no more of the type").note(advice);
        self.report(found);
        for _ in 0..tokens {
            self.bump();
        }
    }

    fn type_arguments(&mut self) {
        self.open(SyntaxKind::TypeArgs);
        let opened = self.span();
        self.bump();
        loop {
            match self.current() {
                SyntaxKind::Int => self.bump(),
                SyntaxKind::Ident | SyntaxKind::EnumKw => {
                    self.written_type();
                }
                _ => {
                    self.report_expected("a type or a bound");
                    break;
                }
            }
            if !self.eat(SyntaxKind::Comma) {
                break;
            }
        }
        if self.is_at(SyntaxKind::GreaterEq) {
            let span = self.span();
            let found = Diagnostic::error(
                codes::EXPECTED,
                "expected `>` and then `=`, found `>=`",
                span,
                "this reads as the comparison",
            );
            self.report(found.fix("put a space between them", span, "> ="));
        } else {
            self.expect_close(SyntaxKind::Greater, opened);
        }
        self.close();
    }

    /// `{ a, b }`
    pub(super) fn variants(&mut self) {
        self.open(SyntaxKind::Variants);
        let opened = self.span();
        if self.expect(SyntaxKind::LeftBrace, "before the variants") {
            let mut first = true;
            while first || !matches!(self.current(), SyntaxKind::RightBrace | SyntaxKind::End) {
                first = false;
                if !self.name("a variant", AFTER_VARIANT) {
                    break;
                }
                if !self.eat(SyntaxKind::Comma) && !self.variant_separator() {
                    break;
                }
            }
            self.expect_close(SyntaxKind::RightBrace, opened);
        }
        self.close();
    }

    /// A variant follows although there is no comma.
    fn variant_separator(&mut self) -> bool {
        match self.current() {
            SyntaxKind::Ident => {
                let found = self.expected("`,` between variants");
                let at = self.span_after();
                self.report(found.fix("insert `,`", at, ","));
                true
            }
            SyntaxKind::Pipe => {
                let span = self.span();
                let found = self.expected("`,` between variants");
                self.report(found.fix("replace it", span, ","));
                self.bump();
                true
            }
            _ => false,
        }
    }

    /// `name: type = value`; the name is there, or something like one.
    pub(super) fn field(&mut self, what: &str) -> bool {
        self.open(SyntaxKind::Field);
        let named = self.name(what, &[SyntaxKind::Colon]);
        if named {
            self.field_type();
            if self.eat(SyntaxKind::Eq) {
                self.expression();
            }
        }
        self.close();
        named
    }

    fn field_type(&mut self) {
        if self.eat(SyntaxKind::Colon) {
            self.written_type();
            return;
        }
        let name = shortened(self.span_before().text(self.source));
        let found = self.expected("`:` and a type").note(format!("write `{name}: int`, say"));
        self.report(found);
        // `int amount`, as other languages have it, or a type after a space.
        if self.is_at(SyntaxKind::Ident) && !self.nth_on_new_line(0) {
            self.written_type();
        }
    }
}
