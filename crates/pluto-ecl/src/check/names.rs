//! Names of the top level, and the words that were probably meant.

use std::collections::{BTreeMap, BTreeSet};

use super::codes;
use crate::ast::Name;
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::Constant;
use crate::syntax::similar;
use crate::types::{EnumId, RecordId, Type};

/// Types of the language, as they are written.
pub(super) const BUILTIN_TYPES: [&str; 12] = [
    "bool", "int", "fixed", "time", "duration", "did", "symbol", "text", "trust", "set", "option",
    "list",
];

/// Most names a misspelt one is compared with: a source full of both would take long otherwise.
const CANDIDATES_MAX: usize = 256;

/// How far a declared record is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Progress {
    /// Nobody asked for it yet.
    Waiting,
    /// Its fields are being looked at: meeting it again is a cycle.
    Open,
    /// It has its number.
    Done(RecordId),
}

/// What a name of a type stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum TypeName<'a> {
    /// An enum.
    Enum(EnumId),
    /// A record, found in the source.
    Record(&'a crate::ast::Record, Progress),
}

/// What a constant is; none when its declaration has errors.
pub(super) type ConstantValue = Option<(Type, Constant)>;

/// Names of the top level; each sort has its own space.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    pub(super) types: BTreeMap<&'a str, (TypeName<'a>, Span)>,
    pub(super) constants: BTreeMap<&'a str, (ConstantValue, Span)>,
    pub(super) stores: BTreeMap<&'a str, (u16, Span)>,
    pub(super) policies: BTreeMap<&'a str, (u16, Span)>,
    /// Constants somebody reads.
    pub(super) used: BTreeSet<String>,
}

/// Words of other languages and what they are called here.
const ELSEWHERE: [(&str, &str); 22] = [
    ("integer", "int"),
    ("number", "int"),
    ("i64", "int"),
    ("u64", "int"),
    ("long", "int"),
    ("float", "fixed"),
    ("double", "fixed"),
    ("decimal", "fixed"),
    ("f64", "fixed"),
    ("boolean", "bool"),
    ("string", "text"),
    ("str", "text"),
    ("timestamp", "time"),
    ("address", "did"),
    ("identity", "did"),
    ("array", "list"),
    ("vec", "list"),
    ("optional", "option"),
    ("len", "length"),
    ("size", "length"),
    ("exists", "known"),
    ("unwrap_or", "or_else"),
];

/// Reports a name that is not known, with the nearest of `candidates` or all of a few.
pub(super) fn unknown<'n>(
    code: pluto_error::Code,
    what: &str,
    name: &str,
    span: Span,
    candidates: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let candidates: Vec<&str> = candidates.into_iter().take(CANDIDATES_MAX).collect();
    // `of` tells where the name was looked for.
    let message = if what.contains(" of ") {
        format!("`{name}` is no {what}")
    } else {
        format!("{what} `{name}` is not known")
    };
    let found = Diagnostic::error(code, message, span, "not known here");
    let called = ELSEWHERE.iter().find(|(word, _)| *word == name).map(|(_, called)| *called);
    match called.filter(|called| candidates.contains(called)).or(nearest(name, &candidates)) {
        Some(meant) => found.note(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            span,
            meant,
        ),
        None => match listed(&candidates) {
            Some(all) => found.note(format!("known here: {all}")),
            None => found,
        },
    }
}

/// A few names in backticks; none when there are none or too many to read.
pub(super) fn listed(names: &[&str]) -> Option<String> {
    let readable = (1..=12).contains(&names.len());
    readable.then(|| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
}

/// Reports each name that stands twice among its siblings.
pub(super) fn unique<'n>(
    out: &mut Vec<Diagnostic>,
    what: &str,
    names: impl IntoIterator<Item = &'n Name>,
) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names {
        if let Some(first) = seen.get(name.text.as_str()) {
            out.push(duplicate(what, name, *first));
        } else {
            seen.insert(&name.text, name.span);
        }
    }
}

/// A name declared where it is declared already.
pub(super) fn duplicate(what: &str, name: &Name, first: Span) -> Diagnostic {
    Diagnostic::error(
        codes::DUPLICATE,
        format!("{what} `{}` is declared twice", name.text),
        name.span,
        "declared again here",
    )
    .also(first, "first declared here")
    .note("rename or remove one of the two")
}

/// The candidate that was probably meant. A word of one or two letters is too short to tell.
pub(super) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let found = (word.len() > 2).then(|| similar::nearest(word, candidates)).flatten();
    found.filter(|candidate| *candidate != word)
}
