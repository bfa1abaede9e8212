//! `cargo xtask refactor`: takes a monolith apart by a plan, with the compiler as the judge.
//!
//! 1. `plan` reads what is to move where; `source` knows every item with its comments by byte ranges.
//! 2. `moves` works out one move as far as it can be known from the text.
//! 3. `apply` writes it through `journal`, has it checked by `compile`, and lets `mend` mend what the
//!    compiler says, until nothing is wrong that was not wrong before; else everything goes back.
//! 4. `scan` shows where a package comes apart, and drafts a plan.
//! 5. `status` compares the tree with the plan, `journal` undoes.

mod apply;
mod compare;
mod compile;
mod diff;
mod edit;
mod imports;
mod journal;
mod mend;
mod moves;
pub(crate) mod plan;
mod reach;
mod scan;
pub(crate) mod source;
mod status;
mod steps;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::finding::Finding;
use crate::write_out;
use apply::{Applied, Project, Wanted};

/// The command line of `refactor`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Show where the mass of a package is and where it comes apart; draft a plan
    Scan(scan::Args),
    /// Carry out a plan, step by step, each checked by the compiler
    Apply {
        #[command(flatten)]
        on: On,
        /// One phase alone, by its name or number
        #[arg(long)]
        phase: Option<String>,
        /// One step alone
        #[arg(long)]
        step: bool,
        /// Show what the next move would change, without the compiler's mends; write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Compare the tree with a plan
    Status {
        #[command(flatten)]
        on: On,
    },
    /// Show that no comment and no public path was lost since before the first step
    Check {
        #[command(flatten)]
        on: On,
    },
    /// Put back what `apply` changed, last step first
    Undo {
        #[command(flatten)]
        on: On,
        /// Back to before this step, as numbered by `undo --list`; by default the last one
        #[arg(long, conflicts_with = "all")]
        step: Option<usize>,
        /// All steps
        #[arg(long)]
        all: bool,
        /// List the steps that can be undone
        #[arg(long)]
        list: bool,
    },
}

/// What a command works on.
#[derive(clap::Args)]
struct On {
    /// The plan
    plan: PathBuf,
    /// The package's folder, when it is not the one the plan names
    #[arg(long)]
    root: Option<PathBuf>,
    /// Cargo's target directory for the checks
    #[arg(long)]
    target_dir: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl On {
    fn open(&self) -> Result<Project, Finding> {
        Project::open(&self.plan, self.root.clone(), self.target_dir.clone())
    }
}

/// Runs a command and prints what came of it.
pub(crate) fn run(args: &Args) -> ExitCode {
    let (json, done) = match &args.task {
        Task::Scan(args) => (args.json, scan::run(args)),
        Task::Apply { on, phase, step, dry_run } => {
            let wanted = Wanted { phase: phase.clone(), one: *step };
            (on.json, on.open().and_then(|project| apply_plan(on, &project, &wanted, *dry_run)))
        }
        Task::Status { on } => (on.json, on.open().and_then(|project| show_status(on, &project))),
        Task::Check { on } => (on.json, on.open().and_then(|project| check(on, &project))),
        Task::Undo { on, step, all, list } => {
            (on.json, on.open().and_then(|project| undo(on, &project, *step, *all, *list)))
        }
    };
    done.unwrap_or_else(|finding| print_findings(&[finding], json))
}

fn print_findings(findings: &[Finding], json: bool) -> ExitCode {
    write_out(&if json {
        format!("{}\n", serde_json::json!(findings))
    } else {
        findings.iter().map(|finding| format!("{finding}\n")).collect()
    });
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn apply_plan(
    on: &On,
    project: &Project,
    wanted: &Wanted,
    dry_run: bool,
) -> Result<ExitCode, Finding> {
    steps::check_phase(project, wanted.phase.as_deref())?;
    if dry_run {
        for work in steps::of(&project.plan, wanted.phase.as_deref()) {
            if let (false, steps::Work::Move { step, .. }) =
                (steps::in_place(project, &work)?, work)
            {
                write_out(&apply::dry_run(project, step)?);
                return Ok(ExitCode::SUCCESS);
            }
        }
        write_out("nothing to do\n");
        return Ok(ExitCode::SUCCESS);
    }
    let say = |text: &str| {
        if !on.json {
            write_out(text);
        }
    };
    let applied = apply::apply(project, wanted, &say);
    let status = status::of(project)?;
    if on.json {
        write_out(&format!("{}\n", json(&applied)));
    } else {
        write_out(&summary(&applied));
        let broken: String =
            status.violations.iter().map(|finding| format!("{finding}\n")).collect();
        write_out(&broken);
        if !applied.failed.is_empty() {
            print_findings(&applied.failed, false);
        }
    }
    Ok(if applied.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn json(applied: &Applied) -> serde_json::Value {
    serde_json::json!({
        "recovered": applied.recovered,
        "steps": applied.reports,
        "in_place": applied.in_place,
        "failed": applied.failed,
        "seconds": applied.elapsed.as_secs_f64(),
    })
}

fn summary(applied: &Applied) -> String {
    let rounds: usize = applied.reports.iter().map(|report| report.rounds).sum();
    let mends: usize = applied.reports.iter().flat_map(|report| report.mends.values()).sum();
    let (steps, in_place) = (applied.reports.len(), applied.in_place);
    let seconds = applied.elapsed.as_secs_f64();
    format!(
        "{steps} steps done, {in_place} in place before; {rounds} rounds, {mends} mends, {seconds:.1} s\n"
    )
}

fn show_status(on: &On, project: &Project) -> Result<ExitCode, Finding> {
    let status = status::of(project)?;
    if on.json {
        write_out(&format!("{}\n", serde_json::json!(status)));
    } else {
        write_out(&status.text());
    }
    Ok(if status.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check(on: &On, project: &Project) -> Result<ExitCode, Finding> {
    let compared = compare::compare(project)?;
    if on.json {
        write_out(&format!("{}\n", serde_json::json!(compared)));
    } else {
        print_findings(&compared.findings, false);
        let (comments, paths) = (compared.comments, compared.paths);
        let (lost, new) = (compared.findings.len(), compared.new_paths.len());
        write_out(&format!(
            "{comments} comments, {paths} public paths: {lost} lost, {new} paths new\n"
        ));
    }
    Ok(if compared.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn undo(
    on: &On,
    project: &Project,
    step: Option<usize>,
    all: bool,
    list: bool,
) -> Result<ExitCode, Finding> {
    let _lock = project.journal.lock()?;
    project.journal.recover()?;
    let steps = project.journal.list();
    if list {
        let lines: String = steps.iter().map(|(n, title)| format!("{n:>4}  {title}\n")).collect();
        write_out(&if on.json { format!("{}\n", serde_json::json!(steps)) } else { lines });
        return Ok(ExitCode::SUCCESS);
    }
    let last = steps.last().map_or(0, |(number, _)| *number);
    let down_to = if all { 0 } else { step.unwrap_or(last) };
    let mut undone = Vec::new();
    for _ in steps.iter().filter(|(number, _)| *number >= down_to) {
        undone.extend(project.journal.undo_last()?);
    }
    let lines: String = undone.iter().map(|title| format!("undone    {title}\n")).collect();
    write_out(&if on.json { format!("{}\n", serde_json::json!(undone)) } else { lines });
    Ok(ExitCode::SUCCESS)
}
