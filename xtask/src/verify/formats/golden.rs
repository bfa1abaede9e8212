//! Golden files: bytes written once, whose hash is recorded once.

use std::fs;
use std::path::Path;

use regex::Regex;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::super::tree::{Tree, unreadable};
use super::{CHECK, Entry, REGISTRY, Registry};
use crate::finding::{Finding, Rule};

const FOLDER: &str = "docs/formats/golden/";

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

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] = &[NO_GOLDEN, NO_HASH, HASH, STRAY];

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
        let Ok(found) = hash(root, &golden.file) else {
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
        let Ok(found) = hash(root, &golden.file) else { continue };
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

fn hash(root: &Path, path: &str) -> std::io::Result<String> {
    let bytes = fs::read(root.join(path))?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
