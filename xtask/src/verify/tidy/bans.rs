//! The ban list: patterns that must not appear, each with what to write instead.
//!
//! A ban looks at code, at comments, or at whole text files. Code bans leave tests alone unless the
//! entry says otherwise; strings are never code.

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::super::manifest::line_with;
use super::super::source::Source;
use super::super::tree::is_test_file;
use super::{BAD_BAN, CHECK, CONFIG};
use crate::finding::{Finding, Rule};

const BANNED: Rule = Rule::new(CHECK, "banned", "see the entry in tidy.toml");

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] = &[BANNED];

/// One `[[ban]]` of `tidy.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    name: String,
    pattern: String,
    within: Within,
    /// What to write instead.
    instead: String,
    /// Path prefixes it is limited to; empty for everywhere.
    #[serde(default)]
    only: Vec<String>,
    /// Path prefixes it leaves alone.
    #[serde(default)]
    except: Vec<String>,
    /// A code ban that also holds in tests.
    #[serde(default)]
    tests_too: bool,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Within {
    /// Rust code, without comments and strings.
    Code,
    /// Rust comments.
    Comments,
    /// Every text file.
    Text,
}

/// An entry with its pattern compiled.
pub(super) struct Ban<'a> {
    entry: &'a Entry,
    pattern: Regex,
}

impl Ban<'_> {
    fn concerns(&self, path: &str) -> bool {
        let starts = |prefix: &String| path.starts_with(prefix.as_str());
        (self.entry.only.is_empty() || self.entry.only.iter().any(starts))
            && !self.entry.except.iter().any(starts)
    }

    fn find(&self, path: &str, text: &str, skip: impl Fn(usize) -> bool) -> Vec<Finding> {
        // Most files have nothing of it: one look at the whole is faster than one at each line.
        if !self.pattern.is_match(text) {
            return Vec::new();
        }
        let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let hits = numbered.filter(|(number, line)| self.pattern.is_match(line) && !skip(*number));
        hits.map(|(number, line)| {
            let hit = self.pattern.find(line).map_or("", |found| found.as_str()).trim();
            let message = format!("`{hit}` is banned here ({})", self.entry.name);
            BANNED.at(path, number, message).remedy(self.entry.instead.clone())
        })
        .collect()
    }
}

/// Compiles the list; an entry that does not compile is a finding.
pub(super) fn compile<'a>(entries: &'a [Entry], config_text: &str) -> (Vec<Ban<'a>>, Vec<Finding>) {
    let mut bans = Vec::new();
    let mut findings = Vec::new();
    for entry in entries {
        match RegexBuilder::new(&entry.pattern).multi_line(true).build() {
            Ok(pattern) => bans.push(Ban { entry, pattern }),
            Err(_) => {
                let line = line_with(config_text, &entry.name);
                findings.push(BAD_BAN.at(
                    CONFIG,
                    line,
                    format!("the pattern of `{}` does not compile", entry.name),
                ));
            }
        }
    }
    (bans, findings)
}

/// Applies the bans on text to any file.
pub(super) fn in_text(bans: &[Ban<'_>], path: &str, text: &str) -> Vec<Finding> {
    let concerned =
        bans.iter().filter(|ban| ban.entry.within == Within::Text && ban.concerns(path));
    concerned.flat_map(|ban| ban.find(path, text, |_| false)).collect()
}

/// Applies the bans on code and on comments to a Rust file.
pub(super) fn in_source(bans: &[Ban<'_>], source: &Source) -> Vec<Finding> {
    let path = source.path.as_str();
    let (code, comments) = source.code_and_comments();
    let test_modules = source.inline_test_modules();
    let is_test_line = |line: usize| {
        is_test_file(path) || test_modules.iter().any(|module| module.contains(&line))
    };
    let mut findings = Vec::new();
    for ban in bans.iter().filter(|ban| ban.concerns(path)) {
        match ban.entry.within {
            Within::Code => findings
                .extend(ban.find(path, &code, |line| !ban.entry.tests_too && is_test_line(line))),
            Within::Comments => findings.extend(ban.find(path, &comments, |_| false)),
            Within::Text => {}
        }
    }
    findings
}
