//! The files a check looks at: what git tracks or would track.
//!
//! Build output and editor leavings are therefore never checked. Outside a repository (a source
//! archive, a test folder) every file counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::finding::{Finding, Rule};

/// A folder and the files in it.
pub(crate) struct Tree {
    root: PathBuf,
    /// Paths relative to the root, with `/`, sorted.
    pub(crate) files: Vec<String>,
}

impl Tree {
    /// Lists the files below `root`.
    pub(crate) fn open(root: &Path) -> Self {
        let mut files = git_files(root).unwrap_or_else(|| walk(root));
        files.sort();
        files.dedup();
        Self { root: root.to_path_buf(), files }
    }

    /// The content of a text file; `None` for one that is gone or is not UTF-8.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    /// The sources of the product: `crates/<crate>/src/**/*.rs`, without test files.
    pub(crate) fn product_sources(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str).filter(|path| {
            let mut parts = path.split('/');
            parts.next() == Some("crates")
                && parts.nth(1) == Some("src")
                && is_rust(path)
                && !is_test_file(path)
        })
    }
}

/// Whether the path names a Rust source.
pub(crate) fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// Whether the file holds only tests or benches: by its name or by a folder above it.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

/// Reads a file that a check cannot do without.
pub(crate) fn required(root: &Path, path: &str, check: &'static str) -> Result<String, Finding> {
    fs::read_to_string(root.join(path)).map_err(|error| unreadable(check, path, &error))
}

/// Reads a TOML file that a check cannot do without: its text, and what it says.
pub(crate) fn required_toml<T: serde::de::DeserializeOwned>(
    root: &Path,
    path: &str,
    check: &'static str,
) -> Result<(String, T), Finding> {
    let text = required(root, path, check)?;
    let said = toml::from_str(&text).map_err(|error| unreadable(check, path, &error))?;
    Ok((text, said))
}

/// The finding for a file that a check needs and cannot use.
pub(crate) fn unreadable(
    check: &'static str,
    path: &str,
    error: &dyn std::fmt::Display,
) -> Finding {
    let rule = Rule::new(check, "unreadable", "restore or correct the file; the check needs it");
    let first_line = error.to_string().lines().next().unwrap_or_default().to_owned();
    rule.at(path, 1, format!("cannot be used: {first_line}"))
}

fn git_files(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .arg("-C")
        .arg(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .ok()?;
    let listed = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| {
        let paths = listed.split_terminator('\0').map(str::to_owned);
        paths.filter(|path| root.join(path).is_file()).collect()
    })
}

fn walk(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && entry.file_name() != "target" => folders.push(path),
                Ok(kind) if kind.is_file() => files.extend(path.to_str().map(str::to_owned)),
                _ => {}
            }
        }
    }
    files
}
