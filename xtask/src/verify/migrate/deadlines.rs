//! Shims past their date, wherever the date stands.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use syn::visit::{self, Visit};
use toml::{Table, Value};

use super::super::source::Source;
use super::super::tree::{Tree, required_toml, unreadable};
use super::{CHECK, LEDGER};
use crate::finding::{Finding, Rule};
use crate::verify::manifest::line_with;

const PAST: Rule = Rule::new(
    CHECK,
    "past-deadline",
    "remove the old name now, or move its date and say why in CHANGELOG.md",
);
const NO_DEADLINE: Rule = Rule::new(
    CHECK,
    "no-deadline",
    "end the note with the version that no longer has it: \"moved to …; goes in 0.6.0\"",
);

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] = &[PAST, NO_DEADLINE];

#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static GOES_IN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"goes in (\d+\.\d+\.\d+)").unwrap());

type Version = (u64, u64, u64);

/// Checks the moves of the ledger, the plans beside it, and every `#[deprecated]` of the product.
pub(super) fn inspect<'a>(
    root: &Path,
    moves: impl Iterator<Item = (&'a str, &'a str, usize)>,
) -> Result<Vec<Finding>, Finding> {
    let now = workspace_version(root)?;
    let mut findings = Vec::new();
    for (name, remove_by, line) in moves {
        findings.extend(judge(LEDGER, line, &format!("`{name}`"), remove_by, now));
    }
    let tree = Tree::open(root);
    let is_plan = |path: &&String| {
        path.starts_with("migrations/") && path.ends_with(".toml") && *path != LEDGER
    };
    for path in tree.files.iter().filter(is_plan) {
        findings.extend(plan(&tree, path, now)?);
    }
    // Parsing is what costs; few files have the word.
    let marked = |path: &&str| tree.text(path).is_some_and(|text| text.contains("deprecated"));
    let sources = tree.product_sources().filter(marked);
    for loaded in sources.filter_map(|path| Source::load(&tree, path, CHECK)) {
        match loaded {
            Ok(source) => findings.extend(shims(&source, now)),
            Err(finding) => findings.push(finding),
        }
    }
    Ok(findings)
}

fn workspace_version(root: &Path) -> Result<Version, Finding> {
    const MANIFEST: &str = "Cargo.toml";
    let (_, manifest): (_, Table) = required_toml(root, MANIFEST, CHECK)?;
    let version =
        manifest.get("workspace").and_then(|table| table.get("package")?.get("version")?.as_str());
    let missing = || unreadable(CHECK, MANIFEST, &"[workspace.package] has no version");
    version.and_then(parse).ok_or_else(missing)
}

/// `0.6.0`; what stands behind a dash does not count.
fn parse(text: &str) -> Option<Version> {
    let mut parts = text.split('-').next()?.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

fn judge(file: &str, line: usize, name: &str, remove_by: &str, now: Version) -> Option<Finding> {
    match parse(remove_by) {
        Some(version) if version > now => None,
        Some(_) => Some(PAST.at(
            file,
            line,
            format!("{name} was to be gone in {remove_by}, which is here"),
        )),
        None => Some(NO_DEADLINE.at(file, line, format!("`{remove_by}` is no version"))),
    }
}

/// Each `remove_by` of a plan, in whatever table it stands.
fn plan(tree: &Tree, path: &str, now: Version) -> Result<Vec<Finding>, Finding> {
    let text = tree.text(path).unwrap_or_default();
    let table: Table = toml::from_str(&text).map_err(|error| unreadable(CHECK, path, &error))?;
    let mut open: Vec<&Value> = table.values().collect();
    let mut findings = Vec::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(values) => open.extend(values),
            Value::Table(table) => {
                open.extend(table.values());
                let Some(remove_by) = table.get("remove_by").and_then(Value::as_str) else {
                    continue;
                };
                let line = line_with(&text, &format!("\"{remove_by}\""));
                findings.extend(judge(path, line, "a shim of the plan", remove_by, now));
            }
            _ => {}
        }
    }
    Ok(findings)
}

fn shims(source: &Source, now: Version) -> Vec<Finding> {
    let mut finder = Deprecated { found: Vec::new() };
    finder.visit_file(&source.file);
    let judged = finder.found.into_iter().filter_map(|(line, words)| {
        match GOES_IN.captures(&words).and_then(|found| found.get(1)) {
            Some(version) => {
                judge(&source.path, line, "the deprecated item", version.as_str(), now)
            }
            None => Some(NO_DEADLINE.at(&source.path, line, "deprecated without an end")),
        }
    });
    judged.collect()
}

struct Deprecated {
    found: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Deprecated {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("deprecated") {
            let words = attribute.meta.require_list().map(|list| list.tokens.to_string());
            let line = attribute.pound_token.span.start().line;
            self.found.push((line, words.unwrap_or_default()));
        }
        visit::visit_attribute(self, attribute);
    }
}
