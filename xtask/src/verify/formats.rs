//! Wire and storage formats: every version registered, documented, and held by golden files.
//!
//! 1. The constants `Format::new("name", version)` in the source say what today's code speaks.
//! 2. `docs/formats/registry.toml` says which page describes each, and the hash of its golden files.
//! 3. A recorded hash is never changed by a tool: bytes that change are a new version.
//! 4. Today's code opens every golden file, old versions too, in `tests/scenarios/golden.rs`; this check
//!    sees that a test names each of them.

mod golden;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;
use serde::Deserialize;

use super::constants::{self, Argument, Constant};
use super::source::Source;
use super::tree::{Tree, required_toml};
use crate::finding::{Finding, Rule};

const CHECK: &str = "formats";
const REGISTRY: &str = "docs/formats/registry.toml";

const SHAPE: Rule =
    Rule::new(CHECK, "shape", "declare `pub const NAME: Format = Format::new(\"name\", 1);`");
const DUPLICATE: Rule =
    Rule::new(CHECK, "duplicate", "declare and register each version of a format once");
const UNREGISTERED: Rule = Rule::new(
    CHECK,
    "unregistered",
    "add a [[format]] entry with page and golden file to docs/formats/registry.toml",
);
const NO_CONSTANT: Rule = Rule::new(
    CHECK,
    "no-constant",
    "declare the constant, or set `retired = true` if no code speaks it any more",
);
const NO_PAGE: Rule =
    Rule::new(CHECK, "no-page", "describe the format, field by field, on the page named");
const PAGE_VERSION: Rule =
    Rule::new(CHECK, "page-version", "say on the page which version it describes: `version N`");

/// Every rule of this check.
#[cfg(test)]
pub(crate) fn rules() -> Vec<Rule> {
    let own = [SHAPE, DUPLICATE, UNREGISTERED, NO_CONSTANT, NO_PAGE, PAGE_VERSION];
    [&own, golden::RULES].concat()
}

/// `docs/formats/registry.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    #[serde(default)]
    format: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    version: u64,
    /// The page that describes it, relative to the root.
    doc: String,
    #[serde(default)]
    golden: Vec<golden::File>,
    /// No code speaks it any more; page and golden files stay.
    #[serde(default)]
    retired: bool,
}

impl Registry {
    fn load(root: &Path) -> Result<(Self, String), Finding> {
        let (text, registry) = required_toml(root, REGISTRY, CHECK)?;
        Ok((registry, text))
    }
}

type Key = (String, u64);

/// Checks the formats below `root`.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    match Registry::load(root) {
        Ok((registry, text)) => inspect(root, &registry, &text),
        Err(finding) => vec![finding],
    }
}

/// Every registered version, as `name version`.
pub(crate) fn registered(root: &Path, check: &'static str) -> Result<BTreeSet<String>, Finding> {
    let (registry, _) = Registry::load(root).map_err(|finding| Finding { check, ..finding })?;
    Ok(registry.format.iter().map(|entry| format!("{} {}", entry.name, entry.version)).collect())
}

/// Records the hashes of golden files that have none yet.
pub(crate) fn write(root: &Path) -> Result<(), Finding> {
    golden::record(root)
}

fn inspect(root: &Path, registry: &Registry, text: &str) -> Vec<Finding> {
    let tree = Tree::open(root);
    let (declared, mut findings) = declared(&tree);
    let lines: Vec<usize> = entry_lines(text).take(registry.format.len()).collect();
    let mut registered: BTreeMap<Key, usize> = BTreeMap::new();
    for (entry, line) in registry.format.iter().zip(lines.iter().copied()) {
        let (name, version) = (&entry.name, entry.version);
        let key = (name.clone(), version);
        if !entry.retired && !declared.contains_key(&key) {
            findings.push(NO_CONSTANT.at(
                REGISTRY,
                line,
                format!("no constant declares `{name}` version {version}"),
            ));
        }
        if let Some(first) = registered.insert(key, line) {
            let message =
                format!("`{name}` version {version} is already registered at line {first}");
            findings.push(DUPLICATE.at(REGISTRY, line, message));
        }
        findings.extend(page(&tree, entry, line));
        findings.extend(golden::inspect(root, entry, line));
    }
    findings.extend(golden::unregistered(&tree, registry));
    findings.extend(golden::not_reopened(&tree, registry, &lines));
    for (key, constant) in declared.iter().filter(|(key, _)| !registered.contains_key(key)) {
        let message = format!("`{}` version {} is not registered", key.0, key.1);
        findings.push(UNREGISTERED.at(&constant.path, constant.line, message));
    }
    findings
}

/// The formats that the source declares.
fn declared(tree: &Tree) -> (BTreeMap<Key, Constant>, Vec<Finding>) {
    let mut declared: BTreeMap<Key, Constant> = BTreeMap::new();
    let mut findings = Vec::new();
    for loaded in tree.product_sources().filter_map(|path| Source::load(tree, path, CHECK)) {
        let source = match loaded {
            Ok(source) => source,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        for constant in
            constants::find(&source, "Format").into_iter().filter(|found| found.name.is_some())
        {
            let (path, line) = (constant.path.clone(), constant.line);
            let [Argument::Text(name), Argument::Number(version)] = constant.arguments.as_slice()
            else {
                findings.push(SHAPE.at(
                    &path,
                    line,
                    "a format is not built from a name and a version, both literal",
                ));
                continue;
            };
            if let Some(first) = declared.insert((name.clone(), *version), constant.clone()) {
                let message = format!(
                    "`{name}` version {version} is already declared at {}:{}",
                    first.path, first.line
                );
                findings.push(DUPLICATE.at(&path, line, message));
            }
        }
    }
    (declared, findings)
}

fn page(tree: &Tree, entry: &Entry, line: usize) -> Option<Finding> {
    let Entry { name, version, doc, .. } = entry;
    let Some(text) = tree.text(doc) else {
        return Some(NO_PAGE.at(REGISTRY, line, format!("`{doc}` of format `{name}` is missing")));
    };
    let names_version = Regex::new(&format!(r"(?i)\b(version\s+`?|v){version}\b"))
        .is_ok_and(|regex| regex.is_match(&text));
    (!names_version).then(|| {
        PAGE_VERSION.at(doc, 1, format!("the page does not name version {version} of `{name}`"))
    })
}

/// The line of each `[[format]]` header, in order.
fn entry_lines(text: &str) -> impl Iterator<Item = usize> {
    let headers = text.lines().enumerate().filter(|(_, line)| line.trim() == "[[format]]");
    headers.map(|(index, _)| index + 1).chain(std::iter::repeat(1))
}
