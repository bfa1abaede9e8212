//! Natural cuts of a file: parts that fit a budget and name each other more than they name others.
//!
//! 1. Units that name each other in circles begin as one part, as far as the budget allows.
//! 2. The two parts are joined whose union gains most *modularity* (Newman, "Fast algorithm for detecting
//!    community structure in networks", 2004), in integers, until no union within the budget gains.
//! 3. Parts too small for a file of their own join the one they are closest to, or each other.
//!
//! What everybody names tells little about who belongs together: an edge counts the less the more units
//! name its target. Neighbours in the file count a little, for somebody once put them side by side.
//!
//! Macros stay: their scope is the text below them. So do calls of macros, which may declare anything,
//! and tests. Inline modules get files of their own and take no part in the joining.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::components;
use super::graph::{Edges, Graph, Unit};

/// Some units of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Part {
    /// The file they are in.
    pub(super) file: String,
    /// In order of position.
    pub(super) units: Vec<usize>,
    /// Their lines.
    pub(super) lines: usize,
    /// Edges between its own units.
    pub(super) inner: u64,
    /// Edges from it to other units of the package.
    pub(super) out: u64,
    /// Edges from other units to it.
    pub(super) into: u64,
}

/// Of a budget, what code may use: imports and comments of the new file need the rest.
const SHARE: (usize, usize) = (4, 5);
/// A part below this share of the budget gets no file of its own.
const SMALL: usize = 6;
/// An inline module below this share stays.
const SMALL_INLINE: usize = 20;

/// The parts of one file, the largest first.
pub(super) fn of(graph: &Graph, file: &str, budget: usize) -> Vec<Part> {
    let room = budget * SHARE.0 / SHARE.1;
    let in_file = graph.units.iter().enumerate().filter(|(_, unit)| unit.file == file);
    let in_file: Vec<(usize, &Unit)> = in_file.collect();
    let inline: Vec<usize> =
        in_file.iter().filter(|(_, unit)| is_inline(unit, budget)).map(|(at, _)| *at).collect();
    let movable: Vec<usize> =
        in_file.iter().filter(|(_, unit)| is_movable(unit)).map(|(at, _)| *at).collect();
    let mut joining = Joining::new(graph, &movable, room);
    joining.join();
    joining.join_small(budget / SMALL);
    let mut parts: Vec<Part> =
        joining.parts.into_values().map(|units| part(graph, file, units)).collect();
    parts.extend(inline.into_iter().map(|unit| part(graph, file, vec![unit])));
    parts.sort_by(|a, b| (b.lines, &a.units).cmp(&(a.lines, &b.units)));
    parts
}

/// A module of a few lines is well where it is.
fn is_inline(unit: &Unit, budget: usize) -> bool {
    unit.kind == "mod" && !unit.is_test && unit.lines * SMALL_INLINE > budget
}

fn is_movable(unit: &Unit) -> bool {
    !unit.is_test && !matches!(unit.kind, "mod" | "macro" | "call")
}

fn part(graph: &Graph, file: &str, mut units: Vec<usize>) -> Part {
    units.sort_by_key(|at| graph.units.get(*at).map_or(0, |unit| unit.position));
    let own: BTreeSet<usize> = units.iter().copied().collect();
    let sum = |from: bool, to: bool| {
        let fits = graph
            .edges
            .iter()
            .filter(|((a, b), _)| own.contains(a) == from && own.contains(b) == to);
        fits.map(|(_, weight)| weight).sum()
    };
    Part {
        file: file.to_owned(),
        lines: graph.lines_of(&units),
        inner: sum(true, true),
        out: sum(true, false),
        into: sum(false, true),
        units,
    }
}

/// Edges between units of one file as they bear on where to cut.
fn bonds(graph: &Graph, units: &[usize]) -> Edges {
    let mut named_by: BTreeMap<usize, u64> = BTreeMap::new();
    for (_, to) in graph.edges.keys() {
        *named_by.entry(*to).or_insert(0) += 1;
    }
    let weigh = |((from, to), weight): (&(usize, usize), &u64)| {
        let count = named_by.get(to).copied().unwrap_or(1).max(1);
        ((*from, *to), (weight * ALONE / count).max(1))
    };
    let mut bonds: Edges = graph.edges.iter().map(weigh).collect();
    for (one, next) in units.iter().zip(units.iter().skip(1)) {
        *bonds.entry((*one, *next)).or_insert(0) += NEIGHBOURS;
    }
    bonds
}

/// What an edge to something that nobody else names counts.
const ALONE: u64 = 1_000;
/// What standing side by side counts.
const NEIGHBOURS: u64 = 250;

/// Parts on their way to each other, each known by its first unit.
struct Joining {
    parts: BTreeMap<usize, Vec<usize>>,
    lines: BTreeMap<usize, usize>,
    /// Edges of a part inside the file, at both ends.
    degree: BTreeMap<usize, u64>,
    /// Edges between two parts, the smaller first.
    between: BTreeMap<(usize, usize), u64>,
    /// Twice the edges of the file.
    total: u64,
    room: usize,
}

impl Joining {
    fn new(graph: &Graph, units: &[usize], room: usize) -> Self {
        let mut joining = Self {
            parts: BTreeMap::new(),
            lines: BTreeMap::new(),
            degree: BTreeMap::new(),
            between: BTreeMap::new(),
            total: 0,
            room,
        };
        let mut home = BTreeMap::new();
        for group in components::of(units, &graph.edges) {
            let fits = graph.lines_of(&group) <= room;
            let groups =
                if fits { vec![group] } else { group.into_iter().map(|unit| vec![unit]).collect() };
            for group in groups {
                let Some(first) = group.first().copied() else { continue };
                home.extend(group.iter().map(|unit| (*unit, first)));
                joining.lines.insert(first, graph.lines_of(&group));
                joining.parts.insert(first, group);
            }
        }
        for ((from, to), weight) in bonds(graph, units) {
            let (Some(from), Some(to)) = (home.get(&from), home.get(&to)) else { continue };
            joining.total += 2 * weight;
            for end in [from, to] {
                *joining.degree.entry(*end).or_insert(0) += weight;
            }
            if from != to {
                *joining.between.entry(ordered(*from, *to)).or_insert(0) += weight;
            }
        }
        joining
    }

    fn join(&mut self) {
        loop {
            let best = self
                .between
                .iter()
                .filter(|((a, b), _)| self.fit(*a, *b))
                .map(|(pair, weight)| (self.gain(*pair, *weight), std::cmp::Reverse(*pair)))
                .max();
            match best {
                Some((gain, std::cmp::Reverse((a, b)))) if gain > 0 => self.union(a, b),
                _ => return,
            }
        }
    }

    /// What modularity gains, times a constant: edges found against edges expected by degree.
    fn gain(&self, (a, b): (usize, usize), weight: u64) -> i128 {
        let degree = |part| i128::from(self.degree.get(&part).copied().unwrap_or(0));
        i128::from(weight) * i128::from(self.total) - degree(a) * degree(b)
    }

    /// Small parts go to the one that they have most edges with, else to the smallest.
    fn join_small(&mut self, small: usize) {
        let mut settled = BTreeSet::new();
        loop {
            let size = |part: &usize| self.lines.get(part).copied().unwrap_or(0);
            let open =
                self.parts.keys().filter(|part| size(part) < small && !settled.contains(*part));
            let Some(part) = open.min_by_key(|part| (size(part), **part)).copied() else { return };
            let others = self.parts.keys().copied().filter(|other| *other != part);
            let closest = others.filter(|other| self.fit(part, *other)).max_by_key(|other| {
                let weight = self.between.get(&ordered(part, *other)).copied().unwrap_or(0);
                (weight, std::cmp::Reverse((size(other), *other)))
            });
            match closest {
                Some(other) => self.union(part, other),
                None => drop(settled.insert(part)),
            }
        }
    }

    fn fit(&self, a: usize, b: usize) -> bool {
        let lines = |part| self.lines.get(&part).copied().unwrap_or(0);
        lines(a) + lines(b) <= self.room
    }

    fn union(&mut self, a: usize, b: usize) {
        let (kept, gone) = ordered(a, b);
        let members = self.parts.remove(&gone).unwrap_or_default();
        self.parts.entry(kept).or_default().extend(members);
        let lines = self.lines.remove(&gone).unwrap_or(0);
        *self.lines.entry(kept).or_insert(0) += lines;
        let degree = self.degree.remove(&gone).unwrap_or(0);
        *self.degree.entry(kept).or_insert(0) += degree;
        let moved: Vec<((usize, usize), u64)> = self
            .between
            .iter()
            .filter(|((a, b), _)| *a == gone || *b == gone)
            .map(|(pair, weight)| (*pair, *weight))
            .collect();
        for (pair, weight) in moved {
            self.between.remove(&pair);
            let other = if pair.0 == gone { pair.1 } else { pair.0 };
            if other != kept {
                *self.between.entry(ordered(kept, other)).or_insert(0) += weight;
            }
        }
    }
}

fn ordered(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}
