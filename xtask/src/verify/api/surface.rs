//! Which paths of a crate are public, and what stands under each.
//!
//! 1. From the root through public modules and re-exports, each item gets its public paths.
//! 2. The shortest one carries the item's lines; each other one is a line `longer = shortest`.
//! 3. Implementations stand under their type, those for foreign types under their trait.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, Visibility};

use super::super::source::is_test_only;
use super::super::tree::Tree;
use super::modules::{Modules, Target, name_of};
use super::render::{self, Lines};
use crate::finding::Finding;
use crate::refactor::source::uses;

/// Where a line of the surface comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
}

/// The surface of the crate `name`, each line with its place.
pub(super) fn read(tree: &Tree, name: &str) -> Result<BTreeMap<String, Place>, Finding> {
    let modules = Modules::load(tree, &format!("crates/{name}"))?;
    let mut walk = Walk {
        modules: &modules,
        root: name.replace('-', "_"),
        opened: BTreeSet::new(),
        paths: BTreeMap::new(),
        lines: Lines::default(),
    };
    let root = walk.root.clone();
    walk.open(0, &root);
    walk.items();
    walk.implementations();
    Ok(walk.lines.found)
}

type Paths = BTreeSet<(usize, String)>;

struct Walk<'a> {
    modules: &'a Modules,
    root: String,
    opened: BTreeSet<(usize, String)>,
    /// Module and position of an item to its public paths, the shortest first.
    paths: BTreeMap<(usize, usize), Paths>,
    lines: Lines,
}

impl Walk<'_> {
    /// Gathers what is public in a module that is reached by `path`.
    fn open(&mut self, index: usize, path: &str) {
        let Some(module) = self.modules.all.get(index) else { return };
        if !self.opened.insert((index, path.to_owned())) {
            return;
        }
        for (place, item) in module.items.iter().enumerate() {
            if is_hidden(render::attributes(item)) {
                continue;
            }
            match item {
                Item::Mod(part) if is_public(&part.vis) => {
                    let name = part.ident.to_string();
                    if let Target::Module(child) =
                        self.modules.resolve(index, std::slice::from_ref(&name))
                    {
                        self.lines.module(module, item, &format!("{path}::{name}"));
                        self.open(child, &format!("{path}::{name}"));
                    }
                }
                Item::Use(part) if is_public(&part.vis) => {
                    for leaf in uses::of_item(part) {
                        self.reexport(index, item, &leaf, path);
                    }
                }
                Item::Macro(part) => self.macro_item(index, place, part, path),
                _ if render::visibility(item).is_some_and(is_public) => {
                    let name = name_of(item).map(ToString::to_string).unwrap_or_default();
                    self.add(index, place, format!("{path}::{name}"));
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, module: usize, place: usize, path: String) {
        let length = path.matches("::").count();
        self.paths.entry((module, place)).or_default().insert((length, path));
    }

    /// An exported macro stands at the root. A call between items makes items that nobody sees here: its
    /// entries stand for them.
    fn macro_item(&mut self, index: usize, place: usize, part: &syn::ItemMacro, path: &str) {
        let Some(module) = self.modules.all.get(index) else { return };
        match &part.ident {
            Some(name) if part.attrs.iter().any(|one| one.path().is_ident("macro_export")) => {
                self.add(index, place, format!("{}::{name}", self.root));
            }
            Some(_) => {}
            None => self.lines.call(module, part, path),
        }
    }

    fn reexport(&mut self, index: usize, item: &Item, leaf: &uses::Use, path: &str) {
        let Some(module) = self.modules.all.get(index) else { return };
        let target = self.modules.resolve(index, &leaf.path);
        match target {
            Target::Module(target) if leaf.is_glob() => self.open(target, path),
            Target::Module(target) => self.open(target, &format!("{path}::{}", leaf.name)),
            Target::Items(target, places) => {
                for place in places {
                    self.add(target, place, format!("{path}::{}", leaf.name));
                }
            }
            Target::Unknown => self.lines.reexport(module, item, leaf, path),
        }
    }

    fn items(&mut self) {
        for ((index, place), paths) in &self.paths {
            let Some(module) = self.modules.all.get(*index) else { continue };
            let Some(item) = module.items.get(*place) else { continue };
            let mut paths = paths.iter().map(|(_, path)| path);
            let Some(shortest) = paths.next() else { continue };
            self.lines.item(module, item, shortest);
            for longer in paths {
                self.lines.alias(module, item, longer, shortest);
            }
        }
    }

    fn implementations(&mut self) {
        for (index, module) in self.modules.all.iter().enumerate() {
            for item in &module.items {
                let Item::Impl(part) = item else { continue };
                if is_hidden(&part.attrs) {
                    continue;
                }
                let of_type = path_of(&part.self_ty).map(|path| self.modules.resolve(index, &path));
                let of_trait = part.trait_.as_ref().map(|(path, ..)| segments(path));
                let target = match (of_type, of_trait) {
                    (Some(Target::Items(target, places)), _) => Target::Items(target, places),
                    (_, Some(path)) => self.modules.resolve(index, &path),
                    _ => Target::Unknown,
                };
                if let Some(path) = self.public_path(&target) {
                    self.lines.implementation(module, part, &path);
                }
            }
        }
    }

    fn public_path(&self, target: &Target) -> Option<String> {
        let Target::Items(module, places) = target else { return None };
        let mut paths = places.iter().filter_map(|place| self.paths.get(&(*module, *place)));
        paths.next()?.first().map(|(_, path)| path.clone())
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Compiled for tests only, or kept out of the documentation.
fn is_hidden(attributes: &[syn::Attribute]) -> bool {
    let hidden = attributes
        .iter()
        .filter(|one| one.path().is_ident("doc"))
        .any(|one| one.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "hidden"));
    hidden || is_test_only(attributes)
}

/// The path of a type, without generic arguments.
fn path_of(parsed: &syn::Type) -> Option<Vec<String>> {
    match parsed {
        syn::Type::Path(part) if part.qself.is_none() => Some(segments(&part.path)),
        syn::Type::Reference(part) => path_of(&part.elem),
        _ => None,
    }
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|part| part.ident.to_string()).collect()
}
