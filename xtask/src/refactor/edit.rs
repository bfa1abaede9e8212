//! Cuts and insertions in a text, made together.

use std::ops::Range;

/// Edits of one text. None may overlap another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts `with` in the place of `range`. The same edit twice is one.
    pub(crate) fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        let edit = (range, with.into());
        if !self.0.contains(&edit) {
            self.0.push(edit);
        }
    }

    /// Puts `text` at `at`.
    pub(crate) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with all edits made; of two that overlap, the first in the text counts.
    pub(crate) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let mut made = String::with_capacity(text.len());
        let mut at = 0;
        for (range, with) in self.0 {
            if range.start < at {
                continue;
            }
            made.push_str(text.get(at..range.start).unwrap_or_default());
            made.push_str(&with);
            at = range.end;
        }
        made.push_str(text.get(at..).unwrap_or_default());
        made
    }
}

/// The text without whole items: with their line, and with one of two blank lines that would meet.
pub(crate) fn cut_items(text: &str, ranges: &[Range<usize>]) -> String {
    let mut edits = Edits::default();
    let mut sorted = ranges.to_vec();
    sorted.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in sorted {
        let whole = whole_lines(text, &range);
        match joined.last_mut() {
            Some(last) if blank(text, last.end..whole.start) => last.end = whole.end,
            _ => joined.push(whole),
        }
    }
    for mut range in joined {
        let before = text.get(..range.start).unwrap_or_default();
        let after = text.get(range.end..).unwrap_or_default();
        let blank_before = before.is_empty() || before.ends_with("\n\n") || before.ends_with("{\n");
        if blank_before || after.trim().is_empty() {
            let first = after.split_inclusive('\n').next().unwrap_or_default();
            if first.trim().is_empty() {
                range.end += first.len();
            } else if after.trim_start().starts_with('}') && before.ends_with("\n\n") {
                range.start -= 1;
            }
        }
        if text.get(range.end..).unwrap_or_default().trim().is_empty() {
            let kept = text.get(..range.start).unwrap_or_default().trim_end();
            range = kept.len()..text.len();
            edits.replace(range, if kept.is_empty() { "" } else { "\n" });
        } else {
            edits.replace(range, "");
        }
    }
    edits.apply(text)
}

fn blank(text: &str, range: Range<usize>) -> bool {
    text.get(range).is_some_and(|between| between.trim().is_empty())
}

/// With the indentation before it and the line break behind it, if nothing else is on its lines.
fn whole_lines(text: &str, range: &Range<usize>) -> Range<usize> {
    let before = text.get(..range.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let alone_before = blank(text, line_start..range.start);
    let after = text.get(range.end..).unwrap_or_default();
    let line_end = after.find('\n').map_or(text.len(), |at| range.end + at + 1);
    if alone_before && blank(text, range.end..line_end) {
        line_start..line_end
    } else {
        range.clone()
    }
}
