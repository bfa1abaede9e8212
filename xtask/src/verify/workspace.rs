//! Manifests say everything once, at the root, and the files a workspace needs are there.
//!
//! Reads the TOML itself rather than `cargo metadata`: metadata shows what was inherited, not that it
//! was inherited.

mod member;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::manifest::line_of;
use super::tree::required_toml;
use crate::finding::{Finding, Rule};

const CHECK: &str = "workspace";
const ROOT_MANIFEST: &str = "Cargo.toml";
const TOOLCHAIN: &str = "rust-toolchain.toml";
const ARCHITECTURE_LINES_MAX: usize = 300;
const REQUIRED_FILES: [&str; 11] = [
    ".ci/run",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "layers.toml",
    TOOLCHAIN,
];

const RESOLVER: Rule = Rule::new(CHECK, "resolver", "set `resolver = \"3\"` under [workspace]");
const UNSAFE: Rule =
    Rule::new(CHECK, "unsafe", "set `unsafe_code = \"forbid\"` under [workspace.lints.rust]");
const MISSING_FILE: Rule =
    Rule::new(CHECK, "missing-file", "write the file; every workspace has it");
const NOT_EXECUTABLE: Rule = Rule::new(CHECK, "not-executable", "run `chmod +x` on it");
const TOO_LONG: Rule = Rule::new(CHECK, "too-long", "move details to the crates' own pages");
const TOOLCHAIN_DIFFERS: Rule = Rule::new(
    CHECK,
    "toolchain",
    "let `channel` in rust-toolchain.toml begin with `rust-version` of the root",
);
const UNUSED_DEPENDENCY: Rule =
    Rule::new(CHECK, "unused-dependency", "remove the line from [workspace.dependencies]");

/// Every rule of this check.
#[cfg(test)]
pub(crate) fn rules() -> Vec<Rule> {
    let own = [
        RESOLVER,
        UNSAFE,
        MISSING_FILE,
        NOT_EXECUTABLE,
        TOO_LONG,
        TOOLCHAIN_DIFFERS,
        UNUSED_DEPENDENCY,
    ];
    [&own, member::RULES].concat()
}

/// Checks the manifests and the required files below `root`.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let mut findings = files(root);
    match inspect(root) {
        Ok(found) => findings.extend(found),
        Err(finding) => findings.push(finding),
    }
    findings
}

fn files(root: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in REQUIRED_FILES.into_iter().filter(|file| !root.join(file).is_file()) {
        findings.push(MISSING_FILE.at(file, 1, format!("`{file}` is missing")));
    }
    if root.join(".ci/run").is_file() && !is_executable(&root.join(".ci/run")) {
        findings.push(NOT_EXECUTABLE.at(".ci/run", 1, "the file is not executable"));
    }
    let lines =
        fs::read_to_string(root.join("ARCHITECTURE.md")).map_or(0, |text| text.lines().count());
    if lines > ARCHITECTURE_LINES_MAX {
        let message = format!("{lines} lines, at most {ARCHITECTURE_LINES_MAX} allowed");
        findings.push(TOO_LONG.at("ARCHITECTURE.md", ARCHITECTURE_LINES_MAX + 1, message));
    }
    findings
}

fn inspect(root: &Path) -> Result<Vec<Finding>, Finding> {
    let (text, manifest): (_, Table) = required_toml(root, ROOT_MANIFEST, CHECK)?;
    let mut findings = Vec::new();
    if text_at(&manifest, &["workspace", "resolver"]) != Some("3") {
        let line = line_of(&text, "workspace", "resolver");
        findings.push(RESOLVER.at(ROOT_MANIFEST, line, "the resolver is not `3`"));
    }
    if text_at(&manifest, &["workspace", "lints", "rust", "unsafe_code"]) != Some("forbid") {
        let line = line_of(&text, "workspace.lints.rust", "unsafe_code");
        findings.push(UNSAFE.at(ROOT_MANIFEST, line, "`unsafe_code` is not `forbid`"));
    }
    findings.extend(toolchain(root, &manifest));
    let mut used = BTreeSet::new();
    let lints = at(&manifest, &["workspace", "lints"]).and_then(Value::as_table);
    let lints = lints.cloned().unwrap_or_default();
    for folder in members(root, &manifest) {
        let member = member::inspect(root, &folder, &lints)?;
        findings.extend(member.findings);
        used.extend(member.dependencies);
    }
    let declared = at(&manifest, &["workspace", "dependencies"]).and_then(Value::as_table);
    for name in declared.into_iter().flat_map(Table::keys).filter(|name| !used.contains(*name)) {
        let line = line_of(&text, "workspace.dependencies", name);
        findings.push(UNUSED_DEPENDENCY.at(
            ROOT_MANIFEST,
            line,
            format!("no member uses `{name}`"),
        ));
    }
    Ok(findings)
}

fn toolchain(root: &Path, manifest: &Table) -> Option<Finding> {
    let text = fs::read_to_string(root.join(TOOLCHAIN)).ok()?;
    let channel = toml::from_str::<Table>(&text).ok();
    let channel = channel
        .as_ref()
        .and_then(|table| text_at(table, &["toolchain", "channel"]))
        .unwrap_or_default();
    let version = text_at(manifest, &["workspace", "package", "rust-version"]).unwrap_or_default();
    let same =
        channel.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    (!same || version.is_empty()).then(|| {
        let line = line_of(&text, "toolchain", "channel");
        TOOLCHAIN_DIFFERS.at(
            TOOLCHAIN,
            line,
            format!("channel `{channel}` is not of rust-version `{version}`"),
        )
    })
}

/// The member folders of the workspace at `root`.
pub(crate) fn member_folders(root: &Path, check: &'static str) -> Result<Vec<String>, Finding> {
    let (_, manifest) = required_toml(root, ROOT_MANIFEST, check)?;
    Ok(members(root, &manifest))
}

/// The member folders, with `folder/*` resolved.
fn members(root: &Path, manifest: &Table) -> Vec<String> {
    let patterns = at(manifest, &["workspace", "members"]).and_then(Value::as_array);
    let mut folders = BTreeSet::new();
    for pattern in patterns.into_iter().flatten().filter_map(Value::as_str) {
        let Some(parent) = pattern.strip_suffix("/*") else {
            folders.insert(pattern.to_owned());
            continue;
        };
        for entry in fs::read_dir(root.join(parent)).into_iter().flatten().flatten() {
            if entry.path().join("Cargo.toml").is_file() {
                folders.insert(format!("{parent}/{}", entry.file_name().to_string_lossy()));
            }
        }
    }
    folders.into_iter().collect()
}

fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}

fn text_at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a str> {
    at(table, path)?.as_str()
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const ANY_EXECUTE: u32 = 0o111;
    fs::metadata(path).is_ok_and(|data| data.permissions().mode() & ANY_EXECUTE != 0)
}

#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    true
}
