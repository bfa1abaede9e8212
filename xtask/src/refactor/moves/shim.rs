//! What stays in the old place: the names that others reach there.

use std::collections::BTreeSet;

use super::super::imports::{self, Import};
use super::super::plan::Shim;
use super::super::reach;
use super::super::source::{Item, Kind};
use super::{Draft, deprecated, place};
use crate::finding::Finding;

/// Leaves re-exports, private imports or deprecated aliases.
pub(crate) fn leave(draft: &mut Draft<'_>) -> Result<(), Finding> {
    let mut kept = BTreeSet::new();
    let mut shims = Vec::new();
    let mut silent = Vec::new();
    for item in draft.items().filter(|item| item.kind.is_named()) {
        if draft.step.shim == Shim::Deprecated && item.visibility.written.starts_with("pub") {
            if let Some(shim) = deprecated::shim(draft, item) {
                shims.push(shim);
                continue;
            }
            silent.push(format!("`{}` stays as a re-export that warns nobody", item.title()));
        }
        kept.extend(import(draft, item));
    }
    draft.notes.extend(silent);
    let path = draft.step.from.clone();
    let Some(mut text) = draft.text(&path) else { return Ok(()) };
    for import in &kept {
        text = imports::add(&text, &[], import);
    }
    if !shims.is_empty() {
        text = place::appended(&text, &shims.join("\n\n"));
    }
    draft.texts.insert(path, text);
    Ok(())
}

/// The import that stands for a moved item.
fn import(draft: &Draft<'_>, item: &Item) -> Option<Import> {
    let name = &item.name;
    let mut target = draft.to.path.clone();
    target.push(name.clone());
    let mut import = Import::of(&reach::path_from(&draft.from.path, &target));
    import.cfgs.clone_from(&item.cfgs);
    let only_tests = item.kind != Kind::Trait && draft.mentions.only_tests(name);
    if only_tests && !item.is_test_only() {
        import.cfgs.push("#[cfg(test)]".to_owned());
    }
    if item.kind == Kind::Macro {
        if item.has_attribute(&draft.file.text, "macro_export") {
            import = Import { cfgs: import.cfgs, ..Import::of(&format!("crate::{name}")) };
        }
        // It was importable by its path: it stays so.
        let mut uses = draft.file.items.iter().filter(|item| item.kind == Kind::Use);
        let shared = uses.find(|item| item.uses.iter().any(|leaf| leaf.path == [name.clone()]));
        if let Some(shared) = shared {
            let visibility = shared.visibility.written.clone();
            return Some(Import { cfgs: item.cfgs.clone(), visibility, ..import });
        }
        return draft.mentions.here(name).then_some(import);
    }
    let visibility = &item.visibility.written;
    match draft.step.shim {
        Shim::Reexport | Shim::Deprecated if visibility == "pub" => {
            Some(Import { cfgs: item.cfgs.clone(), visibility: visibility.clone(), ..import })
        }
        Shim::Reexport | Shim::Deprecated if !visibility.is_empty() => {
            let visibility = visibility.clone();
            draft.is_needed(item).then_some(Import { visibility, ..import })
        }
        Shim::Reexport | Shim::Deprecated => draft.is_needed(item).then_some(import),
        Shim::None => (item.kind == Kind::Trait || draft.mentions.here(name)).then_some(import),
    }
}
