//! Test blocks: what is given, and what is expected.

use super::Parser;
use crate::syntax::kind::SyntaxKind;

impl Parser<'_> {
    /// `test "title" for policy { given … expect … }`
    pub(super) fn test(&mut self) {
        self.open(SyntaxKind::Test);
        self.bump();
        if self.is_at(SyntaxKind::Text) {
            self.bump();
        } else {
            self.report_expected("a title in quotes");
            if self.is_at(SyntaxKind::Ident) && !self.is_at_word("for") {
                self.skip(true, |p| p.is_at_word("for") || p.is_at(SyntaxKind::LeftBrace));
            }
        }
        if self.eat_word("for") {
            self.name("the name of a policy", &[SyntaxKind::LeftBrace]);
        } else {
            let found = self.expected("`for` and the name of a policy");
            self.report(
                found.note("a test says which policy it is for: `test \"…\" for guard { … }`"),
            );
        }
        self.test_body();
        self.close();
    }

    fn test_body(&mut self) {
        let opened = self.span();
        if !self.expect(SyntaxKind::LeftBrace, "before what the test assumes") {
            return;
        }
        let mut expects = 0_usize;
        while !matches!(self.current(), SyntaxKind::RightBrace | SyntaxKind::End) {
            if self.current().starts_item_only() && self.nth_on_new_line(0) {
                break;
            }
            if expects > 0 {
                let found = self.expected("`}`").note("`expect` stands once, and last");
                self.report(found);
            }
            if self.is_at_word("given") {
                self.given();
            } else if self.is_at_word("expect") {
                self.expectation();
                expects += 1;
            } else {
                self.report_expected("`given` or `expect`");
                self.skip(true, |p| {
                    p.is_at(SyntaxKind::RightBrace)
                        || p.is_at_word("given")
                        || p.is_at_word("expect")
                });
            }
        }
        if expects == 0 {
            let found = self.expected("`expect` and an outcome");
            self.report(
                found.note("a test ends with `expect allow`, `deny`, `escalate` or `fault`"),
            );
            self.reported_at = None;
        }
        self.expect_close(SyntaxKind::RightBrace, opened);
    }

    fn given(&mut self) {
        self.open(SyntaxKind::Given);
        self.bump_as(SyntaxKind::Word);
        self.path();
        match self.current() {
            SyntaxKind::Eq => {
                self.bump();
                self.test_literal();
            }
            SyntaxKind::EqEq => {
                let span = self.span();
                let found = self.expected("`=`").fix("write `=`", span, "=");
                self.report(found);
                self.bump_as(SyntaxKind::Eq);
                self.test_literal();
            }
            SyntaxKind::HasKw => {
                self.bump();
                self.name("`credential`, `capability` or `role`", &[SyntaxKind::Text]);
                self.expect_text("the name of it");
            }
            SyntaxKind::LeftBracket => {
                let opened = self.span();
                self.bump();
                self.expect_text("a key");
                self.expect_close(SyntaxKind::RightBracket, opened);
                if self.expect(SyntaxKind::Eq, "before the record") {
                    self.test_literal();
                }
            }
            _ if self.eat_word("known") => {}
            _ => self.report_expected("`=`, `known`, `has` or `[`"),
        }
        self.close();
    }

    fn path(&mut self) {
        self.open(SyntaxKind::Path);
        // A test may set `subject.trust` and `now`, which are keywords elsewhere.
        if matches!(self.current(), SyntaxKind::SubjectKw | SyntaxKind::NowKw) {
            self.bump_as(SyntaxKind::Ident);
        } else {
            self.name("a name", &[SyntaxKind::Eq, SyntaxKind::Dot, SyntaxKind::LeftBracket]);
        }
        while self.eat(SyntaxKind::Dot) {
            self.name("the name of a field", &[]);
        }
        self.close();
    }

    pub(super) fn expect_text(&mut self, what: &str) {
        if !self.eat(SyntaxKind::Text) {
            let found = self.expected(&format!("{what} in quotes"));
            let span = self.span();
            let same_line = !self.nth_on_new_line(0);
            if self.is_at(SyntaxKind::Ident) && same_line {
                let quoted = format!("\"{}\"", self.nth_text(0));
                self.report(found.fix("quote it", span, quoted));
                self.bump_as(SyntaxKind::Unknown);
            } else {
                self.report(found);
            }
        }
    }

    fn test_literal(&mut self) {
        if self.descend() {
            match self.current() {
                SyntaxKind::LeftBrace => self.record_literal(),
                SyntaxKind::LeftBracket => self.list_literal(),
                _ => {
                    self.expression();
                }
            }
        }
        self.ascend();
    }

    fn record_literal(&mut self) {
        self.open(SyntaxKind::RecordLiteral);
        let opened = self.span();
        self.bump();
        while !matches!(self.current(), SyntaxKind::RightBrace | SyntaxKind::End) {
            self.open(SyntaxKind::RecordEntry);
            let named = self.name("the name of a field", &[SyntaxKind::Colon, SyntaxKind::Eq]);
            if named && self.colon_before_value() {
                self.test_literal();
            }
            self.close();
            self.eat(SyntaxKind::Comma);
            if !named {
                break;
            }
        }
        self.expect_close(SyntaxKind::RightBrace, opened);
        self.close();
    }

    fn list_literal(&mut self) {
        self.open(SyntaxKind::ListLiteral);
        let opened = self.span();
        self.bump();
        while !matches!(self.current(), SyntaxKind::RightBracket | SyntaxKind::End) {
            let before = self.at;
            self.test_literal();
            if !self.eat(SyntaxKind::Comma) || self.at == before {
                break;
            }
        }
        self.expect_close(SyntaxKind::RightBracket, opened);
        self.close();
    }

    fn expectation(&mut self) {
        self.open(SyntaxKind::Expect);
        self.bump_as(SyntaxKind::Word);
        match self.current() {
            SyntaxKind::AllowKw | SyntaxKind::EscalateKw => self.bump(),
            SyntaxKind::DenyKw => {
                self.bump();
                self.eat(SyntaxKind::Text);
            }
            _ if self.eat_word("fault") => {
                self.name("the name of a fault", &[SyntaxKind::RightBrace]);
            }
            _ => self.report_expected("`allow`, `deny`, `escalate` or `fault`"),
        }
        self.close();
    }
}
