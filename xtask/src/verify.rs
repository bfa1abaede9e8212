//! `cargo xtask verify`: the one gate, the same on a desk and in CI.
//!
//! A check is a function from a root folder to its findings; it never stops at the first one. What a
//! check cannot read is a finding too. The exit code is 1 if there is any finding.

mod api;
mod codes;
mod constants;
mod docs;
mod features;
mod formats;
mod layers;
mod manifest;
mod migrate;
mod source;
mod tidy;
mod tree;
mod workspace;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum;

use crate::finding::{Finding, Rule};
use crate::{workspace_root, write_out};
use tree::Tree;

const ROOT: Rule =
    Rule::new("verify", "root", "run inside the workspace, or name it with `--root`");

const CRASHED: Rule = Rule::new("verify", "crashed", "correct the check; its panic is above");

/// The command line of `verify`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The checks to run; all of them when none is named
    checks: Vec<Check>,
    /// Print the findings as one JSON array
    #[arg(long)]
    json: bool,
    /// First bring generated files up to date: docs/errors.md, docs/api, hashes of new golden files
    #[arg(long)]
    write: bool,
    /// The workspace to check; by default the one that holds the current folder
    #[arg(long)]
    root: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Dependency edges against layers.toml
    Layers,
    /// Size, shape and banned words of source files
    Tidy,
    /// Error codes and their page
    Codes,
    /// Manifests and required files
    Workspace,
    /// Wire and storage formats with their golden files
    Formats,
    /// Public surface of the crates that others import, against docs/api
    Api,
    /// The ledger of migrations and the dates of shims
    Migrate,
    /// Features of crates
    Features,
    /// Links, commands and records of the documents
    Docs,
}

impl Check {
    fn name(self) -> &'static str {
        match self {
            Self::Layers => "layers",
            Self::Tidy => "tidy",
            Self::Codes => "codes",
            Self::Workspace => "workspace",
            Self::Formats => "formats",
            Self::Api => "api",
            Self::Migrate => "migrate",
            Self::Features => "features",
            Self::Docs => "docs",
        }
    }

    fn check(self, root: &Path) -> Vec<Finding> {
        let mut findings = match self {
            Self::Layers => layers::check(root),
            Self::Tidy => tidy::check(root),
            Self::Codes => codes::check(root),
            Self::Workspace => workspace::check(root),
            Self::Formats => formats::check(root),
            Self::Api => api::check(root),
            Self::Migrate => migrate::check(root),
            Self::Features => features::check(root),
            Self::Docs => docs::check(root),
        };
        findings.sort();
        findings
    }

    fn write(self, root: &Path) -> Result<(), Finding> {
        match self {
            Self::Codes => codes::write(root),
            Self::Formats => formats::write(root),
            Self::Api => api::write(root),
            Self::Layers
            | Self::Tidy
            | Self::Workspace
            | Self::Migrate
            | Self::Features
            | Self::Docs => Ok(()),
        }
    }
}

/// Runs the checks named and prints what they found.
pub(crate) fn run(args: &Args) -> ExitCode {
    let started = Instant::now();
    let Some(root) = args.root.clone().or_else(workspace_root) else {
        return print(
            &[ROOT.at(".", 1, "no `Cargo.toml` with `[workspace]` here or above")],
            args.json,
        );
    };
    let checks = if args.checks.is_empty() { Check::value_variants() } else { &args.checks };
    let mut unwritten: Vec<Option<Finding>> = vec![None; checks.len()];
    if args.write {
        unwritten = checks.iter().map(|check| check.write(&root).err()).collect();
    }
    let mut findings = Vec::new();
    let mut summary = Vec::new();
    for ((check, found), failed_write) in
        checks.iter().zip(side_by_side(checks, &root)).zip(unwritten)
    {
        summary.push(match found.len() {
            0 => format!("{} ok", check.name()),
            1 => format!("{} 1 finding", check.name()),
            n => format!("{} {n} findings", check.name()),
        });
        findings.extend(failed_write.into_iter().filter(|finding| !found.contains(finding)));
        findings.extend(found);
    }
    let code = print(&findings, args.json);
    if !args.json {
        let (files, elapsed) = (Tree::open(&root).files.len(), started.elapsed().as_millis());
        write_out(&format!("verify: {} ({files} files, {elapsed} ms)\n", summary.join(", ")));
    }
    code
}

/// What each check found. They share nothing, so each has a thread of its own.
fn side_by_side(checks: &[Check], root: &Path) -> Vec<Vec<Finding>> {
    std::thread::scope(|scope| {
        let started: Vec<_> =
            checks.iter().map(|check| scope.spawn(move || check.check(root))).collect();
        let crashed = |_| vec![CRASHED.at(".", 1, "a check ended before it was done")];
        started.into_iter().map(|thread| thread.join().unwrap_or_else(crashed)).collect()
    })
}

fn print(findings: &[Finding], json: bool) -> ExitCode {
    write_out(&if json {
        format!("{}\n", serde_json::json!(findings))
    } else {
        findings.iter().map(|finding| format!("{finding}\n")).collect()
    });
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
