//! The ledger of migrations: steps of formats without gaps, and shims that go when they said they would.
//!
//! 1. `migrations/ledger.toml` lists the steps of the store; each but the first has a fixture of the
//!    version before and the root that it must come to.
//! 2. A moved name has a date: `[[move]]` of the ledger, `remove_by` of a plan beside it, and the words
//!    "goes in 0.6.0" in the note of `#[deprecated]`. At that version of the workspace it is a finding.

mod deadlines;

use std::path::Path;

use serde::Deserialize;

use super::formats;
use super::tree::required_toml;
use crate::digest;
use crate::finding::{Finding, Rule};

const CHECK: &str = "migrate";
const LEDGER: &str = "migrations/ledger.toml";

const GAP: Rule = Rule::new(
    CHECK,
    "gap",
    "number the steps from 1, one after the other; each goes from where the one before went to",
);
const UNKNOWN_FORMAT: Rule = Rule::new(
    CHECK,
    "unknown-format",
    "name a format and version of docs/formats/registry.toml, as in `log 1`",
);
const NO_FIXTURE: Rule = Rule::new(
    CHECK,
    "no-fixture",
    "keep a file of the version before with its `sha256`, and the `root` that it must come to",
);
const FIXTURE: Rule =
    Rule::new(CHECK, "fixture", "restore the file: what an old build wrote does not change");

/// Every rule of this check.
#[cfg(test)]
pub(crate) fn rules() -> Vec<Rule> {
    [&[GAP, UNKNOWN_FORMAT, NO_FIXTURE, FIXTURE], deadlines::RULES].concat()
}

/// `migrations/ledger.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ledger {
    #[serde(default)]
    step: Vec<Step>,
    #[serde(default, rename = "move")]
    moves: Vec<Move>,
}

/// One step from a version of the store to the next.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    number: usize,
    /// Absent for the first one.
    from: Option<String>,
    to: String,
    /// As in 2026-11-20.
    date: String,
    #[serde(rename = "title")]
    _title: String,
    /// What the store is made of afterwards.
    formats: Vec<String>,
    #[serde(rename = "rebuilds_index")]
    _rebuilds_index: bool,
    #[serde(rename = "reversible")]
    _reversible: bool,
    /// A store of the version before, relative to the root.
    fixture: Option<String>,
    sha256: Option<String>,
    /// The state root of the fixture, before and after.
    root: Option<String>,
}

/// Code that has another place now, and still answers in the old one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    /// The old path.
    from: String,
    /// The new one.
    #[serde(rename = "to")]
    _to: String,
    /// The version of the workspace without the old one.
    remove_by: String,
}

/// Checks the ledger, the plans beside it and the shims in the sources below `root`.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    inspect(root).unwrap_or_else(|finding| vec![finding])
}

fn inspect(root: &Path) -> Result<Vec<Finding>, Finding> {
    let (text, ledger): (_, Ledger) = required_toml(root, LEDGER, CHECK)?;
    let known = formats::registered(root, CHECK)?;
    let mut findings = Vec::new();
    let mut before: Option<&Step> = None;
    for (step, line) in ledger.step.iter().zip(headers(&text, "[[step]]")) {
        findings.extend(follows(step, before, line));
        findings.extend(step.formats.iter().filter(|name| !known.contains(*name)).map(|name| {
            UNKNOWN_FORMAT.at(LEDGER, line, format!("step {} names `{name}`", step.number))
        }));
        if before.is_some() {
            findings.extend(fixture(root, step, line));
        }
        before = Some(step);
    }
    let moves = ledger.moves.iter().zip(headers(&text, "[[move]]"));
    let moves = moves.map(|(moved, line)| (moved.from.as_str(), moved.remove_by.as_str(), line));
    findings.extend(deadlines::inspect(root, moves)?);
    Ok(findings)
}

/// The lines of a table's headers, in order.
fn headers(text: &str, header: &str) -> impl Iterator<Item = usize> {
    let lines = text.lines().zip(1..).filter(move |(line, _)| line.trim() == header);
    lines.map(|(_, number)| number)
}

fn follows(step: &Step, before: Option<&Step>, line: usize) -> Option<Finding> {
    let expected = before.map_or(1, |before| before.number + 1);
    if step.number != expected {
        return Some(GAP.at(
            LEDGER,
            line,
            format!("step {} stands where {expected} should", step.number),
        ));
    }
    let from = before.map(|before| &before.to);
    if step.from.as_ref() != from {
        let shown =
            |version: Option<&String>| version.map_or("nothing".to_owned(), |v| format!("`{v}`"));
        let message = format!(
            "step {} goes from {}, the one before to {}",
            step.number,
            shown(step.from.as_ref()),
            shown(from)
        );
        return Some(GAP.at(LEDGER, line, message));
    }
    let earlier = before.is_some_and(|before| before.date > step.date);
    earlier
        .then(|| GAP.at(LEDGER, line, format!("step {} is older than the one before", step.number)))
}

fn fixture(root: &Path, step: &Step, line: usize) -> Option<Finding> {
    let number = step.number;
    let (Some(file), Some(recorded), Some(_)) = (&step.fixture, &step.sha256, &step.root) else {
        return Some(NO_FIXTURE.at(
            LEDGER,
            line,
            format!("step {number} has no fixture with hash and root"),
        ));
    };
    let Ok(found) = digest::of_file(&root.join(file)) else {
        return Some(NO_FIXTURE.at(LEDGER, line, format!("`{file}` of step {number} is missing")));
    };
    (found != *recorded)
        .then(|| FIXTURE.at(file, 1, format!("expected SHA-256 `{recorded}`, found `{found}`")))
}
