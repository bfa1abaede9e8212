//! Operators, and how people from other languages spell them.

use crate::codes;
use crate::diagnostic::{Diagnostic, Span};

use super::super::kind::SyntaxKind;

/// Operators and delimiters; a longer one stands before its beginning.
pub(super) const OPERATORS: &[(&str, SyntaxKind)] = &[
    ("==", SyntaxKind::EqEq),
    ("!=", SyntaxKind::NotEq),
    ("<=", SyntaxKind::LessEq),
    (">=", SyntaxKind::GreaterEq),
    ("=>", SyntaxKind::FatArrow),
    ("&&", SyntaxKind::AndAnd),
    ("||", SyntaxKind::OrOr),
    ("?.", SyntaxKind::QuestionDot),
    ("<", SyntaxKind::Less),
    (">", SyntaxKind::Greater),
    ("!", SyntaxKind::Bang),
    ("+", SyntaxKind::Plus),
    ("-", SyntaxKind::Minus),
    ("*", SyntaxKind::Star),
    ("/", SyntaxKind::Slash),
    ("%", SyntaxKind::Percent),
    (".", SyntaxKind::Dot),
    ("|", SyntaxKind::Pipe),
    ("=", SyntaxKind::Eq),
    ("&", SyntaxKind::Amp),
    ("?", SyntaxKind::Question),
    ("(", SyntaxKind::LeftParen),
    (")", SyntaxKind::RightParen),
    ("{", SyntaxKind::LeftBrace),
    ("}", SyntaxKind::RightBrace),
    ("[", SyntaxKind::LeftBracket),
    ("]", SyntaxKind::RightBracket),
    (",", SyntaxKind::Comma),
    (":", SyntaxKind::Colon),
];

/// An operator of another language.
#[derive(Clone, Copy)]
pub(super) struct Foreign {
    /// As it is written there.
    pub(super) text: &'static str,
    /// As it is written here.
    here: &'static str,
    /// What it is here.
    pub(super) kind: SyntaxKind,
}

const fn foreign_as(text: &'static str, here: &'static str, kind: SyntaxKind) -> Foreign {
    Foreign { text, here, kind }
}

const FOREIGN: &[Foreign] = &[
    foreign_as("===", "==", SyntaxKind::EqEq),
    foreign_as("!==", "!=", SyntaxKind::NotEq),
    foreign_as(":=", "=", SyntaxKind::Eq),
    foreign_as("≤", "<=", SyntaxKind::LessEq),
    foreign_as("≥", ">=", SyntaxKind::GreaterEq),
    foreign_as("≠", "!=", SyntaxKind::NotEq),
    foreign_as("×", "*", SyntaxKind::Star),
    foreign_as("÷", "/", SyntaxKind::Slash),
    foreign_as("−", "-", SyntaxKind::Minus),
    foreign_as("¬", "!", SyntaxKind::Bang),
    foreign_as("∧", "&&", SyntaxKind::AndAnd),
    foreign_as("∨", "||", SyntaxKind::OrOr),
    foreign_as("⇒", "=>", SyntaxKind::FatArrow),
    foreign_as("→", "=>", SyntaxKind::FatArrow),
];

/// The foreign operator that `rest` begins with.
pub(super) fn foreign(rest: &str) -> Option<Foreign> {
    FOREIGN.iter().copied().find(|foreign| rest.starts_with(foreign.text))
}

impl Foreign {
    /// How it is spelled here.
    pub(super) fn diagnostic(self, place: Span) -> Diagnostic {
        let Self { text, here, .. } = self;
        Diagnostic::error(
            codes::OPERATOR_SPELLING,
            format!("expected `{here}`, found `{text}`"),
            place,
            format!("this is written `{here}` here"),
        )
        .fix(format!("write `{here}`"), place, here)
    }
}
