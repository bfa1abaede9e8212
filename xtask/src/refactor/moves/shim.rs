//! What stays in the old place: the names that others reach there.

use std::collections::BTreeSet;

use super::super::imports::{self, Import};
use super::super::plan::Shim;
use super::super::reach;
use super::super::source::{Item, Kind};
use super::Draft;
use crate::finding::Finding;

/// Leaves re-exports, private imports or deprecated aliases.
pub(crate) fn leave(draft: &mut Draft<'_>) -> Result<(), Finding> {
    let mut kept = BTreeSet::new();
    for item in draft.items().filter(|item| item.kind.is_named()) {
        kept.extend(import(draft, item));
    }
    let path = draft.step.from.clone();
    let Some(mut text) = draft.text(&path) else { return Ok(()) };
    for import in &kept {
        text = imports::add(&text, &[], import);
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
    let only_tests = draft.mentions.only_tests(name);
    if only_tests && !item.is_test_only() {
        import.cfgs.push("#[cfg(test)]".to_owned());
    }
    if item.kind == Kind::Macro {
        if item.has_attribute(&draft.file.text, "macro_export") {
            import = Import { cfgs: import.cfgs, ..Import::of(&format!("crate::{name}")) };
        }
        return draft.mentions.here(name).then_some(import);
    }
    let visibility = &item.visibility.written;
    match draft.step.shim {
        Shim::Reexport if visibility == "pub" => {
            Some(Import { cfgs: item.cfgs.clone(), visibility: visibility.clone(), ..import })
        }
        Shim::Reexport if !visibility.is_empty() => {
            let visibility = visibility.clone();
            draft.mentions.anywhere(name).then_some(Import { visibility, ..import })
        }
        Shim::Reexport => draft.mentions.anywhere(name).then_some(import),
        Shim::Deprecated | Shim::None => draft.mentions.here(name).then_some(import),
    }
}
