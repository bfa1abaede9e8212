//! Where moved code goes: a new file with its `mod` line, or a place in an existing one.

use std::collections::{BTreeMap, BTreeSet};

use super::super::edit::Edits;
use super::super::imports::{self, Import};
use super::super::plan::Shim;
use super::super::reach::{self, Reach};
use super::super::source::tokens::{self, TokenKind};
use super::super::source::tree::Module;
use super::super::source::{Item, Kind, slice};
use super::{Draft, Krate, Moved, rewrite};
use crate::finding::{Finding, Rule};

const NO_MODULE: Rule = Rule::new(
    "refactor",
    "no-module",
    "name a file below the folder of the crate's root, in a module that is a file",
);

/// The module that `file` is, or will be.
pub(crate) fn module_of(krate: &Krate, file: &str) -> Result<Module, Finding> {
    if let Some(module) = krate.tree.of_file(file) {
        return Ok(module.clone());
    }
    let folder = krate.root_file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let below = file.strip_prefix(folder).map(|rest| rest.trim_start_matches('/'));
    let Some(below) = below.and_then(|rest| rest.strip_suffix(".rs")) else {
        return Err(NO_MODULE.at(file, 1, format!("is not below `{folder}`")));
    };
    let mut path: Vec<String> = below.split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod") {
        path.pop();
    }
    // An inline module of this path may go to the file; anything else may not go there before it.
    if let Some(other) = krate.tree.of_path(&path).filter(|other| other.inline.is_empty()) {
        let message = format!("would be `crate::{}`, which is in {}", path.join("::"), other.file);
        return Err(NO_MODULE.at(file, 1, message));
    }
    Ok(Module { path, file: file.to_owned(), inline: Vec::new() })
}

/// Puts the moved code into its file.
pub(crate) fn put(draft: &mut Draft<'_>, code: &str, wanted: &[Import]) -> Result<(), Finding> {
    let path = draft.step.to.clone();
    let text = match draft.text(&path) {
        Some(text) => {
            let mut text = imports::remove(&text, &[], &draft.names);
            for import in wanted {
                text = imports::add(&text, &[], import);
            }
            appended(&text, code)
        }
        None => {
            let mut text = format!("{}\n", heading(draft));
            for import in wanted {
                text = imports::add(&text, &[], import);
            }
            let module = draft.to.clone();
            declare(draft, &module)?;
            format!("{}\n\n{code}\n", text.trim_end())
        }
    };
    draft.texts.insert(path, text);
    Ok(())
}

/// Behind the last item, but before a test module at the end.
pub(crate) fn appended(text: &str, code: &str) -> String {
    let Some(place) = imports::place(text, &[]) else { return text.to_owned() };
    let is_tests = |item: &&Item| item.kind == Kind::Mod && item.is_test_only();
    let mut edits = Edits::default();
    match place.items.last() {
        Some(tests) if is_tests(&tests) => {
            edits.insert(tests.full.start, format!("{code}\n\n"));
        }
        _ => {
            let end = text.trim_end().len();
            edits.replace(end..text.len(), format!("\n\n{code}\n"));
        }
    }
    edits.apply(text)
}

/// The `//!` line of a new file.
fn heading(draft: &Draft<'_>) -> String {
    const NAMED_MAX: usize = 3;
    if let Some(doc) = &draft.step.doc {
        return doc
            .lines()
            .map(|line| format!("//! {line}").trim_end().to_owned())
            .collect::<Vec<_>>()
            .join("\n");
    }
    let mut names: Vec<String> = Vec::new();
    for item in draft.items().filter(|item| !item.name.is_empty()) {
        let name = format!("`{}`", item.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > NAMED_MAX {
        let more = names.len() - NAMED_MAX;
        names.truncate(NAMED_MAX);
        return format!("//! {} and {more} more.", names.join(", "));
    }
    format!("//! {}.", names.join(", "))
}

/// Puts the `mod` line of a new module into its parent, which is made when it does not exist either.
fn declare(draft: &mut Draft<'_>, module: &Module) -> Result<(), Finding> {
    let Some((name, above)) = module.path.split_last() else {
        return Err(NO_MODULE.at(&module.file, 1, "would be the root of the crate"));
    };
    let parent = match draft.krate.tree.of_path(above) {
        Some(parent) => parent.clone(),
        None => {
            let mut folder = module.file.rsplit_once('/').map_or("", |(folder, _)| folder);
            if module.file.ends_with("/mod.rs") {
                folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            }
            let file = format!("{folder}.rs");
            Module { path: above.to_vec(), file, inline: Vec::new() }
        }
    };
    if !parent.inline.is_empty() {
        let message = format!("`crate::{}` is an inline module", above.join("::"));
        let remedy = format!("move `mod:{}` to a file of its own first", above.join("::"));
        return Err(NO_MODULE.at(&parent.file, 1, message).remedy(remedy));
    }
    let visibility = module_visibility(draft, &parent.path);
    let line = format!("{visibility}mod {name};");
    let Some(text) = draft.text(&parent.file) else {
        let title = above.last().map(String::as_str).unwrap_or_default();
        draft.texts.insert(parent.file.clone(), format!("//! `{title}`: `{name}`.\n\n{line}\n"));
        return declare(draft, &parent);
    };
    if let Some(place) = imports::place(&text, &[]) {
        let outline = |item: &Item| item.kind == Kind::Mod && item.content.is_none();
        let text = imports::insert_line(&text, &place, "", &line, outline);
        draft.texts.insert(parent.file, text);
    }
    Ok(())
}

/// As little as lets the old place reach the new one, unless the plan says more.
fn module_visibility(draft: &Draft<'_>, parent: &[String]) -> String {
    let is_public = draft.items().any(|item| item.visibility.written == "pub");
    let written = match &draft.step.module {
        Some(written) => written.clone(),
        None if draft.step.shim != Shim::Reexport && is_public => "pub".to_owned(),
        None => {
            let shared = reach::common(parent, &draft.from.path);
            reach::written(&Reach::Module(shared), parent)
        }
    };
    if written.is_empty() || written == "private" { String::new() } else { format!("{written} ") }
}

/// Puts an inline module into the file it would have anyway: nothing changes its path.
pub(crate) fn outline(draft: Draft<'_>, item: &Item) -> Result<Moved, Finding> {
    let text = &draft.file.text;
    let Some(content) = &item.content else {
        return Err(NO_MODULE.at(&draft.step.from, 1, "is no inline module"));
    };
    let folder = |file: &str| file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let prefix = rewrite::way_back(&folder(&draft.step.from), &folder(&draft.step.to));
    let inner = dedented(slice(text, &content.inner), &prefix);
    let has_head = content.head_end > content.inner.start && inner.starts_with("//!");
    let head = match &draft.step.doc {
        Some(doc) => format!("//! {doc}\n\n"),
        None if has_head => String::new(),
        None if item.name == "tests" => format!(
            "//! Tests of `{}`.\n\n",
            draft.from.path.last().map_or("crate", String::as_str)
        ),
        None => format!("//! `{}`.\n\n", item.name),
    };
    let mut edits = Edits::default();
    let open = content.inner.start - 1;
    let before = text.get(..open).unwrap_or_default();
    edits.replace(before.trim_end().len()..item.bare.end, ";");
    let texts = BTreeMap::from([
        (draft.step.from.clone(), edits.apply(text)),
        (draft.step.to.clone(), format!("{head}{inner}\n")),
    ]);
    let names = BTreeSet::from([item.name.clone()]);
    Ok(Moved { texts, from: draft.from, to: draft.to, names, notes: draft.notes })
}

/// One level of indentation less, but for lines that begin inside a literal.
fn dedented(inner: &str, include_prefix: &str) -> String {
    let read = tokens::of_text(inner);
    let mut edits = Edits::default();
    let indent = inner
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    let literals: Vec<_> = read.iter().filter(|token| token.kind == TokenKind::Literal).collect();
    let mut at = 0;
    for line in inner.split_inclusive('\n') {
        let inside = literals.iter().any(|token| token.range.start < at && at < token.range.end);
        let have = line.len() - line.trim_start_matches(' ').len();
        if !inside && have > 0 {
            edits.replace(at..at + indent.min(have), "");
        }
        at += line.len();
    }
    for window in read.windows(4) {
        let [word, bang, _, literal] = window else { continue };
        let includes = matches!(word.text.as_str(), "include" | "include_str" | "include_bytes");
        if includes && bang.is("!") && literal.text.starts_with('"') && !include_prefix.is_empty() {
            edits.insert(literal.range.start + 1, include_prefix);
        }
    }
    edits.apply(inner).trim().to_owned()
}
