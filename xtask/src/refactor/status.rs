//! Where a plan stands: what is in place, what the files measure, which shims are left, which layers
//! are broken.

use serde::Serialize;

use super::apply::Project;
use super::moves::Krate;
use super::plan::{Layer, line_at};
use super::source::tree::Module;
use super::steps::{self, Work};
use crate::finding::{Finding, Rule};

const BUDGET: Rule = Rule::new("refactor", "budget", "move more out of the file");
const LAYER: Rule =
    Rule::new("refactor", "layer", "move the item down, or pass in what is needed from above");
const OVERDUE: Rule =
    Rule::new("refactor", "shim-overdue", "remove the shim, and rewrite who still uses it");

/// A step and whether it is done.
#[derive(Debug, Serialize)]
pub(crate) struct StepStatus {
    /// Name of the phase.
    phase: String,
    /// The step.
    title: String,
    /// Whether it is in place.
    in_place: bool,
}

/// The state of a plan.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    /// Name of the plan.
    plan: String,
    /// All steps in order.
    steps: Vec<StepStatus>,
    /// Files of the moves: path, lines before the first step if known, lines now.
    lines: Vec<(String, Option<usize>, usize)>,
    /// Shims left: file, name, version without it.
    shims: Vec<(String, String, String)>,
    /// Budgets of done phases, layers and dates that are not kept.
    pub(crate) violations: Vec<Finding>,
}

impl Status {
    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("plan {}\n", self.plan);
        let mut phase = "";
        for step in &self.steps {
            if step.phase != phase {
                phase = &step.phase;
                text.push_str(&format!("\n{phase}\n"));
            }
            let mark = if step.in_place { 'x' } else { ' ' };
            text.push_str(&format!("  [{mark}] {}\n", step.title));
        }
        text.push_str("\n lines  was    file\n");
        for (file, before, now) in &self.lines {
            let before = before.map_or_else(String::new, |lines| lines.to_string());
            text.push_str(&format!("{now:>6}  {before:<6} {file}\n"));
        }
        if !self.shims.is_empty() {
            text.push_str("\nshims\n");
        }
        for (file, name, remove_by) in &self.shims {
            text.push_str(&format!("  {file}: `{name}` goes in {remove_by}\n"));
        }
        if !self.violations.is_empty() {
            text.push('\n');
        }
        for finding in &self.violations {
            text.push_str(&format!("{finding}\n"));
        }
        text
    }
}

/// Compares the tree with the plan.
pub(crate) fn of(project: &Project) -> Result<Status, Finding> {
    let mut status = Status {
        plan: project.name.clone(),
        steps: Vec::new(),
        lines: Vec::new(),
        shims: Vec::new(),
        violations: Vec::new(),
    };
    for work in steps::of(&project.plan, None) {
        status.steps.push(StepStatus {
            phase: work.phase().to_owned(),
            title: work.title(),
            in_place: steps::in_place(project, &work)?,
        });
    }
    let root = project.package.roots.first().cloned().unwrap_or_default();
    let mut crates = vec![project.package.krate_of(&root)?];
    for other in project.package.roots.iter().skip(1) {
        if !crates.iter().any(|krate| krate.tree.files.contains_key(other)) {
            crates.push(project.package.krate_of(other)?);
        }
    }
    lines(project, &crates, &mut status);
    budgets(project, &crates, &mut status);
    for krate in &crates {
        for layer in &project.plan.layers {
            status.violations.extend(layer_violations(krate, layer));
        }
    }
    shims(project, &mut status)?;
    Ok(status)
}

fn lines(project: &Project, crates: &[Krate], status: &mut Status) {
    let mut files: Vec<&str> = Vec::new();
    for step in project.plan.phases.iter().flat_map(|phase| &phase.moves) {
        for file in [step.from.as_str(), step.to.as_str()] {
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    let images = project.journal.before_images();
    for path in files {
        let file = crates.iter().find_map(|krate| krate.tree.files.get(path));
        let before =
            images.get(path).map(|image| image.as_ref().map_or(0, |text| text.lines().count()));
        status.lines.push((path.to_owned(), before, file.map_or(0, |file| file.lines())));
    }
}

/// Budgets of the phases whose steps are all in place.
fn budgets(project: &Project, crates: &[Krate], status: &mut Status) {
    for phase in &project.plan.phases {
        let mut own = status.steps.iter().filter(|step| step.phase == phase.name);
        if !own.all(|step| step.in_place) {
            continue;
        }
        for budget in &phase.budgets {
            let files = crates.iter().flat_map(|krate| krate.tree.files.values());
            for file in files.filter(|file| fits(&budget.file, &file.path)) {
                let (lines, max) = (file.lines(), budget.lines_max);
                if lines > max {
                    let message = format!("{lines} lines, at most {max} after `{}`", phase.name);
                    status.violations.push(BUDGET.at(&file.path, 1, message));
                }
            }
        }
    }
}

/// Items of files in the layer that name modules they may not.
fn layer_violations(krate: &Krate, layer: &Layer) -> Vec<Finding> {
    let mut found = Vec::new();
    let restricted = krate.tree.modules.iter().filter(|module| fits(&layer.files, &module.file));
    for module in restricted {
        let text = krate.tree.files.get(&module.file).map(|file| file.text.as_str());
        for item in krate.tree.items(module) {
            for path in &item.paths {
                let Some(target) = reached(krate, module, path) else { continue };
                if layer.may_not_use.iter().any(|pattern| fits(pattern, &target.file)) {
                    let line = line_at(text.unwrap_or_default(), item.bare.start);
                    let shown = path.join("::");
                    let message = format!("`{}` names `{shown}` of {}", item.title(), target.file);
                    found.push(LAYER.at(&module.file, line, message));
                }
            }
        }
    }
    found
}

/// The module that a path ends in or goes through last.
fn reached<'a>(krate: &'a Krate, module: &Module, path: &[String]) -> Option<&'a Module> {
    let absolute = krate.tree.absolute(&module.path, path)?;
    (0..=absolute.len()).rev().find_map(|length| krate.tree.of_path(absolute.get(..length)?))
}

/// What moves left behind that has a date.
fn shims(project: &Project, status: &mut Status) -> Result<(), Finding> {
    for work in steps::of(&project.plan, None) {
        let Work::Move { step, .. } = work else { continue };
        let Some(remove_by) = &step.remove_by else { continue };
        let Ok(text) = std::fs::read_to_string(project.package.folder.join(&step.from)) else {
            continue;
        };
        let file = super::source::SourceFile::parse(&step.from, text)?;
        let is_shim = |name: &str| {
            step.items.iter().any(|wanted| {
                let bare = wanted.rsplit(':').next().unwrap_or(wanted);
                match bare.split_once('*') {
                    Some((head, tail)) => name.starts_with(head) && name.ends_with(tail),
                    None => bare == name,
                }
            })
        };
        for item in &file.items {
            let public = item.visibility.written.starts_with("pub");
            let used = item.uses.iter().filter(|_| public).map(|leaf| leaf.name.as_str());
            let own = item.has_attribute(&file.text, "deprecated").then_some(item.name.as_str());
            for name in used.chain(own).filter(|name| is_shim(name)) {
                if reached_version(&project.package.version, remove_by) {
                    let line = line_at(&file.text, item.bare.start);
                    let message = format!("`{name}` was to go in {remove_by}");
                    status.violations.push(OVERDUE.at(&step.from, line, message));
                }
                status.shims.push((step.from.clone(), name.to_owned(), remove_by.clone()));
            }
        }
    }
    Ok(())
}

/// Whether `version` is `limit` or later.
fn reached_version(version: &str, limit: &str) -> bool {
    let parts = |text: &str| -> Vec<u64> {
        let core = text.split(['-', '+']).next().unwrap_or_default();
        core.split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    parts(version) >= parts(limit)
}

/// Whether a path fits a pattern: `*` within a folder, `**` across folders.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let mut expression = String::from("^");
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (piece, length) = if rest.starts_with("**/") {
            ("(.*/)?".to_owned(), 3)
        } else if rest.starts_with("**") {
            (".*".to_owned(), 2)
        } else if first == '*' {
            ("[^/]*".to_owned(), 1)
        } else {
            (regex::escape(&first.to_string()), first.len_utf8())
        };
        expression.push_str(&piece);
        rest = rest.get(length..).unwrap_or_default();
    }
    regex::Regex::new(&format!("{expression}$")).is_ok_and(|regex| regex.is_match(path))
}
