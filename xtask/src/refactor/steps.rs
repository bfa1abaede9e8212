//! The steps of a plan, and which of them are in place.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::Project;
use super::edit::Edits;
use super::imports::{self, Import};
use super::moves::{Krate, Moved, select};
use super::plan::{Move, Plan, Rewrite};
use super::source::SourceFile;
use super::source::tokens::{self, Token};
use super::source::tree::{Module, Tree};
use super::source::uses::Use;
use crate::digest;
use crate::finding::{Finding, Rule};

const NO_PHASE: Rule = Rule::new("refactor", "no-phase", "name a phase of the plan, or its number");

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work<'a> {
    /// A move.
    Move {
        /// Name of its phase.
        phase: &'a str,
        /// As planned.
        step: &'a Move,
    },
    /// A path written anew.
    Rewrite {
        /// Name of its phase.
        phase: &'a str,
        /// As planned.
        step: &'a Rewrite,
    },
}

impl Work<'_> {
    /// What tells it from every other step: another plan for it is another step.
    pub(crate) fn key(&self) -> String {
        digest::of(format!("{self:?}")).chars().take(32).collect()
    }

    /// For people.
    pub(crate) fn title(&self) -> String {
        const SHOWN_MAX: usize = 3;
        match self {
            Self::Move { step, .. } => {
                let mut shown: Vec<&str> =
                    step.items.iter().take(SHOWN_MAX).map(String::as_str).collect();
                if step.items.len() > SHOWN_MAX {
                    shown.push("…");
                }
                format!("{} → {}", shown.join(", "), step.to)
            }
            Self::Rewrite { step, .. } => format!("{} → {}", step.from, step.to),
        }
    }

    /// Name of its phase.
    pub(crate) fn phase(&self) -> &str {
        match self {
            Self::Move { phase, .. } | Self::Rewrite { phase, .. } => phase,
        }
    }
}

/// The steps of a plan, of one phase alone if one is named.
pub(crate) fn of<'a>(plan: &'a Plan, phase: Option<&str>) -> Vec<Work<'a>> {
    let mut found = Vec::new();
    for (at, one) in plan.phases.iter().enumerate() {
        if phase.is_some_and(|wanted| wanted != one.name && wanted != (at + 1).to_string()) {
            continue;
        }
        found.extend(one.moves.iter().map(|step| Work::Move { phase: &one.name, step }));
        found.extend(one.rewrites.iter().map(|step| Work::Rewrite { phase: &one.name, step }));
    }
    found
}

/// Refuses a phase that the plan does not have.
pub(crate) fn check_phase(project: &Project, phase: Option<&str>) -> Result<(), Finding> {
    match phase {
        Some(name) if of(&project.plan, Some(name)).is_empty() => {
            Err(NO_PHASE.at(&project.name, 1, format!("the plan has no phase `{name}`")))
        }
        _ => Ok(()),
    }
}

/// Whether a step is done: the journal says so, or the files do.
pub(crate) fn in_place(project: &Project, work: &Work<'_>) -> Result<bool, Finding> {
    if project.journal.done().contains(&work.key()) {
        return Ok(true);
    }
    match work {
        Work::Move { step, .. } => by_files(project, step),
        Work::Rewrite { step, .. } => {
            let root = project.package.roots.first().cloned().unwrap_or_default();
            let krate = project.package.krate_of(&root)?;
            Ok(rewritten(project, &krate, step)?.texts.is_empty())
        }
    }
}

/// Whether the new file has every item of a move and the old one has none.
pub(crate) fn by_files(project: &Project, step: &Move) -> Result<bool, Finding> {
    let read = |path: &str| std::fs::read_to_string(project.package.folder.join(path)).ok();
    let Some(to) = read(&step.to) else { return Ok(false) };
    let outlined = step.items.iter().all(|wanted| wanted.starts_with("mod:"));
    let to = SourceFile::parse(&step.to, to)?;
    let Some(from) = read(&step.from) else { return Ok(select::has_all(&to, step)) };
    let from = SourceFile::parse(&step.from, from)?;
    let name = step.to.trim_end_matches(".rs").trim_end_matches("/mod").rsplit('/').next();
    if let (true, [only], Some(name)) = (outlined, step.items.as_slice(), name)
        && only.strip_prefix("mod:") == Some(name)
    {
        return Ok(from.named(name).all(|item| item.content.is_none()));
    }
    Ok(select::has_all(&to, step) && !select::has_any(&from, step))
}

/// A path written anew wherever code of the workspace writes it out.
pub(crate) fn rewritten(
    project: &Project,
    krate: &Krate,
    step: &Rewrite,
) -> Result<Moved, Finding> {
    let package = &project.package;
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    let inside = (path(&step.from), path(&step.to));
    let outside = |inside: &[String]| {
        let name = [package.name.clone()];
        name.into_iter().chain(inside.iter().skip(1).cloned()).collect::<Vec<_>>()
    };
    let outer = (outside(&inside.0), outside(&inside.1));
    let mut texts = BTreeMap::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let own = package.roots.iter().filter(|root| **root != krate.root_file);
    for root in [&krate.root_file].into_iter().chain(own).chain(&package.neighbours) {
        let tree = Tree::load(&package.folder, root)?;
        let (from, to) = if *root == krate.root_file { &inside } else { &outer };
        for (name, file) in &tree.files {
            if known.insert(name.clone()) {
                texts.extend(replaced(&tree, file, from, to).map(|text| (name.clone(), text)));
            }
        }
    }
    let root = Module { path: Vec::new(), file: krate.root_file.clone(), inline: Vec::new() };
    Ok(Moved { texts, from: root.clone(), to: root, names: BTreeSet::new(), notes: Vec::new() })
}

/// The text with every occurrence of the path written anew, also as a leaf of a `use` with braces.
pub(crate) fn replaced(
    tree: &Tree,
    file: &SourceFile,
    from: &[String],
    to: &[String],
) -> Option<String> {
    let read = tokens::of_text(&file.text);
    let mut edits = Edits::default();
    let written: Vec<&str> = from.iter().flat_map(|part| [part.as_str(), "::"]).collect();
    let written = written.get(..written.len().saturating_sub(1))?;
    for (at, window) in read.windows(written.len()).enumerate() {
        let same = window.iter().zip(written).all(|(token, part)| token.is(part));
        let before: Option<&Token> = at.checked_sub(1).and_then(|before| read.get(before));
        if same && !before.is_some_and(|token| token.is("::") || token.is("$")) {
            let (first, last) = (window.first()?, window.last()?);
            edits.replace(first.range.start..last.range.end, to.join("::"));
        }
    }
    let mut text = edits.apply(&file.text);
    for module in tree.modules.iter().filter(|module| module.file == file.path) {
        let wanted = |leaf: &Use| leaf.path == from && !leaf.is_glob();
        let place = imports::place(&text, &module.inline);
        for item in place.map(|place| place.items).unwrap_or_default() {
            for leaf in item.uses.iter().filter(|leaf| wanted(leaf)) {
                let mut import = Import::of(&Use { path: to.to_vec(), ..leaf.clone() }.written());
                import.cfgs.clone_from(&item.cfgs);
                import.visibility.clone_from(&item.visibility.written);
                text = imports::remove_where(&text, &module.inline, &wanted);
                text = imports::add(&text, &module.inline, &import);
            }
        }
    }
    (text != file.text).then_some(text)
}
