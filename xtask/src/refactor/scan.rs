//! `cargo xtask refactor scan`: where the mass of a package is, and where it comes apart.
//!
//! 1. `graph` makes units of items (a type with its impls is one) and says which names which.
//! 2. `components` finds what can only move together without naming each other across files both ways.
//! 3. `cuts` joins units into parts that fit a budget and name each other more than others.
//! 4. `show` prints it, `suggest` drafts a plan of it.
//!
//! All of it is integers in a fixed order: two runs over one tree print the same bytes.

mod components;
mod cuts;
mod graph;
mod names;
mod show;
mod suggest;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::compile::Package;
use super::plan::Plan;
use super::source::tree::Tree;
use crate::finding::{Finding, Rule};
use crate::{workspace_root, write_out};
use cuts::Part;
use graph::Graph;

const NO_PACKAGE: Rule = Rule::new(
    "refactor",
    "no-package",
    "name the folder of a package, or a member of the workspace",
);

/// The command line of `scan`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The package's folder, or the name of a member of the workspace
    package: String,
    /// Lines that a file may have
    #[arg(long, default_value_t = 500)]
    budget: usize,
    /// Print JSON
    #[arg(long, conflicts_with_all = ["dot", "suggest"])]
    pub(crate) json: bool,
    /// Print the graph of items in the language of Graphviz
    #[arg(long, conflicts_with = "suggest")]
    dot: bool,
    /// Print a plan that takes apart what is over the budget
    #[arg(long)]
    suggest: bool,
}

/// What a scan found.
pub(crate) struct Scan {
    /// Lines that a file may have.
    budget: usize,
    /// Units and edges.
    graph: Graph,
    /// Units that name each other in circles, the largest first; single ones are left out.
    circles: Vec<Vec<usize>>,
    /// The parts of each file over the budget.
    parts: Vec<Part>,
}

impl Scan {
    /// Looks at the trees of a package's targets; a file of two targets counts once.
    fn of(trees: &[Tree], budget: usize) -> Self {
        let graph = Graph::of(trees);
        let all: Vec<usize> = (0..graph.units.len()).collect();
        let mut circles = components::of(&all, &graph.edges);
        circles.retain(|circle| circle.len() > 1);
        circles.sort_by_key(|circle| (std::cmp::Reverse(graph.lines_of(circle)), circle.clone()));
        let over = graph.files.iter().filter(|file| file.lines > budget);
        let over = over.filter(|file| !file.path.starts_with("src/bin/"));
        let parts = over.flat_map(|file| cuts::of(&graph, &file.path, budget)).collect();
        Self { budget, graph, circles, parts }
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Finding> {
    let folder = folder_of(&args.package)?;
    let package = Package::open(&folder, &Plan::parse("scan", "")?, None)?;
    // Test and bench targets are roots of their own: a file beside them would be one more target.
    let is_product = |(at, root): &(usize, &String)| *at == 0 || root.starts_with("src/");
    let roots = package.roots.iter().enumerate().filter(is_product);
    let trees: Vec<Tree> = roots
        .map(|(_, root)| root)
        .map(|root| Tree::load(&package.folder, root))
        .collect::<Result<_, _>>()?;
    let scan = Scan::of(&trees, args.budget);
    write_out(&if args.json {
        format!("{}\n", show::json(&package.name, &scan))
    } else if args.dot {
        show::dot(&package.name, &scan)
    } else if args.suggest {
        suggest::plan(&package.name, features(&package.folder), &scan)
    } else {
        show::table(&package.name, &scan)
    });
    Ok(ExitCode::SUCCESS)
}

/// What cargo could read a moment ago.
fn features(folder: &Path) -> suggest::Features {
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    suggest::Features::of(&toml::from_str(&text).unwrap_or_default())
}

/// A folder as it stands, or a crate of the workspace around.
fn folder_of(package: &str) -> Result<PathBuf, Finding> {
    let given = Path::new(package);
    let inside = workspace_root().map(|root| root.join("crates").join(package));
    let found = [Some(given.to_path_buf()), inside].into_iter().flatten();
    let mut found = found.filter(|folder| folder.join("Cargo.toml").is_file());
    found.next().ok_or_else(|| NO_PACKAGE.at(package, 1, "there is no Cargo.toml"))
}
