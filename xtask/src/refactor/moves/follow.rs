//! The inline tests that go along.
//!
//! A test goes if every item of the file that it names moves, itself or through a helper of the test
//! module. Helpers go with the tests that need them; one that a staying test needs too keeps the tests
//! that share it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::imports::{self, Import};
use super::super::source::tree::{Binding, Module};
use super::super::source::{Item, Kind, SourceFile, slice};
use super::{Draft, rewrite, scope};

/// Tests that go, of one module.
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    /// Name of the test module.
    pub(crate) name: String,
    /// Its attributes, as written.
    head: String,
    /// The items that go, by position in the module.
    taken: Vec<usize>,
    /// What to cut from the file: the items, or the whole module.
    pub(crate) cut: Vec<Range<usize>>,
}

/// What an item of a test module needs.
struct Needs {
    /// Items of the module, by position.
    inner: BTreeSet<usize>,
    /// Items of the file.
    outer: BTreeSet<String>,
}

/// The tests that go along with `moved`.
pub(crate) fn select(file: &SourceFile, moved: &BTreeSet<String>) -> Vec<Follow> {
    let own: BTreeSet<&str> =
        file.items.iter().filter(|i| i.kind.is_named()).map(|i| i.name.as_str()).collect();
    let modules = file.items.iter().filter(|i| i.kind == Kind::Mod && i.is_test_only());
    modules.filter_map(|module| of_module(file, module, &own, moved)).collect()
}

fn of_module(
    file: &SourceFile,
    module: &Item,
    own: &BTreeSet<&str>,
    moved: &BTreeSet<String>,
) -> Option<Follow> {
    let items = &module.content.as_ref()?.items;
    let needs: Vec<Needs> = items.iter().map(|item| needs_of(item, items, own)).collect();
    let reach = |at: usize| closure(&needs, at);
    let is_test = |item: &Item| {
        let attributes = item.attributes.iter().map(|range| slice(&file.text, range));
        item.kind == Kind::Fn && attributes.into_iter().any(|text| text.ends_with("test]"))
    };
    let mut tests: BTreeSet<usize> = BTreeSet::new();
    for (at, _) in items.iter().enumerate().filter(|(_, item)| is_test(item)) {
        let outer: BTreeSet<&String> =
            reach(at).iter().filter_map(|at| needs.get(*at)).flat_map(|one| &one.outer).collect();
        if !outer.is_empty() && outer.iter().all(|name| moved.contains(*name)) {
            tests.insert(at);
        }
    }
    // Who shares a helper with one that stays, stays.
    let taken = loop {
        let taken: BTreeSet<usize> = tests.iter().flat_map(|at| reach(*at)).collect();
        let stays = (0..items.len()).filter(|at| !taken.contains(at));
        let held: BTreeSet<usize> = stays.flat_map(reach).collect();
        let kept: BTreeSet<usize> =
            tests.iter().copied().filter(|at| reach(*at).is_disjoint(&held)).collect();
        if kept.len() == tests.len() {
            break taken;
        }
        tests = kept;
    };
    if taken.is_empty() {
        return None;
    }
    let left = items.iter().enumerate().any(|(at, i)| !taken.contains(&at) && i.kind != Kind::Use);
    let cut = if left {
        taken.iter().filter_map(|at| items.get(*at)).map(|item| item.full.clone()).collect()
    } else {
        vec![module.full.clone()]
    };
    let head = slice(&file.text, &(module.span.start..module.bare.start)).trim_end().to_owned();
    Some(Follow { name: module.name.clone(), head, taken: taken.into_iter().collect(), cut })
}

fn needs_of(item: &Item, items: &[Item], own: &BTreeSet<&str>) -> Needs {
    let names: BTreeSet<&String> = item.names.iter().chain(item.paths.iter().flatten()).collect();
    let is_inner = |other: &Item| {
        let named = other.kind.is_named() && names.contains(&other.name) && other.name != item.name;
        // An impl goes with its type: each needs the other.
        let of_type = other.kind == Kind::Impl && item.kind.is_named() && other.name == item.name;
        named || of_type
    };
    let inner = items.iter().enumerate().filter(|(_, other)| is_inner(other)).map(|(at, _)| at);
    let inner: BTreeSet<usize> = inner.collect();
    let local: BTreeSet<&str> = items.iter().map(|other| other.name.as_str()).collect();
    let outer =
        names.into_iter().filter(|name| item.kind != Kind::Use && own.contains(name.as_str()));
    let outer = outer.filter(|name| !local.contains(name.as_str())).cloned().collect();
    Needs { inner, outer }
}

fn closure(needs: &[Needs], start: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([start]);
    let mut waiting = vec![start];
    while let Some(at) = waiting.pop() {
        for next in needs.get(at).into_iter().flat_map(|one| &one.inner) {
            if found.insert(*next) {
                waiting.push(*next);
            }
        }
    }
    found
}

/// Puts the tests into the new file.
pub(crate) fn put(draft: &mut Draft<'_>) {
    for follow in draft.follow.clone() {
        let Some(module) = draft.file.named(&follow.name).find(|item| item.content.is_some())
        else {
            continue;
        };
        let Some(content) = &module.content else { continue };
        let shift = draft.shift();
        let around = [follow.name.clone()];
        let mut pieces: Vec<String> = Vec::new();
        let items: Vec<&Item> =
            follow.taken.iter().filter_map(|at| content.items.get(*at)).collect();
        for item in &items {
            let piece = slice(&draft.file.text, &item.full);
            pieces.push(format!("    {}", rewrite::rewrite_in(piece, &shift, &around)));
        }
        let path = draft.step.to.clone();
        let Some(text) = draft.text(&path) else { return };
        let text = with_module(&text, &follow, &pieces.join("\n\n"));
        let inline = vec![follow.name.clone()];
        let text = wanted(draft, &text, &follow, &items)
            .iter()
            .fold(text, |text, import| imports::add(&text, &inline, import));
        draft.texts.insert(path, text);
    }
}

/// The text with the code in its test module, which is made when there is none.
fn with_module(text: &str, follow: &Follow, code: &str) -> String {
    let place = imports::place(text, &[]);
    let items = place.map(|place| place.items).unwrap_or_default();
    let existing = items.iter().find(|item| item.kind == Kind::Mod && item.name == follow.name);
    let mut edits = super::super::edit::Edits::default();
    match existing.and_then(|item| item.content.as_ref()) {
        Some(content) => {
            let end = slice(text, &content.inner).trim_end().len() + content.inner.start;
            edits.replace(end..content.inner.end, format!("\n\n{code}\n"));
        }
        None => {
            let (head, name) = (&follow.head, &follow.name);
            let end = text.trim_end().len();
            edits.replace(end..text.len(), format!("\n\n{head}\nmod {name} {{\n{code}\n}}\n"));
        }
    }
    edits.apply(text)
}

/// What the tests import in their new module.
fn wanted(draft: &Draft<'_>, text: &str, follow: &Follow, items: &[&Item]) -> Vec<Import> {
    let tree = &draft.krate.tree;
    let mut old = draft.from.path.clone();
    old.push(follow.name.clone());
    let Some(old) = tree.of_path(&old) else { return Vec::new() };
    let mut new = draft.to.path.clone();
    new.push(follow.name.clone());
    let (old_scope, file_scope) = (tree.scope(old), tree.scope(&draft.from));
    let there: BTreeSet<String> = super::links::scope_of(text).unwrap_or_default();
    let mut names: BTreeSet<String> = items.iter().flat_map(|item| item.names.clone()).collect();
    scope::close_over_macros(tree, &mut names);
    let mut found = BTreeSet::new();
    for (leaf, cfgs) in tree.globs(old) {
        let target = tree.absolute(&old.path, &leaf.path);
        let path = if target.as_ref() == Some(&draft.from.path) {
            "super::*".to_owned()
        } else {
            scope::translated(tree, &old.path, &new, &leaf)
        };
        found.insert(Import { cfgs, ..Import::of(&path) });
    }
    for name in names {
        let own = old_scope.get(&name).into_iter().flatten();
        for binding in own.filter(|one| matches!(one, Binding::Import { .. })) {
            found.extend(in_tests(draft, old, &new, &name, binding));
        }
        if old_scope.contains_key(&name) || there.contains(&name) {
            continue;
        }
        for binding in file_scope.get(&name).into_iter().flatten() {
            found.extend(scope::bound(tree, &draft.from, &new, &name, binding, &[]));
        }
    }
    found.into_iter().collect()
}

/// An import of the old test module: what it names in the old file may have moved.
fn in_tests(
    draft: &Draft<'_>,
    old: &Module,
    new: &[String],
    name: &str,
    binding: &Binding,
) -> Option<Import> {
    let Binding::Import { leaf, .. } = binding else { return None };
    let mut leaf = leaf.clone();
    let absolute = draft.krate.tree.absolute(&old.path, &leaf.path);
    let target = absolute.as_ref().and_then(|path| path.split_last());
    if let Some((last, above)) = target
        && above == draft.from.path
        && draft.names.contains(last)
    {
        leaf.path = vec!["super".to_owned(), last.clone()];
        return Some(Import::of(&leaf.written()));
    }
    scope::bound(&draft.krate.tree, old, new, name, binding, &[])
}
