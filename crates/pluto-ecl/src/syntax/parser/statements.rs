//! Statements and blocks.

use crate::codes;
use crate::diagnostic::Diagnostic;

use super::Parser;
use crate::syntax::kind::SyntaxKind;

impl Parser<'_> {
    /// `{ statements }`; `what` is what it belongs to.
    pub(super) fn block(&mut self, what: &str) {
        if !self.is_at(SyntaxKind::LeftBrace) {
            self.expect(SyntaxKind::LeftBrace, what);
            // A body without braces is probably still a body.
            if self.current().starts_statement() && !self.nth_on_new_line(0) {
                self.open(SyntaxKind::Block);
                self.nested_statement();
                self.close();
            }
            return;
        }
        self.open(SyntaxKind::Block);
        let opened = self.span();
        self.bump();
        if self.descend() {
            self.statements();
        }
        self.ascend();
        self.expect_close(SyntaxKind::RightBrace, opened);
        self.close();
    }

    fn nested_statement(&mut self) {
        if self.descend() {
            self.statement();
        }
        self.ascend();
    }

    fn statements(&mut self) {
        while !self.is_at_end() && !self.is_at(SyntaxKind::RightBrace) {
            if self.current().starts_item_only() {
                return;
            }
            if !self.statement() {
                self.unknown_statement();
            }
        }
    }

    /// One statement, if there is one.
    fn statement(&mut self) -> bool {
        match self.current() {
            SyntaxKind::ConstKw => self.constant(),
            SyntaxKind::LetKw => self.binding(),
            SyntaxKind::RequireKw => self.requirement(),
            SyntaxKind::AllowKw => self.allow(),
            SyntaxKind::DenyKw => self.deny(),
            SyntaxKind::IfKw => self.conditional(),
            SyntaxKind::MatchKw => self.match_statement(),
            SyntaxKind::EscalateKw => self.escalation(),
            SyntaxKind::CostKw => self.with_values(SyntaxKind::Cost),
            SyntaxKind::AuditKw => self.with_values(SyntaxKind::Audit),
            SyntaxKind::EmitKw => self.emit(),
            SyntaxKind::PutKw => self.record_statement(SyntaxKind::Put),
            SyntaxKind::DeleteKw => self.record_statement(SyntaxKind::Delete),
            _ => return false,
        }
        true
    }

    /// `const name: type = value`, as an item too.
    pub(super) fn constant(&mut self) {
        self.open(SyntaxKind::Const);
        self.bump();
        self.name("a name for the constant", &[SyntaxKind::Eq, SyntaxKind::Colon]);
        if self.eat(SyntaxKind::Colon) {
            self.written_type();
        }
        self.bound_value();
        self.close();
    }

    fn binding(&mut self) {
        self.open(SyntaxKind::Let);
        self.bump();
        if self.is_at_word("mut") && self.nth(1) == SyntaxKind::Ident {
            let span = self.span();
            let found = Diagnostic::error(
                codes::REASSIGNED,
                "expected a name, found `mut`",
                span,
                "values do not change",
            );
            self.report(found.fix("remove `mut`", span, ""));
            self.bump_as(SyntaxKind::Unknown);
        }
        self.name("a name for the value", &[SyntaxKind::Eq, SyntaxKind::Colon]);
        if self.is_at(SyntaxKind::Colon) {
            let found = self.expected("`=`").note("the type of a `let` is that of its value");
            self.report(found);
            self.skip(true, |p| p.is_at(SyntaxKind::Eq) || p.nth_on_new_line(0));
        }
        self.bound_value();
        self.close();
    }

    /// `= value`
    fn bound_value(&mut self) {
        if self.is_at(SyntaxKind::EqEq) {
            let span = self.span();
            let found = self.expected("`=`").fix("write `=`", span, "=");
            self.report(found);
            self.bump_as(SyntaxKind::Eq);
        } else if !self.expect(SyntaxKind::Eq, "and a value")
            && (self.nth_on_new_line(0) || !self.current().starts_expression())
        {
            return;
        }
        self.expression();
    }

    fn requirement(&mut self) {
        self.open(SyntaxKind::Require);
        self.bump();
        self.expression();
        self.reason();
        self.close();
    }

    /// `, "reason"`
    fn reason(&mut self) {
        // The comma may be that after an arm.
        let ends_arm = self.nth(1) == SyntaxKind::RightBrace
            || (self.nth(1) == SyntaxKind::Ident
                && matches!(self.nth(2), SyntaxKind::FatArrow | SyntaxKind::Pipe));
        if self.is_at(SyntaxKind::Comma) && ends_arm {
            return;
        }
        if self.eat(SyntaxKind::Comma) {
            self.expect_text("a reason");
        } else if self.is_at(SyntaxKind::Text) {
            let at = self.span_after();
            let found = self.expected("`,` before the reason").fix("insert `,`", at, ",");
            self.report(found);
            self.bump();
        }
    }

    fn allow(&mut self) {
        self.open(SyntaxKind::Allow);
        self.bump();
        if self.eat(SyntaxKind::IfKw) {
            self.expression();
            self.no_block_here("allow");
        }
        self.close();
    }

    fn deny(&mut self) {
        self.open(SyntaxKind::Deny);
        self.bump();
        if self.eat(SyntaxKind::IfKw) {
            self.expression();
            self.reason();
            self.no_block_here("deny");
        } else {
            self.reason_alone();
        }
        self.close();
    }

    fn reason_alone(&mut self) {
        if self.is_at(SyntaxKind::Comma) && self.nth(1) == SyntaxKind::Text {
            let span = self.span();
            let found = self.expected("the reason").fix("remove the `,`", span, "");
            self.report(found);
            self.bump_as(SyntaxKind::Unknown);
        }
        self.eat(SyntaxKind::Text);
    }

    /// `allow if c { … }`, where `if c { … }` was meant.
    fn no_block_here(&mut self, word: &str) {
        if self.is_at(SyntaxKind::LeftBrace) {
            let found = Diagnostic::error(
                codes::IF_FORM,
                "expected the end of the statement, found `{`",
                self.span(),
                format!("`{word} if` takes a condition and no block"),
            );
            self.report(found.note(format!("write `{word} if c`, or `if c {{ {word} }}`")));
            self.skip(true, |_| true);
        }
    }

    fn conditional(&mut self) {
        self.open(SyntaxKind::If);
        self.bump();
        self.expression();
        if self.is_at_word("then") {
            let span = self.span();
            let found = Diagnostic::error(
                codes::IF_FORM,
                "expected `{`, found `then`",
                span,
                "`then` belongs to an `if` that gives a value",
            );
            self.report(found.note("a statement is written `if c { … } else { … }`"));
            self.bump_as(SyntaxKind::Unknown);
        }
        self.block("after the condition");
        if self.eat(SyntaxKind::ElseKw) {
            if self.is_at(SyntaxKind::IfKw) {
                if self.descend() {
                    self.conditional();
                }
                self.ascend();
            } else {
                self.block("after `else`");
            }
        } else if self.is_at_word("elif") || self.is_at_word("elseif") || self.is_at_word("elsif") {
            self.else_if_as_word();
        }
        self.close();
    }

    fn else_if_as_word(&mut self) {
        let span = self.span();
        let word = self.nth_text(0);
        let found = Diagnostic::error(
            codes::OPERATOR_SPELLING,
            format!("expected `else if`, found `{word}`"),
            span,
            "this is written `else if` here",
        );
        self.report(found.fix("write `else if`", span, "else if"));
        self.bump_as(SyntaxKind::ElseKw);
        // The condition and block that follow are read as a statement, so that their mistakes show.
        self.open(SyntaxKind::Error);
        self.expression();
        self.block("after the condition");
        self.close();
    }

    fn match_statement(&mut self) {
        self.open(SyntaxKind::Match);
        self.bump();
        self.expression();
        self.open(SyntaxKind::Arms);
        let opened = self.span();
        if self.expect(SyntaxKind::LeftBrace, "before the arms") {
            while !self.is_at_end() && !self.is_at(SyntaxKind::RightBrace) {
                if self.current().starts_item_only() && self.nth_on_new_line(0) {
                    break;
                }
                self.arm();
            }
            self.expect_close(SyntaxKind::RightBrace, opened);
        }
        self.close();
        self.close();
    }

    fn arm(&mut self) {
        let before = self.at;
        self.open(SyntaxKind::Arm);
        self.open(SyntaxKind::Pattern);
        let mut named = true;
        while named {
            named = self.name("a variant or `_`", &[SyntaxKind::Pipe, SyntaxKind::FatArrow]);
            if self.is_at(SyntaxKind::Comma) || self.is_at(SyntaxKind::OrOr) {
                let span = self.span();
                let found = self.expected("`|` or `=>`").fix("write `|`", span, "|");
                self.report(found);
                self.bump_as(SyntaxKind::Pipe);
            } else if !self.eat(SyntaxKind::Pipe) {
                break;
            }
        }
        self.close();
        if named && self.arrow() {
            self.arm_body();
        }
        self.eat(SyntaxKind::Comma);
        self.close();
        if !named || self.at == before {
            self.skip(self.at == before, |p| p.is_at_arm());
        }
    }

    /// Something like a pattern and an arrow, or the end of the arms.
    fn is_at_arm(&self) -> bool {
        let arm = matches!(self.nth(1), SyntaxKind::FatArrow | SyntaxKind::Pipe);
        self.is_at(SyntaxKind::RightBrace) || (self.is_at(SyntaxKind::Ident) && arm)
    }

    fn arrow(&mut self) -> bool {
        if self.is_at(SyntaxKind::Colon)
            || (self.is_at(SyntaxKind::Minus) && self.nth(1) == SyntaxKind::Greater)
        {
            let span = self.span();
            let end = self.nth(1) == SyntaxKind::Greater && self.is_at(SyntaxKind::Minus);
            let span = if end { crate::Span { end: span.end + 1, ..span } } else { span };
            let found = self.expected("`=>`").fix("write `=>`", span, "=>");
            self.report(found);
            self.bump_as(SyntaxKind::FatArrow);
            if end {
                self.bump_as(SyntaxKind::Unknown);
            }
            return true;
        }
        self.expect(SyntaxKind::FatArrow, "after the variants") || self.is_at(SyntaxKind::LeftBrace)
    }

    fn arm_body(&mut self) {
        if self.is_at(SyntaxKind::LeftBrace) {
            self.block("of the arm");
            return;
        }
        if !self.descend() {
            self.ascend();
            return;
        }
        if !self.statement() {
            self.unknown_statement_in_arm();
        }
        self.ascend();
    }
}
