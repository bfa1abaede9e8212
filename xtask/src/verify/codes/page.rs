//! `docs/errors.md`: one line per code, then the retired codes.
//!
//! The table is rendered from the constants. The retired section is kept as it stands, and takes in
//! every code that the page still lists and the source no longer has.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

use super::{Code, PAGE, STALE_PAGE};
use crate::finding::Finding;

const RETIRED_HEADING: &str = "## Retired";
const HEAD: &str = "# Error codes

Generated from the constants in the source by `cargo xtask verify codes --write`; edit those. The kind says what a
caller can do. A code keeps its meaning for ever: a retired one never comes back.

| code | kind | meaning | crate |
| --- | --- | --- | --- |
";
const RETIRED_HEAD: &str = "## Retired

| code | kind | meaning | crate |
| --- | --- | --- | --- |
";

#[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test")]
static ROW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\| `([A-Z][A-Z0-9]{2}-[0-9]{4})` \|.*$").unwrap());

/// The page for these codes, given the page as it is now.
pub(super) fn render(codes: &[Code], present: &str) -> String {
    let mut sorted: Vec<&Code> = codes.iter().collect();
    sorted.sort_by_key(|code| &code.id);
    let mut page = HEAD.to_owned();
    for Code { id, kind, text, constant } in &sorted {
        let text = text.replace('|', "\\|");
        let _ =
            writeln!(page, "| `{id}` | {} | {text} | {} |", kind.to_lowercase(), constant.krate);
    }
    let (active, retired) = split(present);
    page.push('\n');
    page.push_str(if retired.is_empty() { RETIRED_HEAD } else { retired });
    if !page.ends_with('\n') {
        page.push('\n');
    }
    let known = retired_ids(present);
    for row in ROW.captures_iter(active) {
        let (Some(line), Some(id)) = (row.get(0), row.get(1)) else { continue };
        let declared = sorted.iter().any(|code| code.id == id.as_str());
        if !declared && !known.contains(id.as_str()) {
            let _ = writeln!(page, "{}", line.as_str());
        }
    }
    page
}

/// The ids in the retired section.
pub(super) fn retired_ids(page: &str) -> BTreeSet<String> {
    let rows = ROW.captures_iter(split(page).1);
    rows.filter_map(|row| Some(row.get(1)?.as_str().to_owned())).collect()
}

/// The first line at which the page differs from what it should be.
pub(super) fn difference(present: &str, wanted: &str) -> Option<Finding> {
    if present == wanted {
        return None;
    }
    let same =
        present.lines().zip(wanted.lines()).take_while(|(left, right)| left == right).count();
    let expected = wanted.lines().nth(same).unwrap_or("end of file");
    let found = present.lines().nth(same).unwrap_or("end of file");
    Some(STALE_PAGE.at(PAGE, same + 1, format!("expected `{expected}`, found `{found}`")))
}

fn split(page: &str) -> (&str, &str) {
    match page.find(RETIRED_HEADING) {
        Some(at) => page.split_at(at),
        None => (page, ""),
    }
}
