//! Error codes: well-formed, unique, used, never reused, and listed in `docs/errors.md`.
//!
//! The constants in the source are the only register; the page is generated from them. A code that
//! vanishes from the source moves to the page's retired section, which keeps it from coming back.

mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::constants::{self, Argument, Constant};
use super::layers::Table;
use super::source::{Source, each_ident};
use super::tree::{Tree, unreadable};
use crate::finding::{Finding, Rule};

const CHECK: &str = "codes";
const PAGE: &str = "docs/errors.md";

const SHAPE: Rule = Rule::new(
    CHECK,
    "shape",
    "declare `pub const NAME: Code = Code::new(\"ABC-0001\", Kind::Reject, \"text\");`",
);
const PREFIX: Rule = Rule::new(
    CHECK,
    "prefix",
    "use the crate's own prefix, or enter it under [codes] in layers.toml",
);
const DUPLICATE: Rule = Rule::new(CHECK, "duplicate", "take the next free number");
const UNUSED: Rule =
    Rule::new(CHECK, "unused", "return the code somewhere, or remove it and run `--write`");
const TEXT: Rule =
    Rule::new(CHECK, "text", "write a lower-case fragment on one line, without full stop");
const RETIRED: Rule =
    Rule::new(CHECK, "retired", "a retired code never comes back: take the next free number");
const STALE_PAGE: Rule = Rule::new(CHECK, "stale-page", "run `cargo xtask verify codes --write`");

/// Every rule of this check.
#[cfg(test)]
pub(crate) const RULES: &[Rule] = &[SHAPE, PREFIX, DUPLICATE, UNUSED, TEXT, RETIRED, STALE_PAGE];

#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[A-Z][A-Z0-9]{2}-[0-9]{4}$").unwrap());

/// One declared code.
struct Code {
    id: String,
    kind: String,
    text: String,
    constant: Constant,
}

impl Code {
    fn read(constant: Constant) -> Result<Self, Finding> {
        if let (Some(_), [Argument::Text(id), Argument::Name(kind), Argument::Text(text)]) =
            (&constant.name, constant.arguments.as_slice())
            && ID.is_match(id)
        {
            return Ok(Self { id: id.clone(), kind: kind.clone(), text: text.clone(), constant });
        }
        let message = match (&constant.name, constant.arguments.first()) {
            (None, _) => "a code is built outside a constant".to_owned(),
            (_, Some(Argument::Text(id))) if !ID.is_match(id) => {
                format!(
                    "`{id}` is not a capital letter, two capitals or digits, a dash and four digits"
                )
            }
            _ => "a code is not built from an id, a kind and a text, all literal".to_owned(),
        };
        Err(SHAPE.at(&constant.path, constant.line, message))
    }

    fn at(&self, rule: Rule, message: String) -> Finding {
        rule.at(&self.constant.path, self.constant.line, message)
    }
}

/// Checks the codes of all crates below `root`.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let table = match Table::load(root, CHECK) {
        Ok(table) => table,
        Err(finding) => return vec![finding],
    };
    let tree = Tree::open(root);
    let (sources, mut findings) = load(&tree);
    let (codes, misshapen) = read_codes(&sources);
    findings.extend(misshapen);
    let page = tree.text(PAGE).unwrap_or_default();
    let retired = page::retired_ids(&page);
    let uses = Uses::count(&sources, &codes);
    let mut seen: BTreeMap<&str, &Code> = BTreeMap::new();
    for code in &codes {
        findings.extend(judge(code, &table, &uses));
        if retired.contains(&code.id) {
            findings.push(code.at(RETIRED, format!("`{}` is retired", code.id)));
        }
        if let Some(first) = seen.get(code.id.as_str()) {
            let place = format!("{}:{}", first.constant.path, first.constant.line);
            findings
                .push(code.at(DUPLICATE, format!("`{}` is already declared at {place}", code.id)));
        } else {
            seen.insert(&code.id, code);
        }
    }
    findings.extend(page::difference(&page, &page::render(&codes, &page)));
    findings
}

/// Rewrites `docs/errors.md`; refuses while a code cannot be read, lest it be taken for retired.
pub(crate) fn write(root: &Path) -> Result<(), Finding> {
    let tree = Tree::open(root);
    let (sources, unreadable_sources) = load(&tree);
    if let Some(finding) = unreadable_sources.into_iter().next() {
        return Err(finding);
    }
    let (codes, misshapen) = read_codes(&sources);
    if let Some(finding) = misshapen.into_iter().next() {
        return Err(finding);
    }
    let page = page::render(&codes, &tree.text(PAGE).unwrap_or_default());
    let path = root.join(PAGE);
    path.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(&path, page))
        .map_err(|error| unreadable(CHECK, PAGE, &error))
}

fn load(tree: &Tree) -> (Vec<Source>, Vec<Finding>) {
    let mut sources = Vec::new();
    let mut findings = Vec::new();
    for loaded in tree.product_sources().filter_map(|path| Source::load(tree, path, CHECK)) {
        match loaded {
            Ok(source) => sources.push(source),
            Err(finding) => findings.push(finding),
        }
    }
    (sources, findings)
}

fn read_codes(sources: &[Source]) -> (Vec<Code>, Vec<Finding>) {
    let mut codes = Vec::new();
    let mut misshapen = Vec::new();
    for constant in sources.iter().flat_map(|source| constants::find(source, "Code")) {
        match Code::read(constant) {
            Ok(code) => codes.push(code),
            Err(finding) => misshapen.push(finding),
        }
    }
    (codes, misshapen)
}

fn judge(code: &Code, table: &Table, uses: &Uses) -> Vec<Finding> {
    let mut findings = Vec::new();
    let prefix = code.id.split('-').next().unwrap_or_default();
    match table.codes.get(prefix) {
        Some(owner) if *owner == code.constant.krate => {}
        Some(owner) => {
            findings.push(code.at(PREFIX, format!("prefix `{prefix}` belongs to `{owner}`")))
        }
        None => findings.push(code.at(PREFIX, format!("prefix `{prefix}` belongs to no crate"))),
    }
    if !is_fragment(&code.text) {
        findings.push(code.at(TEXT, format!("`{}` is not a lower-case fragment", code.text)));
    }
    if !uses.any(code) {
        let name = code.constant.name.as_deref().unwrap_or_default();
        findings.push(code.at(UNUSED, format!("`{name}` is never used")));
    }
    findings
}

/// Lower case at the start (an acronym may stand there), one line, no full stop.
fn is_fragment(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let acronym = first.len() > 1 && !first.chars().any(char::is_lowercase);
    let capital = first.starts_with(char::is_uppercase) && !acronym;
    !first.is_empty() && !capital && !text.ends_with('.') && !text.contains('\n')
}

/// How often each name of a constant appears in product code, per crate, and who declares it.
struct Uses {
    seen: BTreeMap<(String, String), usize>,
    declared: BTreeMap<(String, String), usize>,
}

impl Uses {
    fn count(sources: &[Source], codes: &[Code]) -> Self {
        let names: BTreeSet<&str> =
            codes.iter().filter_map(|code| code.constant.name.as_deref()).collect();
        let mut seen = BTreeMap::new();
        for source in sources {
            each_ident(source.tokens.clone(), &mut |ident| {
                let name = ident.to_string();
                if names.contains(name.as_str()) {
                    *seen.entry((source.crate_name().to_owned(), name)).or_insert(0) += 1;
                }
            });
        }
        let mut declared = BTreeMap::new();
        for code in codes {
            let name = code.constant.name.clone().unwrap_or_default();
            *declared.entry((code.constant.krate.clone(), name)).or_insert(0) += 1;
        }
        Self { seen, declared }
    }

    /// Used in its own crate, or in one that declares no code of that name.
    fn any(&self, code: &Code) -> bool {
        let name = code.constant.name.as_deref().unwrap_or_default();
        self.seen.iter().filter(|((_, seen), _)| seen == name).any(|(place, count)| {
            let declared = self.declared.get(place).copied().unwrap_or(0);
            *count > declared && (declared == 0 || place.0 == code.constant.krate)
        })
    }
}
