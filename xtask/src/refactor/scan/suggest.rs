//! A plan out of the natural cuts: one move for each part, what is named before what names it.
//!
//! The draft is for a person to read: names of files are those of the largest item. Tests stay with the
//! file until its last move takes their module to a file of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Scan;
use super::components;
use super::cuts::Part;
use super::graph::{Edges, Graph};

/// Words that no module can be called.
const KEYWORDS: [&str; 14] = [
    "type", "trait", "impl", "fn", "mod", "use", "match", "loop", "move", "ref", "self", "super",
    "where", "box",
];

/// What a package's features ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Features {
    /// There are none.
    None,
    /// Nothing but code of the package.
    Free,
    /// Dependencies, too.
    Bound,
}

impl Features {
    /// Read from a manifest.
    pub(super) fn of(manifest: &toml::Table) -> Self {
        let Some(features) = manifest.get("features").and_then(toml::Value::as_table) else {
            return Self::None;
        };
        let asked = features.values().filter_map(toml::Value::as_array).flatten();
        let is_own =
            |one: &toml::Value| one.as_str().is_some_and(|name| features.contains_key(name));
        if asked.into_iter().all(is_own) { Self::Free } else { Self::Bound }
    }
}

/// The text of the plan.
pub(super) fn plan(package: &str, features: Features, scan: &Scan) -> String {
    let mut text = format!(
        "# A draft for `{package}`: read it, give the files better names, move what belongs elsewhere.\n\
         # `package` is the way from this file to the package.\n\npackage = \".\"\n"
    );
    text.push_str(match features {
        Features::None => "",
        Features::Free => "all_features = true\n",
        Features::Bound => {
            "# all_features = true    # if they can all be on at once, and are at hand\n"
        }
    });
    let mut files: Vec<&str> = scan.parts.iter().map(|part| part.file.as_str()).collect();
    files.dedup();
    for file in files {
        let parts: Vec<&Part> = scan.parts.iter().filter(|part| part.file == file).collect();
        phase(&mut text, scan, file, &parts);
    }
    text
}

fn phase(text: &mut String, scan: &Scan, file: &str, parts: &[&Part]) {
    let graph = &scan.graph;
    put(text, format_args!("\n[[phase]]\nname = \"{file} below {} lines\"\n", scan.budget));
    let mut taken = graph
        .files
        .iter()
        .find(|one| one.path == file)
        .map_or_else(BTreeSet::new, |one| one.taken.clone());
    let mut made = Vec::new();
    for part in in_order(graph, parts) {
        let name = match inline_name(graph, part) {
            Some(name) => name,
            None => file_name(graph, part, &taken),
        };
        taken.insert(name.clone());
        let to = beside(file, &name);
        let title = largest(graph, part).first().map_or(String::new(), |at| bare(graph, *at));
        moved(text, graph, part, file, &to);
        if inline_name(graph, part).is_none() {
            put(text, format_args!("doc = \"`{title}` and what goes with it.\"\n"));
        }
        made.push((to, part.lines));
    }
    for (_, unit) in graph
        .units
        .iter()
        .enumerate()
        .filter(|(_, unit)| unit.file == file && unit.is_test && unit.kind == "mod")
    {
        let to = beside(file, unit.name.trim_start_matches("mod:"));
        put(
            text,
            format_args!(
                "\n[[phase.move]]\nitems = [\"{}\"]\nfrom = \"{file}\"\nto = \"{to}\"\n",
                unit.name
            ),
        );
    }
    put(text, format_args!("\n[[phase.budget]]\nfile = \"{file}\"\nlines_max = {}\n", scan.budget));
    for (to, lines) in made {
        let max = scan.budget.max(lines * 5 / 4);
        if lines > scan.budget {
            put(text, format_args!("\n# {lines} lines in one item: it has to be split by hand.\n"));
        } else {
            text.push('\n');
        }
        put(text, format_args!("[[phase.budget]]\nfile = \"{to}\"\nlines_max = {max}\n"));
    }
}

fn moved(text: &mut String, graph: &Graph, part: &Part, file: &str, to: &str) {
    let names = part
        .units
        .iter()
        .filter_map(|at| graph.units.get(*at))
        .map(|unit| format!("\"{}\"", unit.name));
    let names: Vec<String> = names.collect();
    let list = names.join(", ");
    let items = if list.len() <= LINE_MAX {
        format!("[{list}]")
    } else {
        format!("[\n  {},\n]", names.join(",\n  "))
    };
    put(
        text,
        format_args!(
            "\n# {} lines; {} edges inside, {} out, {} in\n[[phase.move]]\nitems = {items}\nfrom = \"{file}\"\nto = \"{to}\"\ntests = \"stay\"\n",
            part.lines, part.inner, part.out, part.into
        ),
    );
}

const LINE_MAX: usize = 90;

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = text.write_fmt(arguments);
}

/// Parts that are named before those that name them, as far as there are no circles.
fn in_order<'a>(graph: &Graph, parts: &[&'a Part]) -> Vec<&'a Part> {
    let mut home = BTreeMap::new();
    for (at, part) in parts.iter().enumerate() {
        home.extend(part.units.iter().map(|unit| (*unit, at)));
    }
    let mut edges = Edges::new();
    for ((from, to), weight) in &graph.edges {
        if let (Some(from), Some(to)) = (home.get(from), home.get(to))
            && from != to
        {
            *edges.entry((*from, *to)).or_insert(0) += weight;
        }
    }
    let all: Vec<usize> = (0..parts.len()).collect();
    let mut groups = components::of(&all, &edges);
    for group in &mut groups {
        // In a circle there is no before: the order of the file.
        group.sort_by_key(|at| parts.get(*at).map(|part| part.units.clone()));
    }
    groups.into_iter().flatten().filter_map(|at| parts.get(at).copied()).collect()
}

/// The name of a part that is one inline module: it keeps its path.
fn inline_name(graph: &Graph, part: &Part) -> Option<String> {
    let first = graph.units.get(*part.units.first()?)?;
    first.name.strip_prefix("mod:").map(str::to_owned)
}

/// Units of a part, types first, then by lines.
fn largest(graph: &Graph, part: &Part) -> Vec<usize> {
    let mut units = part.units.clone();
    let key = |at: &usize| {
        let unit = graph.units.get(*at)?;
        let is_type = matches!(unit.kind, "struct" | "enum" | "trait" | "union");
        Some((!is_type, std::cmp::Reverse(unit.lines)))
    };
    units.sort_by_key(key);
    units
}

fn bare(graph: &Graph, at: usize) -> String {
    let name = graph.units.get(at).map_or("", |unit| unit.name.as_str());
    let name = name.rsplit(':').next().unwrap_or_default();
    name.rsplit(' ').next().unwrap_or_default().to_owned()
}

/// The name of the largest item that is free, in the form of a module.
fn file_name(graph: &Graph, part: &Part, taken: &BTreeSet<String>) -> String {
    let names: Vec<String> =
        largest(graph, part).into_iter().map(|at| snake(&bare(graph, at))).collect();
    let first = names.first().cloned().unwrap_or_default();
    let numbered = (2..).map(|number| format!("{first}_{number}"));
    let is_free = |name: &String| {
        !name.is_empty() && !taken.contains(name) && !KEYWORDS.contains(&name.as_str())
    };
    let mut free = names.into_iter().chain(numbered.take(graph.units.len() + 1)).filter(is_free);
    free.next().unwrap_or_else(|| "part".to_owned())
}

/// `LineScope` becomes `line_scope`, `STEPS` becomes `steps`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut before_is_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && before_is_lower {
            out.push('_');
        }
        before_is_lower = c.is_lowercase() || c.is_ascii_digit();
        out.extend(c.to_lowercase());
    }
    out
}

/// Where the modules of a file are: beside a root or `mod.rs`, else in the folder of its name.
fn beside(file: &str, name: &str) -> String {
    let (folder, own) = file.rsplit_once('/').unwrap_or(("", file));
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    match own {
        "lib.rs" | "main.rs" | "mod.rs" => format!("{folder}{name}.rs"),
        _ => format!("{folder}{}/{name}.rs", own.trim_end_matches(".rs")),
    }
}
