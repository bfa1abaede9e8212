//! Relative links, anchors, and paths in backticks.

use std::collections::BTreeMap;
use std::path::Path;

use super::CHECK;
use super::markdown::Page;
use crate::finding::{Finding, Rule};

const LINK: Rule = Rule::new(CHECK, "link", "correct the path; it is relative to the page");
const ANCHOR: Rule =
    Rule::new(CHECK, "anchor", "name a heading of that page: lower case, dashes for blanks");
const PATH: Rule =
    Rule::new(CHECK, "path", "name a file that exists, from the root of the workspace");

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] = &[LINK, ANCHOR, PATH];

/// A path in backticks that begins with one of these is a file of this workspace.
const FOLDERS: [&str; 7] =
    ["docs/", "crates/", "xtask/", "tests/", "benches/", "fuzz/", "migrations/"];

pub(super) fn inspect(root: &Path, pages: &[Page]) -> Vec<Finding> {
    let by_path: BTreeMap<&str, &Page> =
        pages.iter().map(|page| (page.path.as_str(), page)).collect();
    let mut findings = Vec::new();
    for page in pages {
        for (line, target) in &page.links {
            findings.extend(link(root, &by_path, page, *line, target));
        }
        // A changelog names what was there when it was written.
        if page.path != "CHANGELOG.md" {
            let gone =
                page.spans.iter().filter(|(_, span)| is_path(span) && !root.join(span).exists());
            findings.extend(gone.map(|(line, span)| {
                PATH.at(&page.path, *line, format!("`{span}` does not exist"))
            }));
        }
    }
    findings
}

fn link(
    root: &Path,
    pages: &BTreeMap<&str, &Page>,
    page: &Page,
    line: usize,
    target: &str,
) -> Option<Finding> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { page.path.clone() } else { joined(&page.path, file) };
    if !root.join(&path).exists() {
        return Some(LINK.at(
            &page.path,
            line,
            format!("`{target}` leads to `{path}`, which does not exist"),
        ));
    }
    let known = pages.get(path.as_str()).is_none_or(|found| found.anchors.contains(anchor));
    (!anchor.is_empty() && !known)
        .then(|| ANCHOR.at(&page.path, line, format!("`{path}` has no heading `#{anchor}`")))
}

/// `file` as seen from the folder of `page`.
fn joined(page: &str, file: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

fn is_path(span: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    FOLDERS.iter().any(|folder| span.starts_with(folder)) && span.chars().all(plain)
}
