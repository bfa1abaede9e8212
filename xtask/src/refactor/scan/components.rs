//! Strongly connected groups, by Tarjan's algorithm ("Depth-first search and linear graph algorithms",
//! 1972) with a stack of its own instead of recursion.
//!
//! The groups come in an order in which each stands after all that it points to; the nodes of a group in
//! ascending order. The order of the result depends on nothing but the graph.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Edges;

/// The groups of the graph between `nodes`.
pub(super) fn of(nodes: &[usize], edges: &Edges) -> Vec<Vec<usize>> {
    let inside: BTreeSet<usize> = nodes.iter().copied().collect();
    let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in edges.keys().filter(|(from, to)| inside.contains(from) && inside.contains(to))
    {
        out.entry(*from).or_default().push(*to);
    }
    let mut search = Search { out, ..Search::default() };
    for node in nodes {
        if !search.number.contains_key(node) {
            search.from(*node);
        }
    }
    search.groups
}

#[derive(Default)]
struct Search {
    out: BTreeMap<usize, Vec<usize>>,
    /// In which order the nodes were reached.
    number: BTreeMap<usize, usize>,
    /// The earliest node still open that is reached from each.
    low: BTreeMap<usize, usize>,
    /// Nodes without a group yet.
    open: Vec<usize>,
    is_open: BTreeSet<usize>,
    groups: Vec<Vec<usize>>,
}

impl Search {
    fn from(&mut self, start: usize) {
        // A node and how many of its edges were followed.
        let mut path = vec![(start, 0)];
        self.enter(start);
        while let Some((node, followed)) = path.last_mut() {
            let (node, next) =
                (*node, self.out.get(node).and_then(|out| out.get(*followed)).copied());
            *followed += 1;
            match next {
                Some(next) if !self.number.contains_key(&next) => {
                    self.enter(next);
                    path.push((next, 0));
                }
                Some(next) if self.is_open.contains(&next) => {
                    let number = self.number.get(&next).copied().unwrap_or(usize::MAX);
                    self.lower(node, number);
                }
                Some(_) => {}
                None => {
                    path.pop();
                    self.leave(node);
                    let low = self.low.get(&node).copied().unwrap_or(usize::MAX);
                    if let Some((above, _)) = path.last() {
                        self.lower(*above, low);
                    }
                }
            }
        }
    }

    fn enter(&mut self, node: usize) {
        let number = self.number.len();
        self.number.insert(node, number);
        self.low.insert(node, number);
        self.open.push(node);
        self.is_open.insert(node);
    }

    fn lower(&mut self, node: usize, to: usize) {
        self.low.entry(node).and_modify(|low| *low = (*low).min(to));
    }

    /// All edges of a node are followed: if nothing earlier is reached, what is open above it is a group.
    fn leave(&mut self, node: usize) {
        if self.low.get(&node) != self.number.get(&node) {
            return;
        }
        let mut group = Vec::new();
        while let Some(member) = self.open.pop() {
            self.is_open.remove(&member);
            group.push(member);
            if member == node {
                break;
            }
        }
        group.sort_unstable();
        self.groups.push(group);
    }
}
