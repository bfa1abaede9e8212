//! The documents: links lead somewhere, commands exist, records have their shape.
//!
//! The page of error codes is held to the source by `codes`; here is what no other check reads. Trees
//! that are wrong on purpose (`xtask/fixtures/`) are left out.

mod adr;
mod changelog;
mod commands;
mod links;
mod markdown;

use std::path::Path;

use toml::{Table, Value};

use super::manifest::line_of;
use super::tree::{Tree, required_toml};
use super::workspace;
use crate::finding::{Finding, Rule};
use markdown::Page;

const CHECK: &str = "docs";

const DESCRIPTION: Rule =
    Rule::new(CHECK, "description", "say in one line under [package] what the crate is");

/// Every rule of this check.
#[cfg(test)]
pub(crate) fn rules() -> Vec<Rule> {
    [&[DESCRIPTION], links::RULES, commands::RULES, adr::RULES, changelog::RULES].concat()
}

/// Checks every page below `root`.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    inspect(root).unwrap_or_else(|finding| vec![finding])
}

fn inspect(root: &Path) -> Result<Vec<Finding>, Finding> {
    let tree = Tree::open(root);
    let wanted = |path: &&String| path.ends_with(".md") && !path.starts_with("xtask/fixtures/");
    let pages = tree.files.iter().filter(wanted);
    let pages: Vec<Page> =
        pages.filter_map(|path| Some(Page::parse(path, &tree.text(path)?))).collect();
    let mut findings = descriptions(root)?;
    findings.extend(links::inspect(root, &pages));
    findings.extend(commands::inspect(&tree, &pages)?);
    findings.extend(adr::inspect(&pages));
    findings.extend(changelog::inspect(root, &pages)?);
    Ok(findings)
}

fn descriptions(root: &Path) -> Result<Vec<Finding>, Finding> {
    let mut findings = Vec::new();
    for folder in workspace::member_folders(root, CHECK)? {
        let path = format!("{folder}/Cargo.toml");
        let (text, manifest): (_, Table) = required_toml(root, &path, CHECK)?;
        let described = manifest.get("package").and_then(|package| package.get("description"));
        if described.and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
            let line = line_of(&text, "package", "name");
            findings.push(DESCRIPTION.at(&path, line, "the crate has no description"));
        }
    }
    Ok(findings)
}
