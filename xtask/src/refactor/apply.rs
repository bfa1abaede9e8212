//! Carries out a plan, step by step.
//!
//! 1. A step that an earlier run was killed in is put back.
//! 2. The package is checked once as it is; what is wrong before is no fault of a step.
//! 3. Each step that is not in place: work out, write, check, mend, check again, until nothing new is
//!    wrong; else everything of the step goes back, and the run ends with what a person has to do.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::compile::{Outcome, Package, Problem};
use super::journal::{Journal, Step};
use super::mend::{self, Context};
use super::moves::{self, Krate, Moved};
use super::plan::{Move, Plan};
use super::steps::{self, Work};
use crate::finding::{Finding, Rule};

const ROUNDS_MAX: usize = 10;

const NOT_CLEAN: Rule = Rule::new(
    "refactor",
    "not-clean",
    "the step was undone; change the plan so that this item goes along or stays, or edit it first",
);
const BROKEN_BEFORE: Rule =
    Rule::new("refactor", "broken-before", "make the package build, then run again");

/// What to do of a plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// This phase alone, by position from 1 or by name.
    pub(crate) phase: Option<String>,
    /// One step alone.
    pub(crate) one: bool,
}

/// What a step took.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Report {
    /// The step.
    pub(crate) title: String,
    /// Compiler runs.
    pub(crate) rounds: usize,
    /// Wall time.
    pub(crate) seconds: f64,
    /// Mends by rule.
    pub(crate) mends: BTreeMap<&'static str, usize>,
    /// What a reader may want to know.
    pub(crate) notes: Vec<String>,
}

/// The outcome of a run.
#[derive(Default)]
pub(crate) struct Applied {
    /// A step that was put back first.
    pub(crate) recovered: Option<String>,
    /// Steps done.
    pub(crate) reports: Vec<Report>,
    /// Steps that were in place.
    pub(crate) in_place: usize,
    /// Why the run ended early.
    pub(crate) failed: Vec<Finding>,
    /// Wall time, the first check included.
    pub(crate) elapsed: Duration,
}

/// A plan with its package and journal.
pub(crate) struct Project {
    /// The plan.
    pub(crate) plan: Plan,
    /// Name of the plan.
    pub(crate) name: String,
    /// The package.
    pub(crate) package: Package,
    /// The journal.
    pub(crate) journal: Journal,
}

impl Project {
    /// Opens the plan at `path`; `root` is the package if it is not the one the plan names.
    pub(crate) fn open(
        path: &std::path::Path,
        root: Option<PathBuf>,
        target_folder: Option<PathBuf>,
    ) -> Result<Self, Finding> {
        let plan = Plan::load(path)?;
        let beside = path.parent().unwrap_or(std::path::Path::new("."));
        let folder = root.unwrap_or_else(|| beside.join(&plan.package));
        let package = Package::open(&folder, &plan, target_folder)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let journal = Journal::new(&package.workspace, &package.folder, &name);
        Ok(Self { plan, name, package, journal })
    }
}

/// Carries out what is wanted and not in place.
pub(crate) fn apply(project: &Project, wanted: &Wanted, say: &dyn Fn(&str)) -> Applied {
    let started = Instant::now();
    let mut applied = Applied::default();
    if let Err(finding) = run(project, wanted, &mut applied, say) {
        applied.failed.push(finding);
    }
    applied.elapsed = started.elapsed();
    applied
}

fn run(
    project: &Project,
    wanted: &Wanted,
    applied: &mut Applied,
    say: &dyn Fn(&str),
) -> Result<(), Finding> {
    let _lock = project.journal.lock()?;
    applied.recovered = project.journal.recover()?;
    if let Some(title) = &applied.recovered {
        say(&format!("put back  {title}: an earlier run was cut short in it\n"));
    }
    let mut baseline: Option<Outcome> = None;
    for work in steps::of(&project.plan, wanted.phase.as_deref()) {
        if steps::in_place(project, &work)? {
            applied.in_place += 1;
            continue;
        }
        let known = match baseline.take() {
            Some(known) => known,
            None => first_check(project)?,
        };
        match step(project, &work, &known)? {
            Ok((report, outcome)) => {
                say(&line(&report));
                applied.reports.push(report);
                baseline = Some(outcome);
            }
            Err(findings) => {
                applied.failed.extend(findings);
                return Ok(());
            }
        }
        if wanted.one {
            break;
        }
    }
    Ok(())
}

/// One line for one step.
fn line(report: &Report) -> String {
    let mends: Vec<String> =
        report.mends.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
    let mends =
        if mends.is_empty() { String::new() } else { format!(", mended {}", mends.join(", ")) };
    let (rounds, seconds) = (report.rounds, report.seconds);
    let mut text = format!("done      {}: {rounds} rounds, {seconds:.1} s{mends}\n", report.title);
    for note in &report.notes {
        text.push_str(&format!("          {note}\n"));
    }
    text
}

fn first_check(project: &Project) -> Result<Outcome, Finding> {
    let outcome = project.package.check()?;
    match outcome.problems.iter().find(|problem| problem.is_error) {
        Some(problem) => Err(finding(BROKEN_BEFORE, problem)),
        None => Ok(outcome),
    }
}

fn finding(rule: Rule, problem: &Problem) -> Finding {
    let spot = problem.primary.first();
    let (file, line) = spot.map_or(("Cargo.toml", 1), |spot| (spot.file.as_str(), spot.line));
    let code = if problem.code.is_empty() { String::new() } else { format!("{}: ", problem.code) };
    rule.at(file, line, format!("{code}{}", problem.message))
}

type Done = Result<(Report, Outcome), Vec<Finding>>;

/// One step, done and checked, or undone.
fn step(project: &Project, work: &Work<'_>, baseline: &Outcome) -> Result<Done, Finding> {
    let started = Instant::now();
    let (krate, moved) = match work {
        Work::Move { step, .. } => {
            let krate = project.package.krate_of(&step.from)?;
            let moved = moves::make(&krate, step)?;
            (krate, moved)
        }
        Work::Rewrite { step, .. } => {
            let root = project.package.roots.first().cloned().unwrap_or_default();
            let krate = project.package.krate_of(&root)?;
            let moved = steps::rewritten(project, &krate, step)?;
            (krate, moved)
        }
    };
    let mut begun = project.journal.begin(&work.key(), &work.title())?;
    let attempt = settle(project, &mut begun, &krate, &moved, baseline);
    match attempt {
        Ok(Ok((rounds, mends, outcome))) => {
            begun.finish()?;
            let report = Report {
                title: work.title(),
                rounds,
                seconds: started.elapsed().as_secs_f64(),
                mends,
                notes: moved.notes,
            };
            Ok(Ok((report, outcome)))
        }
        Ok(Err(findings)) => {
            begun.roll_back()?;
            Ok(Err(findings))
        }
        Err(finding) => {
            begun.roll_back()?;
            Err(finding)
        }
    }
}

type Settled = Result<(usize, BTreeMap<&'static str, usize>, Outcome), Vec<Finding>>;

/// Writes, checks and mends until nothing new is wrong.
fn settle(
    project: &Project,
    begun: &mut Step<'_>,
    krate: &Krate,
    moved: &Moved,
    baseline: &Outcome,
) -> Result<Settled, Finding> {
    begun.write(&moved.texts)?;
    let mut mends: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut problems = Vec::new();
    for round in 1..=ROUNDS_MAX {
        let mut outcome = project.package.check()?;
        // One that failed leaves no artifact, and counts all the same.
        for (target, times) in &baseline.compilations {
            let now = outcome.compilations.entry(target.clone()).or_default();
            *now = (*now).max(*times);
        }
        problems = mend::new_problems(baseline, &outcome);
        if problems.is_empty() {
            return Ok(Ok((round, mends, outcome)));
        }
        let now = mend::reload(&project.package.folder, krate)?;
        let context = Context { before: krate, moved, now: &now, outcome: &outcome };
        let mended = mend::round(&context, &problems);
        if mended.texts.is_empty() {
            break;
        }
        for (rule, count) in mended.counts {
            *mends.entry(rule).or_default() += count;
        }
        begun.write(&mended.texts)?;
    }
    problems.sort_by_key(|problem| !problem.is_error);
    let mut findings: Vec<Finding> = Vec::new();
    for found in problems.iter().map(|problem| finding(NOT_CLEAN, problem)) {
        if !findings.contains(&found) {
            findings.push(found);
        }
    }
    Ok(Err(findings))
}

/// What the static part of one move would do, as a diff; nothing is written.
pub(crate) fn dry_run(project: &Project, step: &Move) -> Result<String, Finding> {
    let krate = project.package.krate_of(&step.from)?;
    let moved = moves::make(&krate, step)?;
    let mut text = String::new();
    for (path, made) in &moved.texts {
        let before = std::fs::read_to_string(project.package.folder.join(path)).unwrap_or_default();
        text.push_str(&super::diff::unified(path, &before, made));
    }
    Ok(text)
}
