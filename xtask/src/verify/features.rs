//! Features of crates: few, additive, on the crate's page, and no surprise by default.
//!
//! Each feature doubles the builds that somebody may have. What one turns on may add names, never take
//! one away: cargo unites the features that all users of a crate ask for.

use std::collections::BTreeMap;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Visibility};
use toml::{Table, Value};

use super::manifest::line_of;
use super::source::Source;
use super::tree::{Tree, required_toml};
use super::workspace;
use crate::finding::{Finding, Rule};

const CHECK: &str = "features";
const FEATURES_MAX: usize = 3;
const NEGATIVE: [&str; 5] = ["no-", "no_", "without-", "disable-", "not-"];

const TOO_MANY: Rule =
    Rule::new(CHECK, "too-many", "merge or drop features: they add up to untested builds");
const NOT_ADDITIVE: Rule = Rule::new(
    CHECK,
    "not-additive",
    "let the feature add: name it for what it brings, and keep every public name without it",
);
const UNLISTED: Rule = Rule::new(
    CHECK,
    "unlisted",
    "say on the crate's page (`//!` of lib.rs) what the feature brings, with its name in backticks",
);
const DEFAULT: Rule = Rule::new(
    CHECK,
    "default",
    "let `default` name features of the crate alone, and say on its page which are on by default",
);

/// Every rule of this check.
#[cfg(test)]
pub(crate) const RULES: &[Rule] = &[TOO_MANY, NOT_ADDITIVE, UNLISTED, DEFAULT];

/// Checks the features of all members below `root`.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    inspect(root).unwrap_or_else(|finding| vec![finding])
}

fn inspect(root: &Path) -> Result<Vec<Finding>, Finding> {
    let tree = Tree::open(root);
    let mut findings = Vec::new();
    for folder in workspace::member_folders(root, CHECK)? {
        let path = format!("{folder}/Cargo.toml");
        let (text, manifest): (_, Table) = required_toml(root, &path, CHECK)?;
        let Some(features) = manifest.get("features").and_then(Value::as_table) else { continue };
        let page = page(&tree, &folder);
        findings.extend(declared(&path, &text, features, &page));
        findings.extend(default(&path, &text, features, &page));
        for file in tree.files.iter().filter(|file| file.starts_with(&format!("{folder}/src/"))) {
            if super::tree::is_rust(file) {
                findings.extend(taken_away(&tree, file));
            }
        }
    }
    Ok(findings)
}

/// The `//!` lines of the crate's root file.
fn page(tree: &Tree, folder: &str) -> String {
    let roots = ["lib.rs", "main.rs"].map(|name| format!("{folder}/src/{name}"));
    let text = roots.iter().find_map(|path| tree.text(path)).unwrap_or_default();
    text.lines().filter(|line| line.starts_with("//!")).map(|line| format!("{line}\n")).collect()
}

fn declared(path: &str, text: &str, features: &Table, page: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let names: Vec<&String> = features.keys().filter(|name| *name != "default").collect();
    if names.len() > FEATURES_MAX {
        let line = line_of(text, "features", "default");
        let message = format!("{} features, at most {FEATURES_MAX} allowed", names.len());
        findings.push(TOO_MANY.at(path, line, message));
    }
    for name in names {
        let line = line_of(text, "features", name);
        if NEGATIVE.iter().any(|start| name.starts_with(start)) {
            let message = format!("`{name}` names what it takes away");
            findings.push(NOT_ADDITIVE.at(path, line, message));
        }
        if !page.contains(&format!("`{name}`")) {
            findings.push(UNLISTED.at(path, line, format!("`{name}` is not on the crate's page")));
        }
    }
    findings
}

fn default(path: &str, text: &str, features: &Table, page: &str) -> Option<Finding> {
    let default = features.get("default")?.as_array()?;
    let line = line_of(text, "features", "default");
    let names: Vec<&str> = default.iter().filter_map(Value::as_str).collect();
    if let Some(name) = names.iter().find(|name| !features.contains_key(**name)) {
        let message = format!("`default` turns on `{name}`, which is no feature of the crate");
        return Some(DEFAULT.at(path, line, message));
    }
    let told = names.is_empty() || page.contains("default");
    (!told).then(|| DEFAULT.at(path, line, "the page does not say what is on by default"))
}

/// Public names that a build with more features does not have.
fn taken_away(tree: &Tree, file: &str) -> Vec<Finding> {
    // Parsing is what costs; few files have the words.
    if !tree.text(file).is_some_and(|text| text.contains("not(feature")) {
        return Vec::new();
    }
    let source = match Source::load(tree, file, CHECK) {
        Some(Ok(source)) => source,
        Some(Err(finding)) => return vec![finding],
        None => return Vec::new(),
    };
    let mut names = Names { found: BTreeMap::new() };
    names.visit_file(&source.file);
    let alone = names.found.into_iter().filter(|(_, seen)| !seen.with);
    alone
        .filter_map(|(name, seen)| {
            let message = format!("`{name}` is public only while a feature is off");
            Some(NOT_ADDITIVE.at(file, seen.without?, message))
        })
        .collect()
}

/// Whether a public name is there with the feature, and where it is only without.
#[derive(Default)]
struct Seen {
    with: bool,
    without: Option<usize>,
}

struct Names {
    found: BTreeMap<String, Seen>,
}

impl Names {
    fn note(&mut self, name: &syn::Ident, visibility: &Visibility, attributes: &[Attribute]) {
        if !matches!(visibility, Visibility::Public(_)) {
            return;
        }
        let seen = self.found.entry(name.to_string()).or_default();
        if attributes.iter().any(is_off) {
            seen.without.get_or_insert(name.span().start().line);
        } else {
            seen.with = true;
        }
    }
}

/// `#[cfg(not(feature = "…"))]`
fn is_off(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.meta.require_list().is_ok_and(|list| {
            let condition: String = list.tokens.to_string().split_whitespace().collect();
            condition.starts_with("not(feature=") && !condition.contains(',')
        })
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.note(&item.ident, &item.vis, &item.attrs);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.note(&item.ident, &item.vis, &item.attrs);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note(&item.sig.ident, &item.vis, &item.attrs);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.note(&item.ident, &item.vis, &item.attrs);
        visit::visit_item_mod(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.note(&item.ident, &item.vis, &item.attrs);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.note(&item.ident, &item.vis, &item.attrs);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.note(&item.ident, &item.vis, &item.attrs);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.sig.ident, &item.vis, &item.attrs);
    }
}
