//! The manifest of one member: everything inherited, named like its folder.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::super::manifest::line_of;
use super::super::tree::required_toml;
use super::{CHECK, at, text_at};
use crate::finding::{Finding, Rule};

const INHERITED_KEYS: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];
const DEPENDENCY_TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

const NOT_INHERITED: Rule =
    Rule::new(CHECK, "not-inherited", "write `<key>.workspace = true` under [package]");
const LINTS: Rule = Rule::new(CHECK, "lints", "add `[lints]` with `workspace = true`");
const ARGUED: Rule = Rule::new(
    CHECK,
    "argued-unsafe",
    "name an ADR under `package.metadata.pluto.unsafe`, and copy the workspace's lints with `unsafe_code = \"deny\"`",
);
const DEPENDENCY: Rule = Rule::new(
    CHECK,
    "dependency",
    "declare it under [workspace.dependencies]; write `<name>.workspace = true` here",
);
const NAME: Rule = Rule::new(CHECK, "name", "give the package and its folder the same name");
const TEST_BINARIES: Rule = Rule::new(
    CHECK,
    "test-binaries",
    "keep one `tests/<name>.rs` and make the others its modules: each binary links alone",
);

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] = &[NOT_INHERITED, LINTS, ARGUED, DEPENDENCY, NAME, TEST_BINARIES];

/// What one member says.
pub(super) struct Member {
    pub(super) findings: Vec<Finding>,
    /// Names of all its dependencies, of every kind and target.
    pub(super) dependencies: Vec<String>,
}

/// Checks the member in `folder`.
pub(super) fn inspect(root: &Path, folder: &str, lints: &Table) -> Result<Member, Finding> {
    let path = format!("{folder}/Cargo.toml");
    let (text, manifest): (_, Table) = required_toml(root, &path, CHECK)?;
    let mut findings = package(&path, &text, &manifest, folder);
    findings.extend(inherited_lints(root, &path, &text, &manifest, lints));
    findings.extend(test_binaries(root, folder));
    let mut dependencies = Vec::new();
    for (table, entries) in dependency_tables(&manifest) {
        for (name, value) in entries {
            if !is_inherited(value) {
                let line = line_of(&text, table, name);
                findings.push(DEPENDENCY.at(
                    &path,
                    line,
                    format!("`{name}` is not inherited from the workspace"),
                ));
            }
            dependencies.push(name.clone());
        }
    }
    Ok(Member { findings, dependencies })
}

fn package(path: &str, text: &str, manifest: &Table, folder: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for key in INHERITED_KEYS {
        if at(manifest, &["package", key, "workspace"]).and_then(Value::as_bool) != Some(true) {
            let line = line_of(text, "package", key);
            findings.push(NOT_INHERITED.at(
                path,
                line,
                format!("`{key}` is not inherited from the workspace"),
            ));
        }
    }
    let name = text_at(manifest, &["package", "name"]).unwrap_or_default();
    if let Some(expected) = folder.strip_prefix("crates/")
        && expected != name
    {
        let line = line_of(text, "package", "name");
        findings.push(NAME.at(path, line, format!("package `{name}` lies in folder `{expected}`")));
    }
    findings
}

/// A crate inherits the workspace's lints, or argues in an ADR for `unsafe` and has the others.
fn inherited_lints(
    root: &Path,
    path: &str,
    text: &str,
    manifest: &Table,
    lints: &Table,
) -> Option<Finding> {
    let Some(adr) = text_at(manifest, &["package", "metadata", "pluto", "unsafe"]) else {
        let inherited = at(manifest, &["lints", "workspace"]).and_then(Value::as_bool);
        let line = line_of(text, "lints", "workspace");
        let message = "the workspace's lints are not inherited";
        return (inherited != Some(true)).then(|| LINTS.at(path, line, message));
    };
    let line = line_of(text, "package.metadata.pluto", "unsafe");
    if !adr.starts_with("docs/adr/") || !root.join(adr).is_file() {
        return Some(ARGUED.at(path, line, format!("`{adr}` is no ADR")));
    }
    let mut wanted = lints.clone();
    if let Some(Value::Table(rust)) = wanted.get_mut("rust") {
        rust.insert("unsafe_code".to_owned(), Value::String("deny".to_owned()));
    }
    let own = manifest.get("lints").and_then(Value::as_table);
    let message = "its lints differ from the workspace's in more than `unsafe_code = \"deny\"`";
    (own != Some(&wanted)).then(|| ARGUED.at(path, line, message))
}

fn test_binaries(root: &Path, folder: &str) -> Option<Finding> {
    let tests = fs::read_dir(root.join(folder).join("tests")).ok()?;
    let mut names: Vec<String> =
        tests.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| super::super::tree::is_rust(name));
    names.sort();
    let second = names.get(1)?;
    let message = format!("{} integration test binaries, at most one allowed", names.len());
    Some(TEST_BINARIES.at(&format!("{folder}/tests/{second}"), 1, message))
}

fn dependency_tables(manifest: &Table) -> Vec<(&'static str, &Table)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let places: Vec<&Table> = std::iter::once(manifest).chain(targets).collect();
    let tables = places.into_iter().flat_map(|place| {
        DEPENDENCY_TABLES.into_iter().filter_map(|name| Some((name, place.get(name)?.as_table()?)))
    });
    tables.collect()
}

fn is_inherited(dependency: &Value) -> bool {
    let inherits = dependency.get("workspace").and_then(Value::as_bool) == Some(true);
    inherits && ["version", "path", "git"].iter().all(|key| dependency.get(key).is_none())
}
