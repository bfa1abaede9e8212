//! The changelog: versions downwards, the six kinds of change, each entry under the name of its crate.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::super::workspace;
use super::CHECK;
use super::markdown::Page;
use crate::finding::{Finding, Rule};

const FILE: &str = "CHANGELOG.md";
const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

const VERSION: Rule = Rule::new(
    CHECK,
    "changelog-version",
    "head with `## [Unreleased]`, then `## [0.5.0]` and so on, the newest first",
);
const SECTION: Rule = Rule::new(
    CHECK,
    "changelog-section",
    "use `### Added`, `Changed`, `Deprecated`, `Removed`, `Fixed` or `Security`, once for a version",
);
const ENTRY: Rule =
    Rule::new(CHECK, "changelog-entry", "begin with the crates: `- merkle: what is new for whom`");

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] = &[VERSION, SECTION, ENTRY];

#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\[(\d+)\.(\d+)\.(\d+)\](?: - \d{4}-\d{2}-\d{2})?$").unwrap());
#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static CRATES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^- ([a-z][a-z0-9-]*(?:, [a-z][a-z0-9-]*)*): \S").unwrap());

pub(super) fn inspect(root: &Path, pages: &[Page]) -> Result<Vec<Finding>, Finding> {
    let Some(page) = pages.iter().find(|page| page.path == FILE) else { return Ok(Vec::new()) };
    let mut known: BTreeSet<String> = ["docs".to_owned()].into();
    for folder in workspace::member_folders(root, CHECK)? {
        let name = folder.rsplit('/').next().unwrap_or_default();
        known.insert(name.strip_prefix("pluto-").unwrap_or(name).to_owned());
    }
    let mut reader =
        Reader { known, before: None, sections: BTreeSet::new(), findings: Vec::new() };
    for (number, line) in &page.prose {
        reader.line(*number, line);
    }
    Ok(reader.findings)
}

type Version = (u64, u64, u64);

struct Reader {
    /// Names that an entry may begin with.
    known: BTreeSet<String>,
    /// The version above; `Unreleased` is above all.
    before: Option<Version>,
    sections: BTreeSet<String>,
    findings: Vec<Finding>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        if let Some(heading) = line.strip_prefix("## ") {
            self.version(number, heading);
        } else if let Some(kind) = line.strip_prefix("### ") {
            if !KINDS.contains(&kind) {
                self.put(SECTION, number, format!("`{kind}` is no kind of change"));
            } else if !self.sections.insert(kind.to_owned()) {
                self.put(SECTION, number, format!("`{kind}` stands twice in one version"));
            }
        } else if line.starts_with("- ") && self.before.is_some() {
            let names =
                CRATES.captures(line).and_then(|found| found.get(1)).map(|names| names.as_str());
            let strange =
                names.map(|names| names.split(", ").find(|name| !self.known.contains(*name)));
            match strange {
                Some(None) => {}
                Some(Some(name)) => self.put(ENTRY, number, format!("`{name}` is no crate")),
                None => self.put(ENTRY, number, "no crate before the entry".to_owned()),
            }
        }
    }

    fn version(&mut self, number: usize, heading: &str) {
        self.sections.clear();
        let found = match heading {
            "[Unreleased]" => Some((u64::MAX, 0, 0)),
            _ => NUMBER.captures(heading).and_then(|parts| {
                let part = |at: usize| parts.get(at)?.as_str().parse().ok();
                Some((part(1)?, part(2)?, part(3)?))
            }),
        };
        let fits = found.is_some_and(|found| self.before.is_none_or(|before| found < before));
        if !fits {
            self.put(VERSION, number, format!("`{heading}` does not stand here"));
        }
        self.before = found.or(self.before);
    }

    fn put(&mut self, rule: Rule, number: usize, message: String) {
        self.findings.push(rule.at(FILE, number, message));
    }
}
