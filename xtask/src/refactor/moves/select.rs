//! Which items of a file a move takes.
//!
//! What the plan names, and every impl that belongs to it: an impl belongs to its self type if that is an
//! item of the file, else to the first item of the file that its self type or trait names.

use std::collections::BTreeSet;

use super::super::plan::Move;
use super::super::source::{Kind, SourceFile};
use crate::finding::{Finding, Rule};

const UNKNOWN_ITEM: Rule = Rule::new(
    "refactor",
    "unknown-item",
    "name an item of the file's own level, or correct the plan",
);
const CANNOT_MOVE: Rule = Rule::new(
    "refactor",
    "cannot-move",
    "leave it out of the move, or edit the file by hand first",
);

/// The positions of the items that move, in order.
pub(crate) fn select(file: &SourceFile, step: &Move) -> Result<Vec<usize>, Finding> {
    let mut taken = BTreeSet::new();
    for wanted in &step.items {
        let hits: Vec<usize> = positions(file, wanted);
        if hits.is_empty() {
            let message = format!("no item `{wanted}` at the file's own level");
            return Err(UNKNOWN_ITEM.at(&file.path, 1, message));
        }
        taken.extend(hits);
    }
    let names: BTreeSet<&str> = taken
        .iter()
        .filter_map(|at| file.items.get(*at))
        .filter(|item| item.kind.is_named())
        .map(|item| item.name.as_str())
        .collect();
    for (at, item) in file.items.iter().enumerate() {
        if item.kind == Kind::Impl && !taken.contains(&at) {
            let owner = item.owners.iter().find(|name| file.named(name).next().is_some());
            if owner.is_some_and(|owner| names.contains(owner.as_str())) {
                taken.insert(at);
            }
        }
    }
    for item in taken.iter().filter_map(|at| file.items.get(*at)) {
        if item.kind == Kind::Mod && item.content.is_none() {
            let line = super::super::plan::line_at(&file.text, item.span.start);
            let message = format!("`mod {}` is a file of its own already", item.name);
            return Err(CANNOT_MOVE.at(&file.path, line, message));
        }
    }
    Ok(taken.into_iter().collect())
}

/// The items that one entry of a plan means; `impl:Type#2` is the second of several.
pub(crate) fn positions(file: &SourceFile, wanted: &str) -> Vec<usize> {
    let (name, number) = match wanted.split_once('#') {
        Some((name, number)) => (name, number.parse::<usize>().ok()),
        None => (wanted, None),
    };
    let hits = file.items.iter().enumerate().filter(|(_, item)| item.matches(name));
    let hits: Vec<usize> = hits.map(|(at, _)| at).collect();
    match number {
        Some(number) => hits.get(number.wrapping_sub(1)).copied().into_iter().collect(),
        None => hits,
    }
}

/// Whether the file has every item that the move names.
pub(crate) fn has_all(file: &SourceFile, step: &Move) -> bool {
    step.items.iter().all(|wanted| !positions(file, wanted).is_empty())
}

/// Whether the file has any item that the move names.
pub(crate) fn has_any(file: &SourceFile, step: &Move) -> bool {
    step.items.iter().any(|wanted| !positions(file, wanted).is_empty())
}
