//! Names of the top level, and the words that were probably meant.

use std::collections::{BTreeMap, BTreeSet};

use super::codes;
use crate::ast::Name;
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::Constant;
use crate::types::{EnumId, RecordId, Type};

/// Types of the language, as they are written.
pub(super) const BUILTIN_TYPES: [&str; 12] = [
    "bool", "int", "fixed", "time", "duration", "did", "symbol", "text", "trust", "set", "option",
    "list",
];

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

/// Reports a name that is not known, with the nearest of `candidates` or all of a few.
pub(super) fn unknown<'n>(
    code: pluto_error::Code,
    what: &str,
    name: &str,
    span: Span,
    candidates: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let found = Diagnostic::error(
        code,
        format!("{what} `{name}` is not known"),
        span,
        "no such name is known here",
    );
    match nearest(name, &candidates) {
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

/// The candidate nearest to `word`, if it is near enough: one slip in three letters.
pub(super) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let slips_max = word.len().clamp(3, 32) / 3;
    let near = candidates.iter().map(|candidate| (distance(word, candidate), *candidate));
    near.filter(|(slips, _)| *slips <= slips_max).min_by_key(|(slips, _)| *slips).map(|(_, c)| c)
}

/// Letters to insert, delete or replace to make one word of the other (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, a) in left.bytes().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (above, b) in row.iter().skip(1).zip(right.bytes()) {
            before = (above + 1).min(before + 1).min(diagonal + usize::from(a != b));
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(left.len())
}
