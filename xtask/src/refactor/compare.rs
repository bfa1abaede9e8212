//! What a plan must not lose: the tree now against the tree before the first step.
//!
//! The tree before is the one now with the before-images of the journal in place of what steps touched.
//! Every comment must still be there, as often as before, and every public path must still lead somewhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::apply::Project;
use super::source::tokens::{self, TokenKind};
use super::source::tree::{Module, Tree};
use super::source::{Item, Kind, SourceFile, comments};
use crate::finding::{Finding, Rule};

const LOST_COMMENT: Rule =
    Rule::new("refactor", "lost-comment", "put it back, or undo the step that dropped it");
const LOST_PATH: Rule =
    Rule::new("refactor", "lost-path", "keep a re-export in the old place: `shim = \"pub use\"`");
/// Longest chain of public modules and re-exports that is followed.
const DEPTH_MAX: usize = 12;

/// What was compared, and what is gone.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    /// Comments before.
    pub(crate) comments: usize,
    /// Public paths before.
    pub(crate) paths: usize,
    /// Public paths that are new.
    pub(crate) new_paths: Vec<String>,
    /// What is gone.
    pub(crate) findings: Vec<Finding>,
}

/// Compares all crates of the package.
pub(crate) fn compare(project: &Project) -> Result<Comparison, Finding> {
    let before_images = project.journal.before_images();
    let folder = &project.package.folder;
    let now = |path: &str| std::fs::read_to_string(folder.join(path)).ok();
    let before = |path: &str| match before_images.get(path) {
        Some(image) => image.clone(),
        None => now(path),
    };
    let mut result =
        Comparison { comments: 0, paths: 0, new_paths: Vec::new(), findings: Vec::new() };
    let mut old_files = BTreeMap::new();
    let mut new_files = BTreeMap::new();
    for (at, root) in project.package.roots.iter().enumerate() {
        let old = Tree::load_with(root, &before)?;
        let new = Tree::load_with(root, &now)?;
        if at == 0 {
            let (old_paths, new_paths) = (public_paths(&old), public_paths(&new));
            result.paths = old_paths.len();
            result.new_paths = new_paths.difference(&old_paths).cloned().collect();
            for path in old_paths.difference(&new_paths) {
                result.findings.push(LOST_PATH.at(root, 1, format!("`{path}` is gone")));
            }
        }
        old_files.extend(old.files);
        new_files.extend(new.files);
    }
    let (old, new) = (all_comments(&old_files), all_comments(&new_files));
    result.comments = old.values().map(|(count, _)| count).sum();
    for (text, (count, file)) in &old {
        let left = new.get(text).map_or(0, |(count, _)| *count);
        if left < *count {
            let first = text.lines().next().unwrap_or_default();
            let message = format!("{count} times before, {left} times now: {first}");
            result.findings.push(LOST_COMMENT.at(file, 1, message));
        }
    }
    Ok(result)
}

/// Each comment, how often it is there, and a file that has it. Indentation and the targets of links do
/// not count: moves change them.
fn all_comments(files: &BTreeMap<String, SourceFile>) -> BTreeMap<String, (usize, String)> {
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for (path, file) in files {
        let mut at = 0;
        let mut texts: Vec<String> = Vec::new();
        for token in tokens::of_text(&file.text) {
            for range in comments::in_gap(&file.text, at..token.range.start.max(at)) {
                texts.extend(file.text.get(range).map(str::to_owned));
            }
            if token.kind == TokenKind::Doc {
                texts.push(token.text.clone());
            }
            at = at.max(token.range.end);
        }
        for range in comments::in_gap(&file.text, at..file.text.len()) {
            texts.extend(file.text.get(range).map(str::to_owned));
        }
        for text in texts {
            let entry = found.entry(plain(&text)).or_insert((0, path.clone()));
            entry.0 += 1;
        }
    }
    found
}

/// Lines without indentation, links without targets.
fn plain(comment: &str) -> String {
    let mut text: String = comment.lines().map(|line| format!("{}\n", line.trim())).collect();
    while let Some(at) = text.find("](") {
        let end =
            text.get(at..).and_then(|rest| rest.find(')')).map_or(text.len(), |end| at + end + 1);
        text.replace_range(at + 1..end, "");
    }
    text
}

/// Every path by which another crate can name something.
fn public_paths(tree: &Tree) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(root) = tree.of_path(&[]) {
        below(tree, root, &[], 0, &mut found);
    }
    for file in tree.files.values() {
        let exported = file.items.iter().filter(|item| {
            item.kind == Kind::Macro && item.has_attribute(&file.text, "macro_export")
        });
        found.extend(exported.map(|item| format!("{}!", item.name)));
    }
    found
}

fn below(
    tree: &Tree,
    module: &Module,
    shown: &[String],
    depth: usize,
    found: &mut BTreeSet<String>,
) {
    let public = |item: &&Item| item.visibility.written == "pub";
    for item in tree.items(module).iter().filter(public) {
        if item.kind.is_named() {
            let path = extended(&module.path, &item.name);
            add(tree, &path, &extended(shown, &item.name), depth, found);
        }
        for leaf in &item.uses {
            let target = tree.absolute(&module.path, &leaf.path);
            match (leaf.is_glob(), target) {
                (false, Some(target)) => {
                    add(tree, &target, &extended(shown, &leaf.name), depth, found);
                }
                (false, None) => {
                    found.insert(extended(shown, &leaf.name).join("::"));
                }
                (true, Some(target)) if depth < DEPTH_MAX => {
                    if let Some(inner) = tree.of_path(&target) {
                        below(tree, inner, shown, depth + 1, found);
                    }
                }
                (true, _) => {}
            }
        }
    }
}

/// One name; everything below it when it is a module.
fn add(
    tree: &Tree,
    target: &[String],
    shown: &[String],
    depth: usize,
    found: &mut BTreeSet<String>,
) {
    found.insert(shown.join("::"));
    if let Some(module) = tree.of_path(target).filter(|_| depth < DEPTH_MAX) {
        below(tree, module, shown, depth + 1, found);
    }
}

fn extended(path: &[String], name: &str) -> Vec<String> {
    path.iter().cloned().chain([name.to_owned()]).collect()
}
