//! The compiler as the judge: one `cargo check`, and what it said about files of the package.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cargo_metadata::diagnostic::{Applicability, Diagnostic, DiagnosticLevel, DiagnosticSpan};
use cargo_metadata::{Message, Metadata};

use super::moves::Krate;
use super::plan::Plan;
use super::source::tree::Tree;
use crate::finding::{Finding, Rule};

const CARGO: Rule =
    Rule::new("refactor", "cargo", "make `cargo check` work in this package, then run again");

const EDITION: Rule = Rule::new(
    "refactor",
    "edition",
    "bring the package to edition 2018 first: `cargo fix --edition`",
);

/// A place in a file of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Relative to the package.
    pub(crate) file: String,
    /// Bytes.
    pub(crate) range: Range<usize>,
    /// Line, counted from 1.
    pub(crate) line: usize,
    /// What the compiler wrote at it.
    pub(crate) label: String,
}

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Whether it stops the build.
    pub(crate) is_error: bool,
    /// `E0603`, `unused_imports`; empty where the compiler has none.
    pub(crate) code: String,
    /// Its first line.
    pub(crate) message: String,
    /// Where it is.
    pub(crate) primary: Vec<Spot>,
    /// Other places of it, those of its notes included, in order.
    pub(crate) others: Vec<Spot>,
    /// The texts of its notes and helps.
    pub(crate) notes: Vec<String>,
    /// What the compiler would write where; whether it is sure.
    pub(crate) suggestions: Vec<(Spot, String, bool)>,
    /// In how many compilations of the same target it came up.
    pub(crate) times: usize,
    /// Root file of the target.
    pub(crate) target: String,
}

/// The outcome of a check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Errors and warnings.
    pub(crate) problems: Vec<Problem>,
    /// How often each target was compiled without an error, by its root file.
    pub(crate) compilations: BTreeMap<String, usize>,
    /// What it took.
    pub(crate) elapsed: Duration,
}

impl Outcome {
    /// Whether the package builds.
    pub(crate) fn builds(&self) -> bool {
        !self.problems.iter().any(|problem| problem.is_error)
    }
}

/// A package and how to check it.
pub(crate) struct Package {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Folder of its workspace.
    pub(crate) workspace: PathBuf,
    /// Its name as a crate.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Root files of its targets, relative to the folder; the library first.
    pub(crate) roots: Vec<String>,
    /// Root files of the other packages of the workspace, relative to the folder.
    pub(crate) neighbours: Vec<String>,
    arguments: Vec<String>,
    target_folder: Option<PathBuf>,
}

impl Package {
    /// Asks cargo about the package of a plan.
    pub(crate) fn open(
        folder: &Path,
        plan: &Plan,
        target_folder: Option<PathBuf>,
    ) -> Result<Self, Finding> {
        let shown = folder.join("Cargo.toml").display().to_string();
        let fail = |message: String| CARGO.at(&shown, 1, message);
        let folder = folder.canonicalize().map_err(|error| fail(error.to_string()))?;
        let metadata = metadata(&folder).map_err(fail)?;
        let manifest = folder.join("Cargo.toml");
        let package =
            metadata.packages.iter().find(|one| one.manifest_path.as_std_path() == manifest);
        let Some(package) = package else {
            return Err(fail("is no package of its workspace".to_owned()));
        };
        let relative =
            |path: &Path| path.strip_prefix(&folder).ok().and_then(Path::to_str).map(str::to_owned);
        if package.edition == cargo_metadata::Edition::E2015 {
            return Err(EDITION.at(&shown, 1, "is of edition 2015, whose paths mean other things"));
        }
        let others = metadata.workspace_packages().into_iter().filter(|one| one.id != package.id);
        let other_roots = others.flat_map(|one| &one.targets).map(|target| {
            let (from, path) = (folder.display().to_string(), target.src_path.as_str());
            let (above, file) = path.rsplit_once('/').unwrap_or(("", path));
            format!("{}{file}", super::moves::rewrite::way_back(above, &from))
        });
        let neighbours: Vec<String> = other_roots.collect();
        let mut targets: Vec<_> = package.targets.iter().collect();
        targets
            .sort_by_key(|target| (!target.is_lib() && !target.is_proc_macro(), !target.is_bin()));
        let roots = targets.iter().filter_map(|target| relative(target.src_path.as_std_path()));
        Ok(Self {
            roots: roots.collect(),
            neighbours,
            workspace: metadata.workspace_root.clone().into_std_path_buf(),
            name: package.name.replace('-', "_"),
            version: package.version.to_string(),
            arguments: arguments(plan),
            target_folder,
            folder,
        })
    }

    /// The crate that `file` is a module of.
    pub(crate) fn krate_of(&self, file: &str) -> Result<Krate, Finding> {
        let mut first = None;
        for root in &self.roots {
            let tree = Tree::load(&self.folder, root)?;
            let found = tree.files.contains_key(file);
            let version = self.version.clone();
            let krate = Krate { root_file: root.clone(), tree, version };
            if found {
                return Ok(krate);
            }
            first = first.or(Some(krate));
        }
        first.ok_or_else(|| CARGO.at("Cargo.toml", 1, "the package has no target"))
    }

    /// Runs `cargo check`.
    pub(crate) fn check(&self) -> Result<Outcome, Finding> {
        let started = Instant::now();
        let mut cargo = command(&self.folder);
        cargo.args(["check", "--offline", "--message-format=json"]).args(&self.arguments);
        if let Some(folder) = &self.target_folder {
            cargo.arg("--target-dir").arg(folder);
        }
        let output =
            cargo.output().map_err(|error| CARGO.at("Cargo.toml", 1, error.to_string()))?;
        let mut outcome = Outcome::default();
        for message in Message::parse_stream(output.stdout.as_slice()).map_while(Result::ok) {
            match message {
                Message::CompilerMessage(one) => {
                    let target = self.relative(one.target.src_path.as_std_path());
                    self.add(&mut outcome, &one.message, target.unwrap_or_default());
                }
                Message::CompilerArtifact(one) => {
                    if let Some(target) = self.relative(one.target.src_path.as_std_path()) {
                        *outcome.compilations.entry(target).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        if !output.status.success() && outcome.builds() {
            let said = String::from_utf8_lossy(&output.stderr);
            let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
            let first = lines.iter().find(|line| line.starts_with("error")).or(lines.last());
            return Err(CARGO.at("Cargo.toml", 1, (*first.unwrap_or(&"cargo failed")).to_owned()));
        }
        outcome.elapsed = started.elapsed();
        Ok(outcome)
    }

    fn relative(&self, path: &Path) -> Option<String> {
        let path = if path.is_absolute() { path.to_owned() } else { self.workspace.join(path) };
        path.strip_prefix(&self.folder).ok()?.to_str().map(str::to_owned)
    }

    fn spot(&self, span: &DiagnosticSpan) -> Option<Spot> {
        Some(Spot {
            file: self.relative(Path::new(&span.file_name))?,
            range: span.byte_start as usize..span.byte_end as usize,
            line: span.line_start,
            label: span.label.clone().unwrap_or_default(),
        })
    }

    fn add(&self, outcome: &mut Outcome, said: &Diagnostic, target: String) {
        let is_error = match said.level {
            DiagnosticLevel::Error | DiagnosticLevel::Ice => true,
            DiagnosticLevel::Warning => false,
            _ => return,
        };
        let (primary, mut others): (Vec<_>, Vec<_>) =
            said.spans.iter().partition(|span| span.is_primary);
        others.extend(said.children.iter().flat_map(|child| &child.spans));
        let suggested = said.spans.iter().chain(said.children.iter().flat_map(|c| &c.spans));
        let problem = Problem {
            is_error,
            code: said.code.as_ref().map(|code| code.code.clone()).unwrap_or_default(),
            message: said.message.clone(),
            primary: primary.iter().filter_map(|span| self.spot(span)).collect(),
            others: others
                .iter()
                .filter(|span| span.suggested_replacement.is_none())
                .filter_map(|span| self.spot(span))
                .collect(),
            notes: said.children.iter().map(|child| child.message.clone()).collect(),
            suggestions: suggested
                .filter_map(|span| {
                    let sure =
                        span.suggestion_applicability == Some(Applicability::MachineApplicable);
                    Some((self.spot(span)?, span.suggested_replacement.clone()?, sure))
                })
                .collect(),
            times: 1,
            target,
        };
        // The last line of a failed build, "aborting due to …", has no place.
        if problem.primary.is_empty() && said.spans.is_empty() && said.message.contains("aborting")
        {
            return;
        }
        match outcome.problems.iter_mut().find(|known| same(known, &problem)) {
            Some(known) => known.times += 1,
            None => outcome.problems.push(problem),
        }
    }
}

fn same(a: &Problem, b: &Problem) -> bool {
    (&a.message, &a.primary, &a.code, &a.target) == (&b.message, &b.primary, &b.code, &b.target)
}

fn arguments(plan: &Plan) -> Vec<String> {
    let mut arguments = plan.check.clone();
    if !plan.features.is_empty() {
        arguments.extend(["--features".to_owned(), plan.features.join(",")]);
    }
    if plan.all_features {
        arguments.push("--all-features".to_owned());
    }
    if plan.no_default_features {
        arguments.push("--no-default-features".to_owned());
    }
    if let Some(target) = &plan.target {
        arguments.extend(["--target".to_owned(), target.clone()]);
    }
    arguments
}

/// Cargo in a folder, without what an outer cargo has set for another package.
fn command(folder: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Without the network; with it when that is not enough.
fn metadata(folder: &Path) -> Result<Metadata, String> {
    let mut said = String::new();
    for offline in [true, false] {
        let mut cargo = command(folder);
        cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
        if offline {
            cargo.arg("--offline");
        }
        let output = cargo.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            let text = String::from_utf8_lossy(&output.stdout);
            return cargo_metadata::MetadataCommand::parse(text.as_ref())
                .map_err(|e| e.to_string());
        }
        said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ");
    }
    Err(said)
}
