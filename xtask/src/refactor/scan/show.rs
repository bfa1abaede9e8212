//! A scan as a table, as JSON, and as a graph for Graphviz.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Scan;
use super::graph::Unit;

/// How many of the largest units the table has.
const UNITS_SHOWN: usize = 15;
/// How many circles and parts.
const GROUPS_SHOWN: usize = 20;
/// How wide a list of names may be.
const LIST_CHARS_MAX: usize = 90;

/// For people.
pub(super) fn table(package: &str, scan: &Scan) -> String {
    let graph = &scan.graph;
    let lines: usize = graph.files.iter().map(|file| file.lines).sum();
    let (files, units, edges) = (graph.files.len(), graph.units.len(), graph.edges.len());
    let mut text =
        format!("{package}: {files} files, {lines} lines, {units} items, {edges} edges\n");
    let over: Vec<_> = graph.files.iter().filter(|file| file.lines > scan.budget).collect();
    put(
        &mut text,
        format_args!("\nfiles over {} lines\n  lines  of tests  items  file\n", scan.budget),
    );
    for file in &over {
        put(
            &mut text,
            format_args!(
                "{:>7} {:>9} {:>6}  {}\n",
                file.lines, file.test_lines, file.units, file.path
            ),
        );
    }
    if over.is_empty() {
        text.push_str("   none\n");
    }
    text.push_str("\nlargest items\n  lines  impls  named by  names  item\n");
    for (at, unit) in by_size(scan).into_iter().take(UNITS_SHOWN) {
        let into = graph.edges.keys().filter(|(_, to)| *to == at).count();
        let out = graph.edges.keys().filter(|(from, _)| *from == at).count();
        let place = place(unit);
        put(
            &mut text,
            format_args!("{:>7} {:>6} {into:>9} {out:>6}  {place}\n", unit.lines, unit.impls),
        );
    }
    text.push_str("\nitems that name each other in circles\n  lines  items\n");
    for circle in scan.circles.iter().take(GROUPS_SHOWN) {
        put(&mut text, format_args!("{:>7}  {}\n", graph.lines_of(circle), list(scan, circle)));
    }
    if scan.circles.is_empty() {
        text.push_str("   none\n");
    }
    let mut file = "";
    for part in &scan.parts {
        if part.file != file {
            file = &part.file;
            put(
                &mut text,
                format_args!("\nnatural cuts of {file}\n  lines  inside  out  into  items\n"),
            );
        }
        let items = list(scan, &part.units);
        put(
            &mut text,
            format_args!(
                "{:>7} {:>7} {:>4} {:>5}  {items}\n",
                part.lines, part.inner, part.out, part.into
            ),
        );
    }
    text
}

/// For machines: everything, with units by their number.
pub(super) fn json(package: &str, scan: &Scan) -> Value {
    let edges = scan.graph.edges.iter().map(|((from, to), weight)| json!([from, to, weight]));
    json!({
        "package": package,
        "budget": scan.budget,
        "files": scan.graph.files,
        "items": scan.graph.units,
        "edges": edges.collect::<Vec<_>>(),
        "circles": scan.circles,
        "cuts": scan.parts,
    })
}

/// One box for each part, edges as wide as their weight.
pub(super) fn dot(package: &str, scan: &Scan) -> String {
    let mut text = format!("digraph {package:?} {{\n  node [shape=box, fontsize=10];\n");
    for (number, part) in scan.parts.iter().enumerate() {
        let label = format!("{}: {} lines", part.file, part.lines);
        put(&mut text, format_args!("  subgraph cluster_{number} {{\n    label={label:?};\n"));
        for at in &part.units {
            put(&mut text, format_args!("    n{at};\n"));
        }
        text.push_str("  }\n");
    }
    for (at, unit) in scan.graph.units.iter().enumerate().filter(|(_, unit)| !unit.is_test) {
        let label = format!("{} ({})", unit.name, unit.lines);
        put(&mut text, format_args!("  n{at} [label={label:?}];\n"));
    }
    for ((from, to), weight) in &scan.graph.edges {
        put(&mut text, format_args!("  n{from} -> n{to} [penwidth={}];\n", (*weight).min(5)));
    }
    text.push_str("}\n");
    text
}

fn by_size(scan: &Scan) -> Vec<(usize, &Unit)> {
    let mut units: Vec<(usize, &Unit)> =
        scan.graph.units.iter().enumerate().filter(|(_, unit)| !unit.is_test).collect();
    units.sort_by_key(|(at, unit)| (std::cmp::Reverse(unit.lines), *at));
    units
}

fn place(unit: &Unit) -> String {
    format!("{}  {}", unit.name, unit.file)
}

/// Names with commas, as many as fit.
fn list(scan: &Scan, units: &[usize]) -> String {
    let mut text = String::new();
    for (count, at) in units.iter().enumerate() {
        let name = scan.graph.units.get(*at).map_or("", |unit| unit.name.as_str());
        if text.len() + name.len() > LIST_CHARS_MAX {
            put(&mut text, format_args!(" and {} more", units.len() - count));
            break;
        }
        let comma = if text.is_empty() { "" } else { ", " };
        put(&mut text, format_args!("{comma}{name}"));
    }
    text
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = text.write_fmt(arguments);
}
