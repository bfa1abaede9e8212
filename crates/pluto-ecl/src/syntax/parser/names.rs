//! Names, and keywords and texts where names belong.

use crate::codes;
use crate::diagnostic::Diagnostic;

use super::Parser;
use crate::syntax::kind::SyntaxKind;

impl Parser<'_> {
    /// Takes a name. A keyword counts as one, with a diagnostic, if `next` can follow a name here; so
    /// does a quoted text. With nothing in `next`, it is
    /// enough that they stand on the same line.
    pub(super) fn name(&mut self, what: &str, next: &[SyntaxKind]) -> bool {
        let fits = match next {
            [] => !self.nth_on_new_line(0),
            next => next.contains(&self.nth(1)),
        };
        match self.current() {
            SyntaxKind::Ident => self.bump(),
            SyntaxKind::Text if fits => {
                let found = self.quoted_name();
                self.report(found);
                self.bump_as(SyntaxKind::Ident);
            }
            kind if kind.is_keyword() && fits => {
                let found = self.keyword_as_name();
                self.report(found);
                self.bump_as(SyntaxKind::Ident);
            }
            _ => {
                self.report_expected(what);
                return false;
            }
        }
        true
    }

    pub(super) fn keyword_as_name(&self) -> Diagnostic {
        let word = self.nth_text(0);
        Diagnostic::error(
            codes::KEYWORD_AS_NAME,
            format!("expected a name, found the keyword `{word}`"),
            self.span(),
            "a keyword cannot be a name",
        )
        .fix("add a `_`", self.span(), format!("{word}_"))
    }

    pub(super) fn quoted_name(&self) -> Diagnostic {
        let text = self.nth_text(0);
        let mut bare: String = text
            .trim_matches(['"', '\'', '“', '”'])
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        if !bare.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            bare.insert(0, '_');
        }
        Diagnostic::error(
            codes::NAME_QUOTED,
            format!("expected a name without quotes, found `{}`", super::shortened(text)),
            self.span(),
            "names are not quoted",
        )
        .fix(format!("write `{bare}`"), self.span(), bare)
    }

    /// A whole number that counts something: an edition, a version.
    pub(super) fn small_number(&mut self, what: &str) {
        if !self.is_at(SyntaxKind::Int) {
            self.report_expected(what);
            return;
        }
        let text = self.nth_text(0);
        let value = crate::syntax::values::digits(text);
        if value.is_none_or(|value| value > u64::from(u16::MAX)) {
            let found = Diagnostic::error(
                codes::NUMBER_RANGE,
                format!("expected at most {}, found `{text}`", u16::MAX),
                self.span(),
                "this number is too large here",
            );
            self.report(found);
        }
        self.bump();
    }
}
