//! The public surface of the crates that others import alone: a snapshot under `docs/api/`.
//!
//! 1. `layers.toml` says which crates have one (`snapshots`).
//! 2. The surface is read from the source, one sorted line for each public path.
//! 3. A line that comes or goes is a finding; `--write` makes it the new surface, in the same commit as the
//!    line of CHANGELOG.md that says who is affected.

mod modules;
mod render;
mod surface;

use std::collections::BTreeMap;
use std::path::Path;

use super::layers::Table;
use super::tree::{Tree, unreadable};
use crate::finding::{Finding, Rule};
use surface::Place;

const CHECK: &str = "api";
const FOLDER: &str = "docs/api";

const MISSING: Rule = Rule::new(CHECK, "missing", "run `cargo xtask verify api --write`");
const ADDED: Rule = Rule::new(
    CHECK,
    "added",
    "make it private, or run `cargo xtask verify api --write` and add a line to CHANGELOG.md",
);
const GONE: Rule = Rule::new(
    CHECK,
    "gone",
    "bring it back, or run `cargo xtask verify api --write` and say in CHANGELOG.md who is affected",
);
const STRAY: Rule = Rule::new(
    CHECK,
    "stray",
    "list the crate under `snapshots` in layers.toml, or remove the file",
);

/// Every rule of this check.
#[cfg(test)]
pub(crate) const RULES: &[Rule] = &[MISSING, ADDED, GONE, STRAY];

/// Compares every snapshot below `root` with the source.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let table = match Table::load(root, CHECK) {
        Ok(table) => table,
        Err(finding) => return vec![finding],
    };
    let tree = Tree::open(root);
    let mut findings = strays(&tree, &table.snapshots);
    for name in &table.snapshots {
        match surface::read(&tree, name) {
            Ok(surface) => findings.extend(compare(&tree, name, &surface)),
            Err(finding) => findings.push(finding),
        }
    }
    findings
}

/// Makes what the source says the snapshot.
pub(crate) fn write(root: &Path) -> Result<(), Finding> {
    let table = Table::load(root, CHECK)?;
    let tree = Tree::open(root);
    for name in &table.snapshots {
        let text: String =
            surface::read(&tree, name)?.keys().map(|line| format!("{line}\n")).collect();
        let path = snapshot(name);
        let whole = root.join(&path);
        let folder = whole.parent().map_or(Ok(()), std::fs::create_dir_all);
        folder
            .and_then(|()| std::fs::write(&whole, text))
            .map_err(|error| unreadable(CHECK, &path, &error))?;
    }
    Ok(())
}

fn snapshot(name: &str) -> String {
    format!("{FOLDER}/{name}.txt")
}

fn strays(tree: &Tree, names: &[String]) -> Vec<Finding> {
    let known = |path: &String| names.iter().any(|name| snapshot(name) == *path);
    // Other documents about interfaces, of HTTP for one, stand in the folder too.
    let is_snapshot = |path: &&String| path.starts_with("docs/api/") && path.ends_with(".txt");
    let files = tree.files.iter().filter(is_snapshot).filter(|path| !known(path));
    files.map(|path| STRAY.at(path, 1, "no crate has this snapshot")).collect()
}

fn compare(tree: &Tree, name: &str, surface: &BTreeMap<String, Place>) -> Vec<Finding> {
    let path = snapshot(name);
    let Some(text) = tree.text(&path) else {
        return vec![MISSING.at(&path, 1, format!("`{name}` has no snapshot"))];
    };
    let recorded: BTreeMap<&str, usize> = text.lines().zip(1..).collect();
    let added = surface.iter().filter(|(line, _)| !recorded.contains_key(line.as_str()));
    let added = added.map(|(line, place)| {
        ADDED.at(&place.file, place.line, format!("not in the snapshot: `{line}`"))
    });
    let gone = recorded.iter().filter(|(line, _)| !surface.contains_key(**line));
    let gone = gone.map(|(line, at)| GONE.at(&path, *at, format!("no longer public: `{line}`")));
    added.chain(gone).collect()
}
