//! Golden files: bytes written once, whose hash is recorded once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::super::tree::{Tree, is_rust, is_test_file, unreadable};
use super::{CHECK, Entry, REGISTRY, Registry};
use crate::digest;
use crate::finding::{Finding, Rule};

const FOLDER: &str = "docs/formats/golden/";

#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"["/]([A-Za-z0-9._-]+)""#).unwrap());

const NO_GOLDEN: Rule =
    Rule::new(CHECK, "no-golden", "let a test write the bytes once, and commit the file");
const NO_HASH: Rule = Rule::new(CHECK, "no-hash", "run `cargo xtask verify formats --write`");
const HASH: Rule = Rule::new(
    CHECK,
    "hash",
    "restore the file; if the format changed, bump its version and add a new golden file",
);
const STRAY: Rule =
    Rule::new(CHECK, "stray", "list the file under its format in docs/formats/registry.toml");

const NOT_REOPENED: Rule = Rule::new(
    CHECK,
    "not-reopened",
    "let a test read the file by its name and compare, as tests/scenarios/golden.rs does",
);

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] = &[NO_GOLDEN, NO_HASH, HASH, STRAY, NOT_REOPENED];

/// One golden file of a format.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Relative to the root.
    pub(super) file: String,
    /// Lower-case hexadecimal; absent until recorded.
    #[serde(default)]
    sha256: Option<String>,
}

/// Compares the golden files of one entry with their recorded hashes.
pub(super) fn inspect(root: &Path, entry: &Entry, line: usize) -> Vec<Finding> {
    if entry.golden.is_empty() {
        let message = format!("`{}` version {} has no golden file", entry.name, entry.version);
        return vec![NO_GOLDEN.at(REGISTRY, line, message)];
    }
    let judge = |golden: &File| {
        let Ok(found) = digest::of_file(&root.join(&golden.file)) else {
            return Some(NO_GOLDEN.at(REGISTRY, line, format!("`{}` is missing", golden.file)));
        };
        match &golden.sha256 {
            None => {
                Some(NO_HASH.at(REGISTRY, line, format!("`{}` has no recorded hash", golden.file)))
            }
            Some(recorded) if *recorded != found => Some(HASH.at(
                &golden.file,
                1,
                format!("expected SHA-256 `{recorded}`, found `{found}`"),
            )),
            Some(_) => None,
        }
    };
    entry.golden.iter().filter_map(judge).collect()
}

/// Golden files that no entry lists.
pub(super) fn unregistered(tree: &Tree, registry: &Registry) -> Vec<Finding> {
    let listed = |path: &str| {
        registry.format.iter().flat_map(|entry| &entry.golden).any(|golden| golden.file == path)
    };
    let stray = tree.files.iter().filter(|path| path.starts_with(FOLDER) && !listed(path));
    stray.map(|path| STRAY.at(path, 1, "no format lists this golden file")).collect()
}

/// Golden files that no test names: nobody knows whether today's code still opens them.
pub(super) fn not_reopened(tree: &Tree, registry: &Registry, lines: &[usize]) -> Vec<Finding> {
    let named = names_in_tests(tree);
    let is_named =
        |golden: &File| named.contains(golden.file.rsplit('/').next().unwrap_or_default());
    let entries = registry.format.iter().zip(lines);
    let unread = entries.flat_map(|(entry, line)| {
        entry.golden.iter().filter(|golden| !is_named(golden)).map(move |golden| (golden, line))
    });
    let report = |(golden, line): (&File, &usize)| {
        NOT_REOPENED.at(REGISTRY, *line, format!("no test opens `{}`", golden.file))
    };
    unread.map(report).collect()
}

/// Every name of a file at the end of a text in a test; a module `golden` is one.
fn names_in_tests(tree: &Tree) -> BTreeSet<String> {
    let is_test = |path: &&String| {
        is_rust(path)
            && (is_test_file(path) || path.ends_with("/golden.rs"))
            && !path.starts_with("xtask/")
    };
    let texts = tree.files.iter().filter(is_test).filter_map(|path| tree.text(path));
    let mut names = BTreeSet::new();
    for text in texts {
        let found = NAME.captures_iter(&text).filter_map(|found| found.get(1));
        names.extend(found.map(|name| name.as_str().to_owned()));
    }
    names
}

/// Adds the hash to every listed file that has none. The registry keeps its comments and order:
/// the hash is inserted behind the file's name.
pub(super) fn record(root: &Path) -> Result<(), Finding> {
    let (registry, mut text) = Registry::load(root)?;
    let missing = registry
        .format
        .iter()
        .flat_map(|entry| &entry.golden)
        .filter(|golden| golden.sha256.is_none());
    for golden in missing {
        let Ok(found) = digest::of_file(&root.join(&golden.file)) else { continue };
        let outside_comment =
            format!(r#"(?m)^([^#\n]*\bfile\s*=\s*"{}")"#, regex::escape(&golden.file));
        if let Ok(place) = Regex::new(&outside_comment) {
            text = place.replace(&text, format!("${{1}}, sha256 = \"{found}\"")).into_owned();
        }
    }
    let _: Registry = toml::from_str(&text).map_err(|error| {
        let finding = unreadable(CHECK, REGISTRY, &error);
        finding.remedy("write golden files inline: `golden = [{ file = \"…\" }]`, each listed once")
    })?;
    fs::write(root.join(REGISTRY), text).map_err(|error| unreadable(CHECK, REGISTRY, &error))
}
