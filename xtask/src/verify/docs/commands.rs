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

/// The command lines and the files whose enums they are made of.
const PROGRAMS: [(&str, &str); 2] =
    [("pluto", "crates/pluto-node/src/cli"), ("cargo xtask", "xtask/src/")];

pub(super) fn inspect(tree: &Tree, pages: &[Page]) -> Result<Vec<Finding>, Finding> {
    let mut programs = BTreeMap::new();
    for (program, below) in PROGRAMS {
        programs.insert(program, Enums::read(tree, below)?);
    }
    let mut findings = Vec::new();
    for page in pages.iter().filter(|page| page.path != ROADMAP) {
        let lines = page.shell.iter().filter_map(shown_line);
        let spans = page.spans.iter().filter(|(_, span)| span.starts_with("cargo xtask "));
        for (line, text) in lines.chain(spans.cloned()) {
            let Some(found) = SHOWN.captures(&text) else { continue };
            let word = |at: usize| found.get(at).map(|part| part.as_str());
            let (Some(program), Some(first)) = (word(1), word(2)) else { continue };
            let Some(enums) = programs.get(program).filter(|enums| enums.has_root()) else {
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

/// Enums of subcommands: variant, in words, to the type that follows.
struct Enums {
    found: BTreeMap<String, BTreeMap<String, Option<String>>>,
}

impl Enums {
    fn read(tree: &Tree, below: &str) -> Result<Self, Finding> {
        let mut found = BTreeMap::new();
        let files =
            tree.files.iter().filter(|file| file.starts_with(below) && file.ends_with(".rs"));
        for loaded in files.filter_map(|file| Source::load(tree, file, CHECK)) {
            for item in &loaded?.file.items {
                if let syn::Item::Enum(item) = item
                    && derives(item).iter().any(|name| name == "Subcommand")
                {
                    found.insert(
                        item.ident.to_string(),
                        item.variants.iter().map(variant).collect(),
                    );
                }
            }
        }
        Ok(Self { found })
    }

    fn has_root(&self) -> bool {
        self.found.contains_key("Command")
    }

    /// The first word that is no command.
    fn strange<'a>(&self, first: &'a str, second: Option<&'a str>) -> Option<&'a str> {
        if first == "help" {
            return None;
        }
        let Some(inner) = self.found.get("Command").and_then(|root| root.get(first)) else {
            return Some(first);
        };
        let inner = self.found.get(inner.as_ref()?)?;
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

fn variant(variant: &syn::Variant) -> (String, Option<String>) {
    let inner = match &variant.fields {
        syn::Fields::Unnamed(fields) => fields.unnamed.first().and_then(|field| match &field.ty {
            syn::Type::Path(path) => path.path.segments.last().map(|part| part.ident.to_string()),
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
