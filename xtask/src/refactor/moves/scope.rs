//! What moved code imports in its new module, and who else names what moves.

use std::collections::{BTreeMap, BTreeSet};

use super::super::imports::Import;
use super::super::reach;
use super::super::source::tree::{Binding, Module, Tree};
use super::super::source::uses::Use;
use super::super::source::{Item, Kind};
use super::Draft;
use super::follow::Follow;

/// Names that code outside of a move uses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentions {
    /// In the old file.
    here: BTreeSet<String>,
    /// In the old file, by code that is not for tests only.
    here_built: BTreeSet<String>,
    /// In other files.
    elsewhere: BTreeSet<String>,
}

impl Mentions {
    /// Reads the whole crate but the items `taken` of `from`, and what follows them.
    pub(crate) fn gather(tree: &Tree, from: &str, taken: &[usize], follow: &[Follow]) -> Self {
        let mut found = Self::default();
        for (path, file) in &tree.files {
            for (at, item) in file.items.iter().enumerate() {
                if path != from {
                    found.elsewhere.extend(all_names(item));
                } else if !taken.contains(&at) {
                    found.here.extend(names_left(item, follow));
                    if !item.is_test_only() {
                        found.here_built.extend(all_names(item));
                    }
                }
            }
        }
        for names in [&mut found.here, &mut found.here_built, &mut found.elsewhere] {
            close_over_macros(tree, names);
        }
        found
    }

    /// Whether any code outside of the move names it.
    pub(crate) fn anywhere(&self, name: &str) -> bool {
        self.here.contains(name) || self.elsewhere.contains(name)
    }

    /// Whether the old file still names it.
    pub(crate) fn here(&self, name: &str) -> bool {
        self.here.contains(name)
    }

    /// Whether nothing but tests of the old file names it.
    pub(crate) fn only_tests(&self, name: &str) -> bool {
        !self.here_built.contains(name) && !self.elsewhere.contains(name)
    }
}

/// The names of an item without those that only what follows the move names.
fn names_left(item: &Item, follow: &[Follow]) -> Vec<String> {
    let cut = follow.iter().filter(|one| one.name == item.name).flat_map(|one| &one.cut);
    let cut: Vec<_> = cut.collect();
    match &item.content {
        Some(content) if !cut.is_empty() => {
            let left = content.items.iter().filter(|inner| {
                !cut.iter()
                    .any(|range| range.start <= inner.full.start && inner.full.end <= range.end)
            });
            left.flat_map(all_names).collect()
        }
        _ => all_names(item).collect(),
    }
}

/// Every segment of every path.
fn all_names(item: &Item) -> impl Iterator<Item = String> + '_ {
    item.names.iter().chain(item.paths.iter().flatten()).cloned()
}

/// Who calls a macro names what the macro's rules name: they are read where it is called.
pub(crate) fn close_over_macros(tree: &Tree, names: &mut BTreeSet<String>) {
    let macros: BTreeMap<&str, &Item> = tree
        .files
        .values()
        .flat_map(|file| &file.items)
        .filter(|item| item.kind == Kind::Macro)
        .map(|item| (item.name.as_str(), item))
        .collect();
    let mut waiting: Vec<String> = names.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        for inner in macros.get(name.as_str()).map(|item| &item.names).into_iter().flatten() {
            if names.insert(inner.clone()) {
                waiting.push(inner.clone());
            }
        }
    }
}

/// The names that the moved items use, each with the `cfg`s that all of its users share.
fn needed(draft: &Draft<'_>) -> BTreeMap<String, Vec<String>> {
    let mut needed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for item in draft.items() {
        let mut names = item.names.clone();
        close_over_macros(&draft.krate.tree, &mut names);
        for name in names {
            let shared = needed.entry(name).or_insert_with(|| item.cfgs.clone());
            if *shared != item.cfgs {
                shared.clear();
            }
        }
    }
    needed
}

/// The imports of the new module.
pub(crate) fn imports(draft: &Draft<'_>) -> Vec<Import> {
    let tree = &draft.krate.tree;
    let scope = tree.scope(&draft.from);
    let there = tree.of_path(&draft.to.path).map(|module| tree.scope(module)).unwrap_or_default();
    let mut found = BTreeSet::new();
    let mut unknown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, cfgs) in needed(draft) {
        let known = there.get(&name).is_some_and(|bindings| !bindings.is_empty());
        if draft.names.contains(&name) || known {
            continue;
        }
        match scope.get(&name) {
            Some(bindings) => {
                for binding in bindings {
                    found.extend(import(draft, &name, binding, &cfgs));
                }
            }
            None => {
                unknown.insert(name, cfgs);
            }
        }
    }
    found.extend(globs(draft, &unknown));
    let mut found: Vec<Import> = found.into_iter().collect();
    found.sort_by_key(|import| import.is_local());
    found
}

/// The globs of the old module that bring in one of the names, or may.
fn globs(draft: &Draft<'_>, unknown: &BTreeMap<String, Vec<String>>) -> Vec<Import> {
    let tree = &draft.krate.tree;
    let mut found = Vec::new();
    for (leaf, cfgs) in tree.globs(&draft.from) {
        let absolute = tree.absolute(&draft.from.path, &leaf.path);
        let names = absolute.as_ref().and_then(|path| tree.names_in(path));
        let wanted = match &names {
            Some(names) => unknown.keys().any(|name| names.contains(name)),
            None => unknown.keys().any(|name| is_foreign(name)),
        };
        if wanted && absolute.as_ref() != Some(&draft.to.path) {
            found.push(from_leaf(draft, &leaf, &cfgs));
        }
    }
    found
}

/// Names that are always in scope: worth no glob.
fn is_foreign(name: &str) -> bool {
    const PRELUDE: [&str; 44] = [
        "Self",
        "Box",
        "String",
        "Vec",
        "Option",
        "Some",
        "None",
        "Result",
        "Ok",
        "Err",
        "Copy",
        "Send",
        "Sized",
        "Sync",
        "Unpin",
        "Drop",
        "Fn",
        "FnMut",
        "FnOnce",
        "AsMut",
        "AsRef",
        "From",
        "Into",
        "DoubleEndedIterator",
        "ExactSizeIterator",
        "Extend",
        "IntoIterator",
        "Iterator",
        "Clone",
        "Default",
        "Eq",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "ToOwned",
        "ToString",
        "Debug",
        "Hash",
        "TryFrom",
        "TryInto",
        "FromIterator",
        "T",
        "K",
        "V",
    ];
    name.starts_with(char::is_uppercase) && !PRELUDE.contains(&name)
}

/// One name of the old module, imported into the new one.
fn import(draft: &Draft<'_>, name: &str, binding: &Binding, users: &[String]) -> Option<Import> {
    bound(&draft.krate.tree, &draft.from, &draft.to.path, name, binding, users)
}

/// What `binding` of `name` in `from` is as an import of the module `to`; nothing if it is there.
pub(crate) fn bound(
    tree: &Tree,
    from: &Module,
    to: &[String],
    name: &str,
    binding: &Binding,
    users: &[String],
) -> Option<Import> {
    match binding {
        Binding::Item(Kind::Macro) if is_exported(tree, from, name) => {
            Some(with_cfgs(Import::of(&format!("crate::{name}")), users))
        }
        Binding::Item(_) => {
            let mut target = from.path.clone();
            target.push(name.to_owned());
            let own = own_cfgs(tree, from, name);
            let cfgs = if own.is_empty() { users } else { own.as_slice() };
            Some(with_cfgs(Import::of(&reach::path_from(to, &target)), cfgs))
        }
        Binding::Import { leaf, cfgs, .. } => {
            let absolute = tree.absolute(&from.path, &leaf.path);
            let above = absolute.as_ref().and_then(|path| path.split_last());
            if above.is_some_and(|(last, above)| above == to && *last == leaf.name) {
                return None;
            }
            let both: Vec<String> = if cfgs.is_empty() { users.to_vec() } else { cfgs.clone() };
            Some(with_cfgs(Import::of(&translated(tree, &from.path, to, leaf)), &both))
        }
    }
}

/// The `cfg`s without which a module has no item of this name.
fn own_cfgs(tree: &Tree, module: &Module, name: &str) -> Vec<String> {
    let named = |item: &&Item| item.kind.is_named() && item.name == name;
    let mut items = tree.items(module).iter().filter(named);
    let first = items.next().map(|item| item.cfgs.clone()).unwrap_or_default();
    if items.all(|item| item.cfgs == first) { first } else { Vec::new() }
}

fn with_cfgs(import: Import, cfgs: &[String]) -> Import {
    Import { cfgs: cfgs.to_vec(), ..import }
}

/// A leaf of the old module's imports, written for the new one.
fn from_leaf(draft: &Draft<'_>, leaf: &Use, cfgs: &[String]) -> Import {
    let path = translated(&draft.krate.tree, &draft.from.path, &draft.to.path, leaf);
    with_cfgs(Import::of(&path), cfgs)
}

/// The path of a leaf in `from`, as written in `to`.
pub(crate) fn translated(tree: &Tree, from: &[String], to: &[String], leaf: &Use) -> String {
    let mut leaf = leaf.clone();
    if !leaf.rooted {
        if let Some(absolute) = tree.absolute(from, &leaf.path) {
            let path = reach::path_from(to, &absolute);
            leaf.path = path.split("::").map(str::to_owned).collect();
            return leaf.written();
        }
        // `use std::fmt; use fmt::Write;`: through a name of the module, out of the crate.
        let scope = tree.of_path(from).map(|module| tree.scope(module)).unwrap_or_default();
        let head = leaf.path.first().cloned().unwrap_or_default();
        if let Some(Binding::Import { leaf: outer, .. }) = scope.get(&head).and_then(|b| b.first())
            && leaf.path.len() > 1
        {
            let tail = leaf.path.iter().skip(1).cloned();
            leaf.path = outer.path.iter().cloned().chain(tail).collect();
        }
    }
    leaf.written()
}

fn is_exported(tree: &Tree, module: &Module, name: &str) -> bool {
    let text = tree.files.get(&module.file).map(|file| file.text.as_str()).unwrap_or_default();
    let mut items = tree.items(module).iter();
    items.any(|item| {
        item.kind == Kind::Macro && item.name == name && item.has_attribute(text, "macro_export")
    })
}

/// The macros of the old file that moved code calls and that have no path yet.
pub(crate) fn macros_to_share(draft: &Draft<'_>) -> Vec<String> {
    let needed = needed(draft);
    let stays = draft.file.items.iter().filter(|item| item.kind == Kind::Macro);
    let called = stays.filter(|item| needed.contains_key(&item.name));
    let unshared = called.filter(|item| {
        !draft.names.contains(&item.name)
            && !is_exported(&draft.krate.tree, &draft.from, &item.name)
    });
    unshared.map(|item| item.name.clone()).collect()
}
