//! Modules that only some crates may name: what decides cannot reach what advises.
//!
//! `[modules]` of `layers.toml` gives a path such as `engines::advisory` and the crates that may name it.
//! No other crate that depends on the owner has the module's name in its code at all, wherever a path may
//! start, so that no alias or re-export gets around it. In the owner itself only the module, and the line
//! that declares it, may have it.

use std::path::Path;

use cargo_metadata::Metadata;
use proc_macro2::{TokenStream, TokenTree};

use super::{BAD_TABLE, CHECK, MODULE, TABLE, Table};
use crate::finding::Finding;
use crate::verify::manifest::line_with;
use crate::verify::source::Source;
use crate::verify::tree::Tree;

/// Every place that names a module it may not name.
pub(super) fn check(root: &Path, text: &str, table: &Table, metadata: &Metadata) -> Vec<Finding> {
    let tree = Tree::open(root);
    let mut findings = Vec::new();
    for (path, allowed) in &table.modules {
        let Some(module) = Module::of(path).filter(|module| tree.text(&module.file()).is_some())
        else {
            let message = format!("`{path}` is no module of a crate");
            findings.push(BAD_TABLE.at(TABLE, line_with(text, path), message));
            continue;
        };
        let barred: Vec<&str> = dependents(metadata, &module.owner)
            .filter(|name| table.layer(name).is_some() && !allowed.iter().any(|one| one == name))
            .collect();
        for place in tree.product_sources() {
            let krate = place.split('/').nth(1).unwrap_or_default();
            if barred.contains(&krate) || (krate == module.owner && !module.holds(place)) {
                findings.extend(module.named_in(&tree, place));
            }
        }
    }
    findings
}

/// The workspace crates that depend on `owner`.
fn dependents<'a>(metadata: &'a Metadata, owner: &'a str) -> impl Iterator<Item = &'a str> {
    metadata
        .workspace_packages()
        .into_iter()
        .filter(move |package| package.dependencies.iter().any(|one| one.name == owner))
        .map(|package| package.name.as_str())
}

struct Module {
    /// The crate that has it.
    owner: String,
    name: String,
}

impl Module {
    fn of(path: &str) -> Option<Self> {
        let (owner, name) = path.split_once("::")?;
        Some(Self { owner: owner.replace('_', "-"), name: name.to_owned() })
    }

    fn file(&self) -> String {
        format!("crates/{}/src/{}.rs", self.owner, self.name)
    }

    fn holds(&self, place: &str) -> bool {
        let folder = self.file().replace(".rs", "/");
        place == self.file() || place.starts_with(&folder)
    }

    fn named_in(&self, tree: &Tree, place: &str) -> Vec<Finding> {
        let source = match Source::load(tree, place, CHECK) {
            Some(Ok(source)) => source,
            Some(Err(finding)) => return vec![finding],
            None => return Vec::new(),
        };
        let mut lines = Vec::new();
        self.find(source.tokens, &mut lines);
        let message = format!("`{}` of `{}` is named here", self.name, self.owner);
        lines.into_iter().map(|line| MODULE.at(place, line, message.clone())).collect()
    }

    /// Lines of the name, but for the declaration of the module.
    fn find(&self, tokens: TokenStream, lines: &mut Vec<usize>) {
        let mut declares = false;
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.find(group.stream(), lines),
                TokenTree::Ident(ident) => {
                    if ident == self.name.as_str() && !declares {
                        lines.push(ident.span().start().line);
                    }
                    declares = ident == "mod";
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => declares = false,
            }
        }
    }
}
