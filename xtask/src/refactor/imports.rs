//! Puts imports into a module, and takes them out.
//!
//! Each change reads the text anew, makes one edit and gives the text back: a file has tens of imports,
//! and nothing has to be kept in step. A declaration is merged with one of the same prefix, visibility
//! and attributes when that is written flat and without comments.

use std::collections::BTreeSet;
use std::ops::Range;

use super::edit::{Edits, cut_items};
use super::source::items;
use super::source::{Item, Kind, slice};

const LINE_WIDTH: usize = 100;

/// One name to import.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// `cfg` attributes.
    pub(crate) cfgs: Vec<String>,
    /// ``, `pub`, `pub(crate)`, …
    pub(crate) visibility: String,
    /// `std::fmt`; empty for a name of the module itself.
    pub(crate) prefix: String,
    /// `Display`, `Result as FmtResult`, `*`.
    pub(crate) leaf: String,
}

impl Import {
    /// A private import of a whole path, `std::fmt::Result as FmtResult`.
    pub(crate) fn of(path: &str) -> Self {
        let (prefix, leaf) = path.rsplit_once("::").unwrap_or(("", path));
        Self {
            cfgs: Vec::new(),
            visibility: String::new(),
            prefix: prefix.to_owned(),
            leaf: leaf.to_owned(),
        }
    }

    /// Whether it stays in the crate.
    pub(crate) fn is_local(&self) -> bool {
        let path = format!("{}::", self.prefix);
        path.starts_with("crate::") || path.starts_with("super::")
    }

    fn declaration(&self, leaves: &BTreeSet<String>, indent: &str) -> String {
        let mut text = String::new();
        for cfg in &self.cfgs {
            text.push_str(&format!("{cfg}\n{indent}"));
        }
        let spaced = super::reach::spaced(&self.visibility);
        let head = if spaced.is_empty() { "use ".to_owned() } else { format!("{spaced} use ") };
        let path =
            if self.prefix.is_empty() { String::new() } else { format!("{}::", self.prefix) };
        let sorted = sorted(leaves);
        match sorted.as_slice() {
            [one] => return format!("{text}{head}{path}{one};"),
            many => {
                let line = format!("{indent}{head}{path}{{{}}};", many.join(", "));
                if line.len() <= LINE_WIDTH {
                    return format!("{text}{}", line.trim_start());
                }
            }
        }
        text.push_str(&format!("{head}{path}{{\n{indent}   "));
        let mut width = indent.len() + 3;
        for leaf in sorted {
            if width + leaf.len() + 2 > LINE_WIDTH {
                text.push_str(&format!("\n{indent}   "));
                width = indent.len() + 3;
            }
            text.push_str(&format!(" {leaf},"));
            width += leaf.len() + 2;
        }
        format!("{text}\n{indent}}};")
    }
}

/// `self` first, then as rustfmt sorts: `snake`, `Camel`, `UPPER`.
fn sorted(leaves: &BTreeSet<String>) -> Vec<&str> {
    let mut sorted: Vec<&str> = leaves.iter().map(String::as_str).collect();
    sorted.sort_by_key(|leaf| {
        let upper = leaf.starts_with(char::is_uppercase);
        let all = upper && leaf.len() > 1 && !leaf.contains(char::is_lowercase);
        (*leaf != "self", upper, all, *leaf)
    });
    sorted
}

/// Where a module's items are in a text.
pub(crate) struct Place {
    /// Where its head ends.
    pub(crate) head_end: usize,
    /// Its items.
    pub(crate) items: Vec<Item>,
}

/// Finds the module with these inline names.
pub(crate) fn place(text: &str, inline: &[String]) -> Option<Place> {
    let (head_end, items) = items::parse(text).ok()?;
    let mut place = Place { head_end, items };
    for name in inline {
        let found = place.items.into_iter().find(|i| i.kind == Kind::Mod && i.name == *name)?;
        let content = found.content?;
        place = Place { head_end: content.head_end, items: content.items };
    }
    Some(place)
}

/// The text with the import in the module; as it was when it is there already.
pub(crate) fn add(text: &str, inline: &[String], import: &Import) -> String {
    let Some(place) = place(text, inline) else { return text.to_owned() };
    let indent = "    ".repeat(inline.len());
    let mut edits = Edits::default();
    let same = place.items.iter().find_map(|item| {
        let leaves = flat(text, item, import)?;
        Some((item, leaves))
    });
    if let Some((item, mut leaves)) = same {
        if leaves.insert(import.leaf.clone()) {
            edits.replace(item.span.clone(), import.declaration(&leaves, &indent));
        }
        return edits.apply(text);
    }
    let line = import.declaration(&BTreeSet::from([import.leaf.clone()]), &indent);
    insert_line(text, &place, &indent, &line, |item| item.kind == Kind::Use)
}

/// Puts a line after the last of the leading items that `beside` accepts; else before the first item.
pub(crate) fn insert_line(
    text: &str,
    place: &Place,
    indent: &str,
    line: &str,
    beside: impl Fn(&Item) -> bool,
) -> String {
    let mut edits = Edits::default();
    let leading = place.items.iter().take_while(|item| {
        let outline = item.kind == Kind::Mod && item.content.is_none();
        outline || matches!(item.kind, Kind::Use | Kind::ExternCrate)
    });
    let leading: Vec<&Item> = leading.collect();
    let after = leading.iter().rev().find(|item| beside(item)).or(leading.last());
    match (after, place.items.first()) {
        (Some(item), _) => {
            let gap = if beside(item) { "\n" } else { "\n\n" };
            edits.insert(item.full.end, format!("{gap}{indent}{line}"));
        }
        (None, Some(first)) => {
            edits.insert(first.full.start, format!("{line}\n\n{indent}"));
        }
        (None, None) => {
            let gap = if place.head_end == 0 { "" } else { "\n\n" };
            edits.insert(place.head_end, format!("{gap}{indent}{line}\n"));
        }
    }
    edits.apply(text)
}

/// The leaves of a declaration that the import can be merged with.
fn flat(text: &str, item: &Item, import: &Import) -> Option<BTreeSet<String>> {
    let plain = item.kind == Kind::Use
        && item.attributes.len() == item.cfgs.len()
        && item.cfgs == import.cfgs
        && item.visibility.written == import.visibility.replace(' ', "")
        && !slice(text, &item.span).contains("//")
        && !slice(text, &item.span).contains("/*");
    if !plain || import.prefix.is_empty() || import.leaf == "*" {
        return None;
    }
    let mut leaves = BTreeSet::new();
    for leaf in &item.uses {
        let written = leaf.written();
        let leaf_text = slice(text, &leaf.leaf);
        let (prefix, name) = if leaf_text.split_whitespace().next() == Some("self") {
            (leaf.path.join("::"), leaf_text.to_owned())
        } else {
            let (path, alias) = written.split_once(" as ").unwrap_or((&written, ""));
            let (prefix, last) = path.rsplit_once("::")?;
            let name =
                if alias.is_empty() { last.to_owned() } else { format!("{last} as {alias}") };
            (prefix.to_owned(), name)
        };
        if prefix != import.prefix || name == "*" {
            return None;
        }
        leaves.insert(name);
    }
    (!leaves.is_empty()).then_some(leaves)
}

/// The text without any import of these names in the module.
pub(crate) fn remove(text: &str, inline: &[String], names: &BTreeSet<String>) -> String {
    remove_where(text, inline, &|leaf| names.contains(&leaf.name))
}

/// The text without the leaves that `unwanted` accepts.
pub(crate) fn remove_where(
    text: &str,
    inline: &[String],
    unwanted: &dyn Fn(&super::source::uses::Use) -> bool,
) -> String {
    let Some(place) = place(text, inline) else { return text.to_owned() };
    let mut whole = Vec::new();
    let mut edits = Edits::default();
    for item in place.items.iter().filter(|item| item.kind == Kind::Use) {
        let gone: Vec<Range<usize>> =
            item.uses.iter().filter(|leaf| unwanted(leaf)).map(|leaf| leaf.leaf.clone()).collect();
        if gone.len() == item.uses.len() {
            // Its comments stay: none is lost with an import.
            whole.push(item.span.clone());
            continue;
        }
        for range in gone {
            edits.replace(with_comma(text, &range), "");
        }
    }
    if !edits.is_empty() {
        let changed = single_braces(&edits.apply(text), inline);
        return remove_where(&changed, inline, unwanted);
    }
    if whole.is_empty() { text.to_owned() } else { cut_items(text, &whole) }
}

/// A leaf with the comma behind it, or before it when it is the last.
fn with_comma(text: &str, leaf: &Range<usize>) -> Range<usize> {
    let after = text.get(leaf.end..).unwrap_or_default();
    let trimmed = after.trim_start();
    if trimmed.starts_with(',') {
        let rest = trimmed.get(1..).unwrap_or_default();
        let next = rest.trim_start_matches([' ', '\n', '\t']);
        return leaf.start..text.len() - next.len();
    }
    let before = text.get(..leaf.start).unwrap_or_default();
    let trimmed = before.trim_end();
    trimmed.strip_suffix(',').map_or(leaf.clone(), |kept| kept.len()..leaf.end)
}

/// `use a::{B};` becomes `use a::B;`.
fn single_braces(text: &str, inline: &[String]) -> String {
    let Some(place) = place(text, inline) else { return text.to_owned() };
    let mut edits = Edits::default();
    for item in place.items.iter().filter(|item| item.kind == Kind::Use && item.uses.len() == 1) {
        let written = slice(text, &item.span);
        let leaf = item.uses.first().map(|leaf| slice(text, &leaf.leaf)).unwrap_or_default();
        let is_flat = written.matches('{').count() == 1 && !written.contains("/");
        if let (true, Some(open), Some(close)) = (is_flat, written.find('{'), written.rfind('}')) {
            let at = item.span.start;
            let (mut start, mut with) = (at + open, leaf.to_owned());
            if leaf.split_whitespace().next() == Some("self") {
                start -= 2;
                with = leaf.replacen("self", "", 1);
            }
            edits.replace(start..at + close + 1, with);
        }
    }
    edits.apply(text)
}
