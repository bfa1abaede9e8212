//! Commands that the pages show: the subcommand of `pluto` and of `cargo xtask` must exist.
//!
//! What exists is read from the enums that the command lines are made of. Options and arguments are
//! not checked, and neither is the roadmap: nothing on it works yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::super::source::Source;
use super::super::tree::Tree;
use super::CHECK;
use super::markdown::{At, Page};
use crate::finding::{Finding, Rule};

const COMMAND: Rule = Rule::new(CHECK, "command", "show a command that exists, see `--help`");

/// Every rule of this module.
#[cfg(test)]
pub(super) const RULES: &[Rule] = &[COMMAND];

#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static SHOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|\s|/)(pluto|cargo xtask) ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?(?:\s|$)").unwrap()
});

const ROADMAP: &str = "docs/ROADMAP.md";

/// The command lines: file of the enum `Command`, and where the enums below it are.
const PROGRAMS: [(&str, &str, &str); 2] = [
    ("pluto", "crates/pluto-node/src/cli.rs", "crates/pluto-node/src/cli"),
    ("cargo xtask", "xtask/src/main.rs", "xtask/src/"),
];

pub(super) fn inspect(tree: &Tree, pages: &[Page]) -> Result<Vec<Finding>, Finding> {
    let mut programs = BTreeMap::new();
    for (program, root, below) in PROGRAMS {
        programs.insert(program, Enums::read(tree, root, below)?);
    }
    let mut findings = Vec::new();
    for page in pages.iter().filter(|page| page.path != ROADMAP) {
        let lines = page.shell.iter().filter_map(shown_line);
        let spans = page.spans.iter().filter(|(_, span)| span.starts_with("cargo xtask "));
        for (line, text) in lines.chain(spans.cloned()) {
            let Some(found) = SHOWN.captures(&text) else { continue };
            let word = |at: usize| found.get(at).map(|part| part.as_str());
            let (Some(program), Some(first)) = (word(1), word(2)) else { continue };
            let Some(enums) = programs.get(program).filter(|enums| enums.root().is_some()) else {
                continue;
            };
            if let Some(strange) = enums.strange(first, word(3)) {
                let message = format!("`{program}` has no command `{strange}`");
                findings.push(COMMAND.at(&page.path, line, message));
            }
        }
    }
    Ok(findings)
}

/// A line that begins with the command, behind a prompt or a path.
fn shown_line((number, line): &At) -> Option<At> {
    let text = line.trim().trim_start_matches("$ ").trim_start_matches("target/release/");
    (text.starts_with("pluto ") || text.starts_with("cargo xtask "))
        .then(|| (*number, text.to_owned()))
}

/// The commands of one enum, each with the path of the type that follows.
type Commands = BTreeMap<String, Option<Vec<String>>>;

/// Enums of subcommands, by file and name.
struct Enums {
    root: &'static str,
    found: BTreeMap<(String, String), Commands>,
}

impl Enums {
    fn read(tree: &Tree, root: &'static str, below: &str) -> Result<Self, Finding> {
        let mut found = BTreeMap::new();
        let rust = |file: &&String| file.starts_with(below) && file.ends_with(".rs");
        let marked =
            |file: &&String| tree.text(file).is_some_and(|text| text.contains("Subcommand"));
        let files = tree.files.iter().filter(rust).filter(marked);
        for loaded in files.filter_map(|file| Source::load(tree, file, CHECK)) {
            let source = loaded?;
            for item in &source.file.items {
                if let syn::Item::Enum(item) = item
                    && derives(item).iter().any(|name| name == "Subcommand")
                {
                    let key = (source.path.clone(), item.ident.to_string());
                    found.insert(key, item.variants.iter().map(variant).collect());
                }
            }
        }
        Ok(Self { root, found })
    }

    fn root(&self) -> Option<&Commands> {
        self.found.get(&(self.root.to_owned(), "Command".to_owned()))
    }

    /// What may follow a command whose arguments are of this type: an enum, or arguments whose module has
    /// an enum `Command`.
    fn below(&self, path: &[String]) -> Option<&Commands> {
        match path {
            [name] => {
                self.found.iter().find(|((_, found), _)| found == name).map(|(_, inner)| inner)
            }
            [module, ..] => {
                let file = format!("/{module}.rs");
                let own =
                    |(path, name): &(String, String)| path.ends_with(&file) && name == "Command";
                self.found.iter().find(|(key, _)| own(key)).map(|(_, inner)| inner)
            }
            [] => None,
        }
    }

    /// The first word that is no command.
    fn strange<'a>(&self, first: &'a str, second: Option<&'a str>) -> Option<&'a str> {
        if first == "help" {
            return None;
        }
        let Some(path) = self.root().and_then(|root| root.get(first)) else { return Some(first) };
        let inner = self.below(path.as_deref()?)?;
        second.filter(|word| !inner.contains_key(*word) && *word != "help")
    }
}

fn derives(item: &syn::ItemEnum) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for attribute in item.attrs.iter().filter(|one| one.path().is_ident("derive")) {
        if let Ok(list) = attribute.meta.require_list() {
            super::super::source::each_ident(list.tokens.clone(), &mut |ident| {
                names.insert(ident.to_string());
            });
        }
    }
    names
}

fn variant(variant: &syn::Variant) -> (String, Option<Vec<String>>) {
    let inner = match &variant.fields {
        syn::Fields::Unnamed(fields) => fields.unnamed.first().and_then(|field| match &field.ty {
            syn::Type::Path(path) => {
                Some(path.path.segments.iter().map(|part| part.ident.to_string()).collect())
            }
            _ => None,
        }),
        _ => None,
    };
    (kebab(&variant.ident.to_string()), inner)
}

/// `CheckAll` is typed `check-all`.
fn kebab(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.extend(c.to_lowercase());
    }
    words
}
