//! Makes moved code mean in its new module what it meant in the old one.
//!
//! Works on tokens, so macro calls and attributes are covered like everything else. The rules of a
//! `macro_rules!` are left alone: paths in them are read where the macro is called.

use std::collections::BTreeSet;

use super::super::edit::Edits;
use super::super::reach::{self, Reach};
use super::super::source::tokens::{self, Token};

/// From where to where code moves.
pub(crate) struct Shift<'a> {
    /// The old module, segments below `crate`.
    pub(crate) from: &'a [String],
    /// The new module.
    pub(crate) to: &'a [String],
    /// Names that move along.
    pub(crate) moved: &'a BTreeSet<String>,
    /// Folder of the new file as seen from that of the old one is another: `../` or `sub/` in front of
    /// the paths of included files.
    pub(crate) include_prefix: String,
}

/// The code of one item, rewritten.
pub(crate) fn rewrite(text: &str, shift: &Shift<'_>) -> String {
    rewrite_in(text, shift, &[])
}

/// The code of one item, rewritten. `around` are the inline modules around it that move along.
pub(crate) fn rewrite_in(text: &str, shift: &Shift<'_>, around: &[String]) -> String {
    let tokens = tokens::of_text(text);
    let mut edits = Edits::default();
    // Names of the inline modules that are open, with the bracket depth of each.
    let outside = usize::MAX;
    let mut inside: Vec<(String, usize)> =
        around.iter().map(|name| (name.clone(), outside)).collect();
    let mut depth = 0usize;
    let at = |index: usize| tokens.get(index);
    let is = |index: usize, text: &str| at(index).is_some_and(|token| token.is(text));
    let mut index = 0;
    while let Some(token) = at(index) {
        match token.text.as_str() {
            "mod" if is(index + 2, "{") => {
                let name = at(index + 1).map(|name| name.text.clone()).unwrap_or_default();
                inside.push((name, depth));
            }
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if inside.last().is_some_and(|(_, opened)| *opened == depth) && token.is("}") {
                    inside.pop();
                }
            }
            "macro_rules" if is(index + 1, "!") => index = end_of_group(&tokens, index + 3),
            "pub" if is(index + 1, "(") => {
                let names: Vec<&str> = inside.iter().map(|(name, _)| name.as_str()).collect();
                index = visibility(text, &tokens, index, shift, &names, &mut edits);
            }
            "self" | "super" if starts_path(&tokens, index) => {
                index = path(&tokens, index, shift, inside.len(), &mut edits);
            }
            "include" | "include_str" | "include_bytes" if is(index + 1, "!") => {
                included(&tokens, index + 3, shift, &mut edits);
            }
            _ => {}
        }
        index += 1;
    }
    edits.apply(text)
}

/// Index of the bracket that closes the one at `open`.
fn end_of_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len()
}

fn starts_path(tokens: &[Token], index: usize) -> bool {
    let follows = index.checked_sub(1).and_then(|before| tokens.get(before));
    let next = tokens.get(index + 1).is_some_and(|next| next.is("::"));
    next && !follows.is_some_and(|before| before.is("::") || before.is("."))
}

/// Rewrites the head of a path that leaves the moved code; gives the index of its last token.
fn path(
    tokens: &[Token],
    start: usize,
    shift: &Shift<'_>,
    inside: usize,
    edits: &mut Edits,
) -> usize {
    let mut index = start;
    let mut supers = 0usize;
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|token| token.is(text));
    if is(start, "super") {
        supers = 1;
    }
    while is(index + 1, "::") && is(index + 2, "super") {
        supers += 1;
        index += 2;
    }
    let (Some(first), Some(last)) = (tokens.get(start), tokens.get(index)) else { return start };
    let next = tokens.get(index + 2).map(|next| next.text.as_str()).unwrap_or_default();
    if supers < inside || (supers == inside && stays(tokens, index + 2, next, shift, inside)) {
        return index;
    }
    let up = supers - inside;
    let target = shift.from.get(..shift.from.len().saturating_sub(up)).unwrap_or_default();
    // The path ends in a name, so that it never is the empty path from a module to itself.
    let mut named = target.to_vec();
    named.push(String::new());
    let mut around = shift.to.to_vec();
    around.extend((0..inside).map(|_| "\0".to_owned()));
    let written = reach::path_from(&around, &named);
    let head = written.trim_end_matches("::");
    let head = if head.is_empty() { "self" } else { head };
    edits.replace(first.range.start..last.range.end, head);
    index
}

/// Whether what the path names at the level of the moved code moves along.
fn stays(tokens: &[Token], at: usize, next: &str, shift: &Shift<'_>, inside: usize) -> bool {
    if next == "*" {
        return inside > 0;
    }
    if next != "{" {
        return shift.moved.contains(next);
    }
    let end = end_of_group(tokens, at);
    let mut heads = tokens.get(at..end).unwrap_or_default().windows(2).filter_map(|pair| {
        let [before, name] = pair else { return None };
        (name.is_ident() && (before.is("{") || before.is(","))).then_some(name.text.as_str())
    });
    heads.all(|head| shift.moved.contains(head))
}

/// Keeps the reach of `pub(super)` and the like; gives the index of the closing bracket.
fn visibility(
    text: &str,
    tokens: &[Token],
    start: usize,
    shift: &Shift<'_>,
    inside: &[&str],
    edits: &mut Edits,
) -> usize {
    let end = end_of_group(tokens, start + 1);
    let (Some(first), Some(last)) = (tokens.get(start), tokens.get(end)) else { return start };
    let range = first.range.start..last.range.end;
    let written = text.get(range.clone()).unwrap_or_default();
    // `pub (A, B)` is a public tuple.
    let word = tokens.get(start + 2).map(|word| word.text.as_str()).unwrap_or_default();
    let is_self = word == "self" && tokens.get(start + 3).is_some_and(|next| next.is(")"));
    if !matches!(word, "super" | "in") || is_self {
        return start + 1;
    }
    let below = |base: &[String]| {
        let inner = inside.iter().map(|name| (*name).to_owned());
        base.iter().cloned().chain(inner).collect::<Vec<_>>()
    };
    let Reach::Module(reached) = reach::of(written, &below(shift.from)) else { return end };
    if reached.len() > shift.from.len() && reached.starts_with(shift.from) {
        return end;
    }
    let kept = Reach::Module(reach::common(&reached, shift.to));
    let made = reach::written(&kept, &below(shift.to));
    edits.replace(range, made);
    end
}

/// Puts the way between the two folders before a relative path.
fn included(tokens: &[Token], at: usize, shift: &Shift<'_>, edits: &mut Edits) {
    let Some(literal) = tokens.get(at).filter(|token| token.text.starts_with('"')) else { return };
    if !shift.include_prefix.is_empty() && !literal.text.starts_with("\"/") {
        edits.insert(literal.range.start + 1, shift.include_prefix.clone());
    }
}

/// What to put before a path that was relative to `from`, so that it works from `to`. Both are folders.
pub(crate) fn way_back(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let shared = reach::common(&from, &to).len();
    let ups = "../".repeat(to.len() - shared);
    let downs: String = from.iter().skip(shared).map(|part| format!("{part}/")).collect();
    format!("{ups}{downs}")
}
