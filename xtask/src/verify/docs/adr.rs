//! Decisions: numbered without gaps, each with a title, a status and a date.

use std::sync::LazyLock;

use regex::Regex;

use super::CHECK;
use super::markdown::Page;
use crate::finding::{Finding, Rule};

const FOLDER: &str = "docs/adr/";

const NUMBER: Rule =
    Rule::new(CHECK, "adr-number", "name the file `NNNN-what.md` with the next free number");
const TITLE: Rule =
    Rule::new(CHECK, "adr-title", "begin with `# NNNN: the decision`, by the number of the file");
const STATUS: Rule = Rule::new(
    CHECK,
    "adr-status",
    "write as the third line `Status: accepted, 2026-11-20`: proposed, accepted, rejected or replaced",
);

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] = &[NUMBER, TITLE, STATUS];

#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\d{4})-[a-z0-9-]+\.md$").unwrap());
#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static STATUS_LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^Status: (proposed|accepted|rejected|replaced), \d{4}-\d{2}-\d{2}\b").unwrap()
});

/// The pages come sorted by path.
pub(super) fn inspect(pages: &[Page]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut expected = 1;
    for page in pages.iter().filter(|page| page.path.starts_with(FOLDER)) {
        let name = page.path.strip_prefix(FOLDER).unwrap_or_default();
        let number =
            NAME.captures(name).and_then(|found| found.get(1)).map(|number| number.as_str());
        if number != Some(format!("{expected:04}").as_str()) {
            let message = format!("the number {expected:04} is expected here");
            findings.push(NUMBER.at(&page.path, 1, message));
        }
        let number = number.unwrap_or_default();
        expected = number.parse().unwrap_or(expected) + 1;
        let line = |wanted: usize| {
            let found = page.prose.iter().find(|(at, _)| *at == wanted);
            found.map(|(_, text)| text.as_str()).unwrap_or_default()
        };
        let title = line(1).strip_prefix(&format!("# {number}: ")).unwrap_or_default();
        if title.trim().is_empty() {
            findings.push(TITLE.at(&page.path, 1, format!("no title with the number {number}")));
        }
        if !STATUS_LINE.is_match(line(3)) {
            findings.push(STATUS.at(&page.path, 3, "no status with a date"));
        }
    }
    findings
}
