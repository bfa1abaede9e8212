//! What a path means, for many paths at once: `Tree` answers one, here the scopes are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::super::source::tree::{Binding, Module, Tree};

/// How many imports one name may be followed through.
const HOPS_MAX: usize = 8;

type Path = Vec<String>;

/// The scopes of a crate.
pub(super) struct Names<'a> {
    tree: &'a Tree,
    modules: BTreeMap<&'a [String], Scope<'a>>,
}

struct Scope<'a> {
    module: &'a Module,
    /// Items of the module itself.
    own: BTreeSet<String>,
    /// Names imported one by one, with what they mean below `crate`.
    imported: BTreeMap<String, Path>,
    /// Modules imported whole.
    globs: Vec<Path>,
}

impl<'a> Names<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        let scopes =
            tree.modules.iter().map(|module| (module.path.as_slice(), scope(tree, module)));
        Self { tree, modules: scopes.collect() }
    }

    /// File and name of the item, on the file's own level, that holds what `path` names in `module`.
    pub(super) fn find(&self, module: &[String], path: &[String]) -> Option<(&'a str, String)> {
        let whole = self.absolute(module, path, HOPS_MAX)?;
        self.item(&whole, HOPS_MAX)
    }

    fn absolute(&self, module: &[String], path: &[String], hops: usize) -> Option<Path> {
        let (head, rest) = path.split_first()?;
        if matches!(head.as_str(), "crate" | "self" | "super") {
            return self.tree.absolute(module, path);
        }
        let scope = self.modules.get(module).filter(|_| hops > 0)?;
        let mut whole = if scope.own.contains(head) {
            module.iter().chain([head]).cloned().collect()
        } else if let Some(target) = scope.imported.get(head) {
            target.clone()
        } else {
            let found = scope
                .globs
                .iter()
                .filter(|glob| *glob != module)
                .find_map(|glob| self.absolute(glob, std::slice::from_ref(head), hops - 1));
            found?
        };
        whole.extend(rest.iter().cloned());
        Some(whole)
    }

    fn item(&self, whole: &[String], hops: usize) -> Option<(&'a str, String)> {
        let inside = |length: &usize| {
            whole
                .get(..*length)
                .and_then(|above| self.modules.get(above))
                .map(|scope| (*length, scope))
        };
        let (length, scope) = (0..=whole.len()).rev().find_map(|length| inside(&length))?;
        let module = scope.module;
        let Some(name) = whole.get(length) else {
            // The path names the module itself: the inline one, or nothing on the file's own level.
            return module.inline.first().map(|name| (module.file.as_str(), name.clone()));
        };
        if scope.own.contains(name) {
            let outer = module.inline.first().unwrap_or(name);
            return Some((module.file.as_str(), outer.clone()));
        }
        let target = self.absolute(&module.path, whole.get(length..)?, hops.checked_sub(1)?)?;
        (target != whole).then(|| self.item(&target, hops - 1))?
    }
}

fn scope<'a>(tree: &Tree, module: &'a Module) -> Scope<'a> {
    let (mut own, mut imported) = (BTreeSet::new(), BTreeMap::new());
    for (name, bindings) in tree.scope(module) {
        for binding in bindings {
            match binding {
                Binding::Item(_) => drop(own.insert(name.clone())),
                Binding::Import { leaf, .. } => {
                    if let Some(target) = tree.absolute(&module.path, &leaf.path) {
                        imported.insert(name.clone(), target);
                    }
                }
            }
        }
    }
    let globs = tree.globs(module).into_iter();
    let globs = globs.filter_map(|(leaf, _)| tree.absolute(&module.path, &leaf.path)).collect();
    Scope { module, own, imported, globs }
}
