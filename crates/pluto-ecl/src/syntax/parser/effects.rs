//! What statements name and carry: effects, escalations, and values in braces.

use super::Parser;
use crate::syntax::kind::SyntaxKind;

impl Parser<'_> {
    pub(super) fn with_values(&mut self, node: SyntaxKind) {
        self.open(node);
        self.bump();
        self.values("before the values");
        self.close();
    }

    /// `escalate { timeout: 24h, fallback: deny }`
    pub(super) fn escalation(&mut self) {
        self.open(SyntaxKind::Escalate);
        self.bump();
        self.open(SyntaxKind::Values);
        let opened = self.span();
        if self.expect(SyntaxKind::LeftBrace, "before the values") {
            loop {
                self.open(SyntaxKind::Value);
                let named = self.name("`timeout` or `fallback`", &[SyntaxKind::Colon]);
                if named && self.colon_before_value() && !self.outcome() {
                    self.expression();
                }
                self.close();
                let ends =
                    |p: &Self| matches!(p.current(), SyntaxKind::RightBrace | SyntaxKind::End);
                if !named || ends(self) {
                    break;
                }
                let follows = self.is_at(SyntaxKind::Ident);
                if (!self.expect(SyntaxKind::Comma, "between values") && !follows) || ends(self) {
                    break;
                }
            }
            self.expect_close(SyntaxKind::RightBrace, opened);
        }
        self.close();
        self.close();
    }

    pub(super) fn emit(&mut self) {
        self.open(SyntaxKind::Emit);
        self.bump();
        self.name("the name of an event", &[]);
        if self.is_at(SyntaxKind::LeftBrace) {
            self.values("before the values");
        }
        self.close();
    }

    /// `put store[key] { … }`, `delete store[key]`
    pub(super) fn record_statement(&mut self, node: SyntaxKind) {
        self.open(node);
        self.bump();
        self.name("the name of a store", &[SyntaxKind::LeftBracket]);
        let opened = self.span();
        if self.expect(SyntaxKind::LeftBracket, "and a key") {
            self.expression();
            self.expect_close(SyntaxKind::RightBracket, opened);
        }
        if node == SyntaxKind::Put {
            self.values("before the fields");
        }
        self.close();
    }

    /// `{ name, name: value }`
    pub(super) fn values(&mut self, what: &str) {
        self.open(SyntaxKind::Values);
        let opened = self.span();
        if self.expect(SyntaxKind::LeftBrace, what) {
            while !matches!(self.current(), SyntaxKind::RightBrace | SyntaxKind::End) {
                self.open(SyntaxKind::Value);
                let next = &[SyntaxKind::Colon, SyntaxKind::Eq, SyntaxKind::Comma];
                let named = self.name("the name of a value", next);
                let has_value = matches!(self.current(), SyntaxKind::Colon | SyntaxKind::Eq);
                if named && has_value && self.colon_before_value() {
                    self.expression();
                }
                self.close();
                self.eat(SyntaxKind::Comma);
                if !named {
                    break;
                }
            }
            self.expect_close(SyntaxKind::RightBrace, opened);
        }
        self.close();
    }

    /// `deny` or `allow` as the value of a field: `fallback: deny`.
    fn outcome(&mut self) -> bool {
        let found = matches!(self.current(), SyntaxKind::AllowKw | SyntaxKind::DenyKw);
        if found {
            self.open(SyntaxKind::NameExpr);
            self.bump_as(SyntaxKind::Ident);
            self.close();
        }
        found
    }

    /// `:`, or a `=` instead, which can be mended.
    pub(super) fn colon_before_value(&mut self) -> bool {
        if !self.is_at(SyntaxKind::Eq) {
            return self.expect(SyntaxKind::Colon, "and a value");
        }
        let span = self.span();
        let found = self.expected("`:`").fix("write `:`", span, ":");
        self.report(found);
        self.bump_as(SyntaxKind::Colon);
        true
    }
}
