//! Items: what stands at the top of a source.

use crate::codes;
use crate::diagnostic::Diagnostic;

use super::Parser;
use crate::syntax::kind::SyntaxKind;

/// Kinds of policies, as a note names them.
const KINDS: &str = "crossing membership transaction governance privacy api ui datalogic controller \
                     store custom";

impl Parser<'_> {
    pub(super) fn items(&mut self) {
        let mut first = true;
        while !self.is_at_end() {
            self.item(first);
            first = false;
        }
    }

    fn item(&mut self, first: bool) {
        match self.current() {
            SyntaxKind::EditionKw => self.edition(first),
            SyntaxKind::ConstKw => self.constant(),
            SyntaxKind::EnumKw => self.enumeration(),
            SyntaxKind::RecordKw => self.record(),
            SyntaxKind::StoreKw => self.store(),
            SyntaxKind::MigrateKw => self.migration(),
            SyntaxKind::PolicyKw => self.policy(),
            SyntaxKind::TestKw => self.test(),
            _ => self.unknown_item(),
        }
    }

    fn edition(&mut self, first: bool) {
        if !first {
            let found = Diagnostic::error(
                codes::EDITION_PLACE,
                "expected an item, found `edition`",
                self.span(),
                "the edition stands before everything else, and once",
            );
            self.report(found);
        }
        self.open(SyntaxKind::Edition);
        self.bump();
        self.small_number("the number of an edition");
        self.close();
    }

    fn enumeration(&mut self) {
        self.open(SyntaxKind::Enum);
        self.bump();
        self.name("a name for the enum", &[SyntaxKind::LeftBrace]);
        self.variants();
        self.close();
    }

    fn record(&mut self) {
        self.open(SyntaxKind::Record);
        self.bump();
        self.name("a name for the record", &[SyntaxKind::LeftBrace]);
        self.fields(false);
        self.close();
    }

    fn store(&mut self) {
        self.open(SyntaxKind::Store);
        self.bump();
        self.name("a name for the store", &[SyntaxKind::LeftBrace, SyntaxKind::Ident]);
        if self.eat_word("version") {
            self.small_number("the number of a version");
        }
        self.fields(true);
        self.close();
    }

    /// `{ name: type, … }`; in a store also `index name`.
    fn fields(&mut self, indexes: bool) {
        self.open(SyntaxKind::Fields);
        let opened = self.span();
        if self.expect(SyntaxKind::LeftBrace, "before the fields") {
            while !matches!(self.current(), SyntaxKind::RightBrace | SyntaxKind::End) {
                let is_index =
                    indexes && self.is_at_word("index") && self.nth(1) != SyntaxKind::Colon;
                let found = if is_index { self.index() } else { self.field("the name of a field") };
                self.eat(SyntaxKind::Comma);
                if !found && !self.skip_to_field() {
                    break;
                }
            }
            self.expect_close(SyntaxKind::RightBrace, opened);
        }
        self.close();
    }

    fn index(&mut self) -> bool {
        self.open(SyntaxKind::Index);
        self.bump_as(SyntaxKind::Word);
        let found = self.name("the name of a field", &[]);
        self.close();
        found
    }

    /// After something that is no field: whether another one follows.
    fn skip_to_field(&mut self) -> bool {
        if self.current().starts_item() && self.nth_on_new_line(0) {
            return false;
        }
        self.skip(true, |p| {
            p.is_at(SyntaxKind::RightBrace) || (p.is_at(SyntaxKind::Ident) && p.nth_on_new_line(0))
        });
        self.is_at(SyntaxKind::Ident)
    }

    fn migration(&mut self) {
        self.open(SyntaxKind::Migration);
        self.bump();
        self.name("the name of a store", &[SyntaxKind::Ident]);
        if self.eat_word("from") {
            self.small_number("the version it starts from");
        } else {
            self.report_expected("`from` and a version");
        }
        if self.is_at_word("to") {
            let span = self.span().to(self.solid.get(self.at + 1).map_or(self.span(), |t| t.span));
            let found = self.expected("`{`").note("a migration always goes to the next version");
            self.report(found.fix("remove it", span, ""));
            self.skip(true, |p| p.is_at(SyntaxKind::LeftBrace));
        }
        self.fields(false);
        if self.is_at(SyntaxKind::LeftBrace) {
            self.values("before the new fields");
        } else {
            let found = self.expected("`{` before the new fields");
            self.report(found.note(
                "a migration has two pairs of braces: the old fields with their types, the new \
                 ones with their values",
            ));
        }
        self.close();
    }

    fn policy(&mut self) {
        self.open(SyntaxKind::Policy);
        self.bump();
        let opens = |kind| matches!(kind, SyntaxKind::LeftBrace | SyntaxKind::LeftParen);
        // `on crossing {`: the word is no name there.
        let unnamed = self.is_at_word("on") && self.nth_text(1) != "on" && opens(self.nth(2));
        if unnamed || opens(self.current()) {
            self.report_expected("a name for the policy");
        } else {
            let next = [SyntaxKind::Ident, SyntaxKind::LeftBrace, SyntaxKind::LeftParen];
            self.name("a name for the policy", &next);
        }
        self.policy_kind();
        if self.is_at(SyntaxKind::LeftParen) {
            self.parameters();
        }
        self.block("before the statements");
        self.close();
    }

    /// `on kind`
    fn policy_kind(&mut self) {
        if self.eat_word("on") {
            // `store` is a kind as well as a keyword.
            if self.is_at(SyntaxKind::StoreKw) {
                self.bump_as(SyntaxKind::Ident);
            } else if self.is_at(SyntaxKind::Text) {
                let found = self.quoted_name();
                self.report(found);
                self.bump_as(SyntaxKind::Ident);
            } else if !self.eat(SyntaxKind::Ident) {
                let found = self.expected("the kind of question");
                self.report(found.note(format!("kinds are: {KINDS}")));
            }
            return;
        }
        let at = self.span_after();
        let found = Diagnostic::error(
            codes::KIND_MISSING,
            format!("expected `on` and a kind, found {}", self.found()),
            self.span_missing(),
            "a policy says what it decides on",
        )
        .note(format!("kinds are: {KINDS}"))
        .fix("decide on crossings", at, " on crossing");
        self.report(found);
        self.reported_at = None;
        if !matches!(self.current(), SyntaxKind::LeftBrace | SyntaxKind::LeftParen) {
            self.skip(false, |p| {
                matches!(p.current(), SyntaxKind::LeftBrace | SyntaxKind::LeftParen)
                    || p.nth_on_new_line(0)
            });
        }
    }

    fn parameters(&mut self) {
        self.open(SyntaxKind::Params);
        let opened = self.span();
        self.bump();
        while !self.is_at_end() && !self.is_at(SyntaxKind::RightParen) {
            if !self.field("the name of a parameter") {
                self.skip(false, |p| {
                    matches!(
                        p.current(),
                        SyntaxKind::RightParen | SyntaxKind::Comma | SyntaxKind::LeftBrace
                    )
                });
            }
            if self.eat(SyntaxKind::Comma) {
                continue;
            }
            let another = self.is_at(SyntaxKind::Ident) && self.nth(1) == SyntaxKind::Colon;
            if !another {
                break;
            }
            let at = self.span_after();
            let found = self.expected("`,` between parameters").fix("insert `,`", at, ",");
            self.report(found);
        }
        self.expect_close(SyntaxKind::RightParen, opened);
        self.close();
    }
}
