//! A crate as its modules, and what a path means in one of them.
//!
//! Paths are followed through imports, as far as they stay in the crate. What macros make is unknown.

use std::collections::BTreeMap;
use std::rc::Rc;

use syn::Item;

use super::super::source::{Source, is_test_only};
use super::super::tree::{Tree, unreadable};
use super::CHECK;
use crate::finding::Finding;
use crate::refactor::source::uses;

/// How many imports one name may be followed through.
const HOPS_MAX: usize = 16;

/// One module, a file of its own or not.
pub(super) struct Module {
    pub(super) file: String,
    pub(super) text: Rc<str>,
    pub(super) items: Vec<Item>,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
}

/// A crate.
pub(super) struct Modules {
    /// The root first.
    pub(super) all: Vec<Module>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Module(usize),
    /// Items of one name in one module, by position: a type and a function may share it.
    Items(usize, Vec<usize>),
    /// Another crate, or something that only the compiler sees.
    Unknown,
}

impl Modules {
    /// Reads the library in `folder`.
    pub(super) fn load(tree: &Tree, folder: &str) -> Result<Self, Finding> {
        let mut modules = Self { all: Vec::new() };
        let root = format!("{folder}/src/lib.rs");
        let missing = || unreadable(CHECK, &root, &"there is no such file");
        let source = Source::load(tree, &root, CHECK).ok_or_else(missing)??;
        modules.add(tree, source.into(), &format!("{folder}/src"), None)?;
        Ok(modules)
    }

    fn add(
        &mut self,
        tree: &Tree,
        content: Content,
        below: &str,
        parent: Option<usize>,
    ) -> Result<usize, Finding> {
        let index = self.all.len();
        let Content { file, text, items } = content;
        let mut nested = Vec::new();
        for item in &items {
            let Item::Mod(module) = item else { continue };
            if is_test_only(&module.attrs) {
                continue;
            }
            let name = module.ident.to_string();
            let inside = format!("{below}/{name}");
            let content = match &module.content {
                Some((_, items)) => {
                    let (file, text) = (file.clone(), Rc::clone(&text));
                    Some(Content { file, text, items: items.clone() })
                }
                None => from_file(tree, &inside)?,
            };
            nested.extend(content.map(|content| (name, inside, content)));
        }
        let children = BTreeMap::new();
        self.all.push(Module { file, text, items, parent, children });
        for (name, inside, content) in nested {
            let child = self.add(tree, content, &inside, Some(index))?;
            if let Some(module) = self.all.get_mut(index) {
                module.children.insert(name, child);
            }
        }
        Ok(index)
    }

    /// What `path` leads to from inside `module`.
    pub(super) fn resolve(&self, module: usize, path: &[String]) -> Target {
        self.follow(module, path, HOPS_MAX)
    }

    fn follow(&self, module: usize, path: &[String], hops: usize) -> Target {
        let Some((first, rest)) = path.split_first() else { return Target::Module(module) };
        let Some(from) = self.all.get(module).filter(|_| hops > 0) else { return Target::Unknown };
        match first.as_str() {
            "crate" => return self.follow(0, rest, hops),
            "self" => return self.follow(module, rest, hops),
            "super" => {
                return from.parent.map_or(Target::Unknown, |up| self.follow(up, rest, hops));
            }
            _ => {}
        }
        if let Some(child) = from.children.get(first) {
            return self.follow(*child, rest, hops);
        }
        let named = |item: &Item| name_of(item).is_some_and(|name| name == first);
        let places = from.items.iter().enumerate().filter(|(_, item)| named(item));
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        if !places.is_empty() {
            return if rest.is_empty() { Target::Items(module, places) } else { Target::Unknown };
        }
        for leaf in from.items.iter().filter_map(as_use).flat_map(uses::of_item) {
            let itself = leaf.path.first() == Some(first) && leaf.path.len() == 1;
            if leaf.name == *first && !leaf.rooted && !itself {
                let whole: Vec<String> = leaf.path.iter().chain(rest).cloned().collect();
                return self.follow(module, &whole, hops - 1);
            }
        }
        Target::Unknown
    }
}

fn as_use(item: &Item) -> Option<&syn::ItemUse> {
    if let Item::Use(part) = item { Some(part) } else { None }
}

/// The items of a module before it is numbered.
struct Content {
    file: String,
    text: Rc<str>,
    items: Vec<Item>,
}

impl From<Source> for Content {
    fn from(source: Source) -> Self {
        Self { file: source.path, text: source.text.into(), items: source.file.items }
    }
}

/// The module that `mod name;` declares; none where only the build has it.
fn from_file(tree: &Tree, inside: &str) -> Result<Option<Content>, Finding> {
    let candidates = [format!("{inside}.rs"), format!("{inside}/mod.rs")];
    let found = candidates.iter().find_map(|path| Source::load(tree, path, CHECK));
    Ok(found.transpose()?.map(Content::from))
}

/// The name that an item declares for paths.
pub(super) fn name_of(item: &Item) -> Option<&syn::Ident> {
    match item {
        Item::Const(part) => Some(&part.ident),
        Item::Enum(part) => Some(&part.ident),
        Item::Fn(part) => Some(&part.sig.ident),
        Item::Static(part) => Some(&part.ident),
        Item::Struct(part) => Some(&part.ident),
        Item::Trait(part) => Some(&part.ident),
        Item::Type(part) => Some(&part.ident),
        Item::Union(part) => Some(&part.ident),
        Item::Macro(part) => part.ident.as_ref(),
        _ => None,
    }
}
