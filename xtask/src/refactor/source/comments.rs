//! Which comment belongs to which item.
//!
//! Between two items there is only white space and comments. A comment on the last line of an item is
//! that item's. Comments directly above an item, without a blank line between, are that item's. All
//! others stand for themselves and stay where they are.

use std::ops::Range;

/// The comments of a gap between items, in order.
pub(crate) fn in_gap(text: &str, gap: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = gap.start;
    while at < gap.end {
        let rest = text.get(at..gap.end).unwrap_or_default();
        if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or(rest).trim_end();
            found.push(at..at + line.len());
            at += length;
        } else if rest.starts_with("/*") {
            let length = block_length(rest);
            found.push(at..at + length);
            at += length;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// Length of the block comment at the start of `text`; they nest.
pub(crate) fn block_length(text: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The end of an item with the comment behind it on its last line, if there is one.
pub(crate) fn end_with_trailing(text: &str, end: usize, gap_end: usize) -> usize {
    let mut last = end;
    for comment in in_gap(text, end..gap_end) {
        let between = text.get(last..comment.start).unwrap_or_default();
        if between.contains('\n') {
            break;
        }
        last = comment.end;
    }
    let tail = text.get(last..gap_end).unwrap_or_default();
    let alone = tail.is_empty() || tail.trim_start_matches([' ', '\t', '\r']).starts_with('\n');
    // A comment between two items on one line belongs to the next.
    if alone || gap_end == text.len() { last } else { end }
}

/// The start of an item with the comments directly above.
pub(crate) fn start_with_leading(text: &str, start: usize, gap_start: usize) -> usize {
    let mut first = start;
    for comment in in_gap(text, gap_start..start).iter().rev() {
        let between = text.get(comment.end..first).unwrap_or_default();
        if between.matches('\n').count() > 1 {
            break;
        }
        first = comment.start;
    }
    first
}
