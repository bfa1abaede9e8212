//! Size, shape and banned words, by the figures and lists of `tidy.toml`.
//!
//! The list of over-long files may only shrink: an entry states the present length, and a file that
//! became shorter must lower it. Test files are exempt from the file length, from nothing else.

mod bans;
mod rust;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::source::Source;
use super::tree::{Tree, is_rust, required_toml};
use crate::finding::{Finding, Rule};

const CHECK: &str = "tidy";
const CONFIG: &str = "tidy.toml";
const RUST_FOLDERS: [&str; 5] = ["crates/", "xtask/", "tests/", "benches/", "fuzz/"];

const BAD_BAN: Rule = Rule::new(CHECK, "bad-ban", "correct the pattern in tidy.toml");
const STALE_ALLOWANCE: Rule =
    Rule::new(CHECK, "stale-allowance", "remove the entry from tidy.toml");

const FOLDER_LENGTH: Rule =
    Rule::new(CHECK, "folder-length", "move what only one crate needs to that crate");

/// Every rule of this check.
#[cfg(test)]
pub(crate) fn rules() -> Vec<Rule> {
    [&[BAD_BAN, STALE_ALLOWANCE, FOLDER_LENGTH], rust::RULES, bans::RULES].concat()
}

/// `tidy.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Path prefixes that are not checked.
    #[serde(default)]
    exclude: Vec<String>,
    size: Size,
    /// Over-long file to its present number of production lines.
    #[serde(default)]
    allowed_lines: BTreeMap<String, usize>,
    /// Folder to the production lines that all files below it may have together.
    #[serde(default)]
    folder_lines_max: BTreeMap<String, usize>,
    #[serde(default)]
    ban: Vec<bans::Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Size {
    file_lines_max: usize,
    file_lines_hard_max: usize,
    function_lines_max: usize,
}

/// Checks every tracked text file below `root`.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    inspect(root).unwrap_or_else(|finding| vec![finding])
}

fn inspect(root: &Path) -> Result<Vec<Finding>, Finding> {
    let (config_text, config): (_, Config) = required_toml(root, CONFIG, CHECK)?;
    let (bans, mut findings) = bans::compile(&config.ban, &config_text);
    let tree = Tree::open(root);
    for path in config.allowed_lines.keys().filter(|path| !tree.files.contains(path)) {
        let line = super::manifest::line_with(&config_text, path);
        findings.push(STALE_ALLOWANCE.at(CONFIG, line, format!("`{path}` does not exist")));
    }
    let included = |path: &&String| !config.exclude.iter().any(|prefix| path.starts_with(prefix));
    let mut sources = Vec::new();
    for path in tree.files.iter().filter(included) {
        let Some(text) = tree.text(path) else { continue };
        findings.extend(bans::in_text(&bans, path, &text));
        if is_rust(path) && RUST_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
            match Source::load(&tree, path, CHECK) {
                Some(Ok(source)) => sources.push(source),
                Some(Err(finding)) => findings.push(finding),
                None => {}
            }
        }
    }
    for source in &sources {
        findings.extend(rust::inspect(&config, source));
        findings.extend(bans::in_source(&bans, source));
    }
    findings.extend(folder_lengths(&config, &sources));
    Ok(findings)
}

fn folder_lengths(config: &Config, sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, max) in &config.folder_lines_max {
        let below = sources.iter().filter(|source| source.path.starts_with(folder));
        let lines: usize = below.map(Source::production_lines).sum();
        if lines > *max {
            let message = format!("{lines} production lines in all, at most {max} allowed");
            findings.push(FOLDER_LENGTH.at(folder, 1, message));
        }
    }
    findings
}
