//! Units of items and which names which.
//!
//! A unit is what a move takes together: a named item with the impls that belong to it, an impl that
//! belongs to no item of its file, the calls of one macro. An inline module is one unit.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::source::tree::{Module, Tree};
use super::super::source::{Item, Kind, SourceFile, slice};
use super::names::Names;

/// Items that move together.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Unit {
    /// The file, relative to the package.
    pub(super) file: String,
    /// As a plan names it.
    pub(super) name: String,
    /// The keyword of its first item.
    pub(super) kind: &'static str,
    /// Lines of all its items, with their comments.
    pub(super) lines: usize,
    /// How many impls go along.
    pub(super) impls: usize,
    /// Compiled for tests only.
    pub(super) is_test: bool,
    /// Position of the first item in the file.
    pub(super) position: usize,
}

/// A file and its mass.
#[derive(Clone, Debug, Serialize)]
pub(super) struct FileSize {
    /// Relative to the package.
    pub(super) path: String,
    /// All lines.
    pub(super) lines: usize,
    /// Lines of inline modules for tests.
    pub(super) test_lines: usize,
    /// Units in it.
    pub(super) units: usize,
    /// What a new module of the file may not be called.
    #[serde(skip)]
    pub(super) taken: BTreeSet<String>,
}

/// From unit to unit, with the number of items of the first that name the second.
pub(super) type Edges = BTreeMap<(usize, usize), u64>;

/// A package's units.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// By file, then by position.
    pub(super) units: Vec<Unit>,
    /// Tests name what they like: edges from them are left out.
    pub(super) edges: Edges,
    /// The longest first.
    pub(super) files: Vec<FileSize>,
}

impl Graph {
    /// The graph of all files of the trees.
    pub(super) fn of(trees: &[Tree]) -> Self {
        let mut graph = Self::default();
        for tree in trees {
            let known: BTreeSet<String> =
                graph.files.iter().map(|file| file.path.clone()).collect();
            let new = tree.files.values().filter(|file| !known.contains(&file.path));
            let owners: BTreeMap<&str, Owners> =
                new.map(|file| (file.path.as_str(), graph.add_file(file))).collect();
            graph.add_edges(tree, &owners);
        }
        graph.files.sort_by(|a, b| (b.lines, &a.path).cmp(&(a.lines, &b.path)));
        graph
    }

    /// Lines of some units together.
    pub(super) fn lines_of(&self, units: &[usize]) -> usize {
        units.iter().filter_map(|at| self.units.get(*at)).map(|unit| unit.lines).sum()
    }

    fn add_file(&mut self, file: &SourceFile) -> Owners {
        let mut owners = Owners::default();
        for (position, item) in file.items.iter().enumerate() {
            let Some(name) = unit_name(file, item) else { continue };
            let lines = lines(file, item);
            let at = *owners.by_plan_name.entry(name.clone()).or_insert_with(|| {
                self.units.push(Unit {
                    file: file.path.clone(),
                    name,
                    kind: item.kind.word(),
                    lines: 0,
                    impls: 0,
                    is_test: item.is_test_only(),
                    position,
                });
                self.units.len() - 1
            });
            if let Some(unit) = self.units.get_mut(at) {
                unit.lines += lines;
                unit.impls += usize::from(item.kind == Kind::Impl);
                if item.kind.is_named() {
                    unit.kind = item.kind.word();
                }
            }
            if item.kind.is_named() {
                owners.by_name.entry(item.name.clone()).or_insert(at);
            }
            owners.by_position.insert(position, at);
        }
        let tests = file.items.iter().filter(|item| item.is_test_only());
        let imported = file.items.iter().flat_map(|item| &item.uses).map(|leaf| leaf.name.clone());
        self.files.push(FileSize {
            path: file.path.clone(),
            lines: file.lines(),
            test_lines: tests.map(|item| lines(file, item)).sum(),
            units: owners.by_plan_name.len(),
            taken: imported.chain(owners.by_name.keys().cloned()).collect(),
        });
        owners
    }

    fn add_edges(&mut self, tree: &Tree, owners: &BTreeMap<&str, Owners>) {
        let names = Names::new(tree);
        for (path, file_owners) in owners {
            let Some(file) = tree.files.get(*path) else { continue };
            let Some(module) = tree.of_file(path) else { continue };
            for (position, item) in file.items.iter().enumerate() {
                let Some(from) = file_owners.by_position.get(&position) else { continue };
                if item.is_test_only() {
                    continue;
                }
                let mut found = BTreeSet::new();
                targets(&names, module, item, owners, &mut found);
                for to in found.into_iter().filter(|to| to != from) {
                    *self.edges.entry((*from, to)).or_insert(0) += 1;
                }
            }
        }
    }
}

/// The units of one file.
#[derive(Default)]
struct Owners {
    by_plan_name: BTreeMap<String, usize>,
    by_name: BTreeMap<String, usize>,
    by_position: BTreeMap<usize, usize>,
}

/// Units that an item names, also from inside of an inline module.
fn targets(
    names: &Names<'_>,
    module: &Module,
    item: &Item,
    owners: &BTreeMap<&str, Owners>,
    found: &mut BTreeSet<usize>,
) {
    if let Some(content) = &item.content {
        let mut inner = module.clone();
        inner.path.push(item.name.clone());
        inner.inline.push(item.name.clone());
        for item in content.items.iter().filter(|item| !item.is_test_only()) {
            targets(names, &inner, item, owners, found);
        }
        return;
    }
    let heads = item.names.iter().map(|name| vec![name.clone()]);
    for path in heads.chain(item.paths.iter().cloned()) {
        let Some((file, name)) = names.find(&module.path, &path) else { continue };
        found.extend(owners.get(file).and_then(|owners| owners.by_name.get(&name)));
    }
}

/// The word of a plan for the unit that an item belongs to; none for imports.
fn unit_name(file: &SourceFile, item: &Item) -> Option<String> {
    match item.kind {
        Kind::Use | Kind::ExternCrate => None,
        Kind::Mod if item.content.is_none() => None,
        Kind::Other => Some(format!("call:{}", item.name)),
        Kind::Impl => {
            let owner = item.owners.iter().find_map(|name| file.named(name).next());
            Some(owner.map_or_else(
                || item.title().replacen("impl ", "impl:", 1),
                |owner| named(file, owner),
            ))
        }
        _ => Some(named(file, item)),
    }
}

/// `Parser`, or `fn:parser` where two items of a file share the name.
fn named(file: &SourceFile, item: &Item) -> String {
    let same = file.named(&item.name).filter(|other| other.kind != item.kind).count();
    let word = if same > 0 || item.kind == Kind::Mod { item.kind.word() } else { "" };
    if word.is_empty() { item.name.clone() } else { format!("{word}:{}", item.name) }
}

fn lines(file: &SourceFile, item: &Item) -> usize {
    slice(&file.text, &item.full).lines().count()
}
