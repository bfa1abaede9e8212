//! Mends what the compiler says after a move, by rule.
//!
//! A problem becomes fixes, a fix says what to change and where. Those of one round are made together:
//! first the ones at byte positions (the positions of this very check), then the ones by name. Rules know
//! the crate as it was before the step, so that a lost name means what it meant there.

mod imports;
mod visibility;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use super::compile::{Outcome, Problem};
use super::edit::Edits;
use super::imports::{self as editor, Import};
use super::moves::{Krate, Moved};
use super::reach::{self, Reach};
use super::source::tree::{Module, Tree};

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fix {
    /// Lets what is declared at `at` be seen in `reach`.
    Widen {
        /// File of the declaration.
        file: String,
        /// The place of its visibility.
        place: Range<usize>,
        /// What is written there now, and the module it is written in.
        now: (String, Vec<String>),
        /// As far as it has to be seen.
        reach: Reach,
    },
    /// Puts other text at a place.
    Replace {
        /// File.
        file: String,
        /// Bytes.
        range: Range<usize>,
        /// The text.
        with: String,
    },
    /// Adds an import to a module.
    Import {
        /// The module.
        module: Module,
        /// The import.
        import: Import,
    },
    /// Removes the imports whose leaves end at these places, or keeps them for tests.
    Unused {
        /// The module.
        module: Module,
        /// The path imported.
        path: Vec<String>,
        /// The name bound.
        name: String,
        /// Whether tests still need it.
        tests: bool,
    },
}

/// What the rules know.
pub(crate) struct Context<'a> {
    /// The crate before the step.
    pub(crate) before: &'a Krate,
    /// The move.
    pub(crate) moved: &'a Moved,
    /// The crate as it was compiled.
    pub(crate) now: &'a Tree,
    /// What was just found.
    pub(crate) outcome: &'a Outcome,
}

/// What a round of mending gives.
#[derive(Default)]
pub(crate) struct Mended {
    /// New texts.
    pub(crate) texts: BTreeMap<String, String>,
    /// Fixes by rule.
    pub(crate) counts: BTreeMap<&'static str, usize>,
}

impl Context<'_> {
    /// The module that holds a byte of a file.
    pub(crate) fn module_at(&self, file: &str, at: usize) -> Option<&Module> {
        self.now.at(file, at)
    }

    /// Text at a place, as compiled.
    pub(crate) fn text(&self, file: &str, range: &Range<usize>) -> &str {
        let file = self.now.files.get(file);
        file.and_then(|file| file.text.get(range.clone())).unwrap_or_default()
    }
}

/// What was not there before the step: all errors, and warnings that are new.
pub(crate) fn new_problems(baseline: &Outcome, outcome: &Outcome) -> Vec<Problem> {
    let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for problem in &baseline.problems {
        *known.entry((&problem.code, &problem.message)).or_default() += 1;
    }
    let mut found = Vec::new();
    for problem in &outcome.problems {
        let left = known.entry((&problem.code, &problem.message)).or_default();
        if !problem.is_error && *left > 0 {
            *left -= 1;
        } else {
            found.push(problem.clone());
        }
    }
    found
}

/// Finds and makes the fixes of one round.
pub(crate) fn round(context: &Context<'_>, problems: &[Problem]) -> Mended {
    let mut fixes: Vec<Fix> = Vec::new();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for problem in problems {
        if let Some((rule, found)) = by_rule(context, problem) {
            for fix in found.into_iter().filter(|fix| !fixes.contains(fix)).collect::<Vec<_>>() {
                *counts.entry(rule).or_default() += 1;
                fixes.push(fix);
            }
        }
    }
    if fixes.is_empty() {
        for problem in problems {
            let sure = problem.suggestions.iter().filter(|(_, _, sure)| *sure);
            for (spot, with, _) in sure {
                *counts.entry("suggestion").or_default() += 1;
                fixes.push(Fix::Replace {
                    file: spot.file.clone(),
                    range: spot.range.clone(),
                    with: with.clone(),
                });
            }
        }
    }
    Mended { texts: made(context.now, &fixes), counts }
}

/// Finds the fixes of one problem; none when the problem is not of its kind.
type Rule = fn(&Context<'_>, &Problem) -> Vec<Fix>;

fn by_rule(context: &Context<'_>, problem: &Problem) -> Option<(&'static str, Vec<Fix>)> {
    const RULES: [(&str, Rule); 9] = [
        ("deprecated path", imports::deprecated),
        ("unused import", imports::unused),
        ("visibility", visibility::private),
        ("visibility", visibility::leaked),
        ("re-export", visibility::reexported),
        ("twice", imports::twice),
        ("ambiguous", imports::ambiguous),
        ("trait import", imports::lost_trait),
        ("import", imports::lost_name),
    ];
    RULES.iter().find_map(|(name, rule)| {
        let fixes = rule(context, problem);
        (!fixes.is_empty()).then_some((*name, fixes))
    })
}

/// A visibility to change: its place, what is there and in which module, what is needed.
type Widened<'a> = (Range<usize>, &'a (String, Vec<String>), Reach);

/// The texts with all fixes made.
fn made(tree: &Tree, fixes: &[Fix]) -> BTreeMap<String, String> {
    let mut edits: BTreeMap<&str, Edits> = BTreeMap::new();
    let mut widened: BTreeMap<(&str, usize), Widened<'_>> = BTreeMap::new();
    for fix in fixes {
        match fix {
            Fix::Widen { file, place, now, reach: wanted } => {
                let current = reach::of(&now.0, &now.1);
                let entry = widened
                    .entry((file, place.start))
                    .or_insert_with(|| (place.clone(), now, current));
                entry.2 = reach::union(&entry.2, wanted);
            }
            Fix::Replace { file, range, with } => {
                edits.entry(file).or_default().replace(range.clone(), with.clone());
            }
            Fix::Import { .. } | Fix::Unused { .. } => {}
        }
    }
    for ((file, _), (place, now, reach)) in widened {
        let written = reach::written(&reach, &now.1);
        let space = if place.is_empty() { " " } else { "" };
        edits.entry(file).or_default().replace(place, format!("{written}{space}"));
    }
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (path, edits) in edits {
        if let Some(file) = tree.files.get(path) {
            texts.insert(path.to_owned(), edits.apply(&file.text));
        }
    }
    for fix in fixes {
        let (Fix::Import { module, .. } | Fix::Unused { module, .. }) = fix else { continue };
        let known = tree.files.get(&module.file).map(|file| file.text.clone());
        let Some(text) = texts.get(&module.file).cloned().or(known) else { continue };
        texts.insert(module.file.clone(), by_name(&text, fix));
    }
    texts.retain(|path, text| tree.files.get(path).is_none_or(|file| file.text != *text));
    texts
}

/// The text with an import added or taken out.
fn by_name(text: &str, fix: &Fix) -> String {
    match fix {
        Fix::Import { module, import } => editor::add(text, &module.inline, import),
        Fix::Unused { module, path, name, tests } => {
            let place = editor::place(text, &module.inline);
            let items = place.map(|place| place.items).unwrap_or_default();
            let wanted = |leaf: &super::source::uses::Use| leaf.path == *path && leaf.name == *name;
            let holder = items.iter().find(|item| item.uses.iter().any(wanted));
            let mut changed = editor::remove_where(text, &module.inline, &wanted);
            if let (true, Some(holder)) = (*tests, holder) {
                let leaf = holder.uses.iter().find(|leaf| wanted(leaf));
                let mut import = Import::of(&leaf.map(|leaf| leaf.written()).unwrap_or_default());
                import.cfgs = holder.cfgs.clone();
                import.cfgs.push("#[cfg(test)]".to_owned());
                import.visibility.clone_from(&holder.visibility.written);
                changed = editor::add(&changed, &module.inline, &import);
            }
            changed
        }
        Fix::Widen { .. } | Fix::Replace { .. } => text.to_owned(),
    }
}

/// The words between backticks.
pub(crate) fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// Reads the crate as it is now.
pub(crate) fn reload(package: &Path, before: &Krate) -> Result<Tree, crate::finding::Finding> {
    Tree::load(package, &before.root_file)
}
