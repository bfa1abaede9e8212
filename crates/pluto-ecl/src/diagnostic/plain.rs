//! Diagnostics as plain text: for tests, logs and terminals without colour.
//!
//! ```text
//! error[ECL-0128]: expected `==`, found `=`
//!   --> guard.ecl:3:14
//!    |
//!  3 |   if amount = 4 {
//!    |             ^ `=` names a value; it does not compare
//!    = note: …
//!    = fix: write `==`: replace `=` by `==`
//! ```

use std::fmt::Write as _;

use super::{Diagnostic, Fix, Label, LineIndex, Severity};

/// Longest part of a line that is shown.
const COLUMNS_MAX: usize = 120;

/// Renders all of them, with an empty line between two.
#[must_use]
pub fn render_all(name: &str, source: &str, diagnostics: &[Diagnostic]) -> String {
    let lines = LineIndex::new(source);
    let texts: Vec<String> =
        diagnostics.iter().map(|found| rendered(name, source, &lines, found)).collect();
    texts.join("\n")
}

/// Renders one. `name` is the name of the file.
#[must_use]
pub fn render(name: &str, source: &str, diagnostic: &Diagnostic) -> String {
    rendered(name, source, &LineIndex::new(source), diagnostic)
}

fn rendered(name: &str, source: &str, lines: &LineIndex<'_>, found: &Diagnostic) -> String {
    let severity = match found.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let at = lines.position(found.primary.span.start);
    let all: Vec<&Label> = std::iter::once(&found.primary).chain(&found.secondary).collect();
    let last = all.iter().map(|label| lines.position(label.span.start).line).max().unwrap_or(1);
    let width = last.to_string().len();
    let mut text = format!("{severity}[{}]: {}\n", found.code, found.message);
    put(&mut text, format_args!("{:width$}--> {name}:{}:{}\n", "", at.line, at.column));
    put(&mut text, format_args!("{:width$} |\n", ""));
    for (index, label) in all.iter().enumerate() {
        let mark = if index == 0 { '^' } else { '-' };
        marked(&mut text, lines, label, mark, width);
    }
    for note in &found.notes {
        put(&mut text, format_args!("{:width$} = note: {note}\n", ""));
    }
    for fix in &found.fixes {
        put(&mut text, format_args!("{:width$} = fix: {}\n", "", described(source, lines, fix)));
    }
    text
}

/// The line of a label, and its text below.
fn marked(text: &mut String, lines: &LineIndex<'_>, label: &Label, mark: char, width: usize) {
    let at = lines.position(label.span.start);
    let line = lines.line(at.line);
    let end = lines.position(label.span.end);
    let last = if end.line == at.line { end.column } else { line.chars().count() + 1 };
    // A long line is shown from a little before its place.
    let skipped = if at.column > COLUMNS_MAX { at.column - COLUMNS_MAX / 2 } else { 0 };
    let shown: String = line
        .chars()
        .skip(skipped)
        .take(COLUMNS_MAX)
        .map(|c| if visible(c) { c } else { '·' })
        .collect();
    let room = (COLUMNS_MAX + skipped + 2).saturating_sub(at.column);
    let marks = mark.to_string().repeat(last.saturating_sub(at.column).clamp(1, room.max(1)));
    let before = " ".repeat(at.column - 1 - skipped.min(at.column - 1));
    put(text, format_args!("{:>width$} | {shown}\n", at.line));
    put(text, format_args!("{:width$} | {before}{marks} {}\n", "", label.text));
}

/// Characters that take one column and change nothing around them.
fn visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn described(source: &str, lines: &LineIndex<'_>, fix: &Fix) -> String {
    let Fix { title, span, replacement } = fix;
    let at = lines.position(span.start);
    let old = span.text(source).escape_debug();
    let new = replacement.escape_debug();
    let place = format!("at {}:{}", at.line, at.column);
    match (old.clone().next().is_some(), replacement.is_empty()) {
        (true, true) => format!("{title}: remove `{old}` {place}"),
        (true, false) => format!("{title}: replace `{old}` by `{new}` {place}"),
        (false, _) => format!("{title}: insert `{new}` {place}"),
    }
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _written = text.write_fmt(arguments);
}
