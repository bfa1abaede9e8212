//! Error codes of this crate. Diagnostics of the language have codes from 0100 on, by phase: 01 lexer
//! and parser, 02 names, 03 types, 04 totality and bounds, 05 stores, 06 tests, 07 advice.

use pluto_error::{Code, Kind};

/// The source is above its bound.
pub const SOURCE_TOO_LARGE: Code =
    Code::new("ECL-0001", Kind::Reject, "the source is above its bound");
/// The source has errors; its diagnostics say which.
pub const REFUSED: Code = Code::new("ECL-0002", Kind::Reject, "the source has errors");
/// Code from elsewhere breaks a rule of portable code.
pub const CODE_REFUSED: Code = Code::new("ECL-0010", Kind::Reject, "the code does not verify");
/// A compiled bundle does not fit an artifact.
pub const ARTIFACT_TOO_LARGE: Code =
    Code::new("ECL-0011", Kind::Reject, "the artifact is above its bound");

// 01: lexer and parser.

/// A character that the language does not know.
pub const UNKNOWN_CHARACTER: Code =
    Code::new("ECL-0101", Kind::Reject, "a character that the language does not know");
/// A `;`: statements need no separator.
pub const SEMICOLON: Code =
    Code::new("ECL-0102", Kind::Reject, "statements are not separated by semicolons");
/// A text without its closing quote.
pub const TEXT_NOT_CLOSED: Code = Code::new("ECL-0103", Kind::Reject, "a text is not closed");
/// A block comment without its end.
pub const COMMENT_NOT_CLOSED: Code =
    Code::new("ECL-0104", Kind::Reject, "a block comment is not closed");
/// Quotes that are not `"`.
pub const QUOTES: Code = Code::new("ECL-0105", Kind::Reject, "text stands in double quotes");
/// An escape that is none.
pub const ESCAPE: Code = Code::new("ECL-0106", Kind::Reject, "an unknown escape in a text");
/// A character that makes text read otherwise than it is.
pub const HIDDEN_CHARACTER: Code =
    Code::new("ECL-0107", Kind::Reject, "a character that changes the direction of text");
/// A number in a form the language does not have.
pub const NUMBER_FORM: Code = Code::new("ECL-0108", Kind::Reject, "a number in an unknown form");
/// A decimal with more than six places.
pub const NUMBER_PLACES: Code =
    Code::new("ECL-0109", Kind::Reject, "a decimal has at most six places");
/// A number that does not fit.
pub const NUMBER_RANGE: Code = Code::new("ECL-0110", Kind::Reject, "a number is out of range");
/// A duration with an unknown unit, or that is not whole.
pub const DURATION_UNIT: Code =
    Code::new("ECL-0111", Kind::Reject, "a duration is a whole number of ms, s, m, h or d");
/// A name that is too long or has letters outside ASCII.
pub const NAME_FORM: Code =
    Code::new("ECL-0112", Kind::Reject, "a name has at most 64 ASCII letters, digits and `_`");
/// An operator that is written otherwise here.
pub const OPERATOR_SPELLING: Code =
    Code::new("ECL-0113", Kind::Reject, "an operator is spelled otherwise in this language");
/// Something else was expected.
pub const EXPECTED: Code = Code::new("ECL-0120", Kind::Reject, "something else was expected here");
/// No item begins like this.
pub const UNKNOWN_ITEM: Code = Code::new("ECL-0121", Kind::Reject, "no item begins like this");
/// No statement begins like this.
pub const UNKNOWN_STATEMENT: Code =
    Code::new("ECL-0122", Kind::Reject, "no statement begins like this");
/// A delimiter without its partner.
pub const NOT_CLOSED: Code = Code::new("ECL-0123", Kind::Reject, "a delimiter is not closed");
/// A closing delimiter that nothing opened.
pub const NOT_OPENED: Code = Code::new("ECL-0124", Kind::Reject, "nothing is open here");
/// A keyword where a name is wanted.
pub const KEYWORD_AS_NAME: Code = Code::new("ECL-0125", Kind::Reject, "a keyword cannot be a name");
/// A policy without its kind.
pub const KIND_MISSING: Code = Code::new("ECL-0126", Kind::Reject, "a policy names its kind");
/// A name in quotes.
pub const NAME_QUOTED: Code = Code::new("ECL-0127", Kind::Reject, "names are not quoted");
/// A `=` where `==` is meant.
pub const ASSIGNMENT_AS_COMPARISON: Code =
    Code::new("ECL-0128", Kind::Reject, "`=` does not compare");
/// Comparisons in a row.
pub const COMPARISON_CHAINED: Code =
    Code::new("ECL-0129", Kind::Reject, "comparisons do not chain");
/// `c ? a : b`.
pub const TERNARY: Code =
    Code::new("ECL-0130", Kind::Reject, "a choice is written `if c then a else b`");
/// `null` and its like.
pub const NULL: Code = Code::new("ECL-0131", Kind::Reject, "there is no null");
/// A loop, a function, a recursion.
pub const NOT_TOTAL: Code =
    Code::new("ECL-0132", Kind::Reject, "there are no loops and no functions");
/// A name gets a second value.
pub const REASSIGNED: Code = Code::new("ECL-0133", Kind::Reject, "values do not change");
/// Nesting above its bound.
pub const TOO_DEEP: Code = Code::new("ECL-0134", Kind::Reject, "nesting is too deep");
/// No expression where one is needed.
pub const EXPRESSION_MISSING: Code =
    Code::new("ECL-0135", Kind::Reject, "an expression is expected here");
/// A call of something that is not a function.
pub const NOT_CALLABLE: Code = Code::new("ECL-0136", Kind::Reject, "only functions are called");
/// `return`.
pub const RETURN: Code =
    Code::new("ECL-0137", Kind::Reject, "a policy decides with `allow` and `deny`");
/// An `if` in the form of the other `if`.
pub const IF_FORM: Code = Code::new("ECL-0138", Kind::Reject, "the two forms of `if` do not mix");
/// `edition` that is not at the beginning.
pub const EDITION_PLACE: Code =
    Code::new("ECL-0139", Kind::Reject, "the edition stands first, and once");
/// A set in the wrong brackets.
pub const SET_BRACKETS: Code = Code::new("ECL-0140", Kind::Reject, "a set stands in braces");
