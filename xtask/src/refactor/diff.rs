//! A unified diff of two texts.
//!
//! Lines are matched from both ends and, between, by the longest common subsequence; texts of moves
//! differ in few places, so the middle is small once what is common at the ends is gone.

const CONTEXT: usize = 3;
/// Longest middle that is matched line by line; a longer one is shown as removed and added.
const MATCHED_LINES_MAX: usize = 4_000;

#[derive(Clone, Copy, PartialEq)]
enum Line<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
}

/// The diff, with three lines around each change; empty when nothing differs.
pub(crate) fn unified(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let lines = compare(&before.lines().collect::<Vec<_>>(), &after.lines().collect::<Vec<_>>());
    let from = if before.is_empty() { "/dev/null".to_owned() } else { format!("a/{path}") };
    let mut text = format!("--- {from}\n+++ b/{path}\n");
    let near = |at: usize| {
        let start = at.saturating_sub(CONTEXT);
        let around = lines.get(start..(at + CONTEXT + 1).min(lines.len())).unwrap_or_default();
        around.iter().any(|line| !matches!(line, Line::Same(_)))
    };
    let (mut old, mut new) = (1, 1);
    let mut hunk = Vec::new();
    let mut starts = (1, 1);
    for (at, line) in lines.iter().enumerate() {
        if near(at) {
            if hunk.is_empty() {
                starts = (old, new);
            }
            hunk.push(*line);
        } else if !hunk.is_empty() {
            text.push_str(&written(&hunk, starts));
            hunk.clear();
        }
        old += usize::from(!matches!(line, Line::New(_)));
        new += usize::from(!matches!(line, Line::Gone(_)));
    }
    if !hunk.is_empty() {
        text.push_str(&written(&hunk, starts));
    }
    text
}

fn written(hunk: &[Line<'_>], starts: (usize, usize)) -> String {
    let count = |not: fn(&Line<'_>) -> bool| hunk.iter().filter(|line| !not(line)).count();
    let old = count(|line| matches!(line, Line::New(_)));
    let new = count(|line| matches!(line, Line::Gone(_)));
    let mut text = format!("@@ -{},{old} +{},{new} @@\n", starts.0, starts.1);
    for line in hunk {
        let (sign, line) = match line {
            Line::Same(line) => (' ', line),
            Line::Gone(line) => ('-', line),
            Line::New(line) => ('+', line),
        };
        text.push_str(&format!("{sign}{line}\n"));
    }
    text
}

fn compare<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<Line<'a>> {
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (old, new) =
        (before.get(head..).unwrap_or_default(), after.get(head..).unwrap_or_default());
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle_old = old.get(..old.len() - tail).unwrap_or_default();
    let middle_new = new.get(..new.len() - tail).unwrap_or_default();
    let mut lines: Vec<Line<'a>> = before.iter().take(head).map(|line| Line::Same(line)).collect();
    lines.extend(middle(middle_old, middle_new));
    lines.extend(old.iter().skip(middle_old.len()).map(|line| Line::Same(line)));
    lines
}

fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let whole =
        || old.iter().map(|l| Line::Gone(l)).chain(new.iter().map(|l| Line::New(l))).collect();
    if old.is_empty()
        || new.is_empty()
        || old.len() > MATCHED_LINES_MAX
        || new.len() > MATCHED_LINES_MAX
    {
        return whole();
    }
    // `length[i][j]`: longest common subsequence of what follows line i of old and j of new.
    let width = new.len() + 1;
    let mut length = vec![0u32; (old.len() + 1) * width];
    let at = |length: &[u32], i: usize, j: usize| length.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let best = if a == b {
                at(&length, i + 1, j + 1) + 1
            } else {
                at(&length, i + 1, j).max(at(&length, i, j + 1))
            };
            if let Some(cell) = length.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        if a == b {
            lines.push(Line::Same(a));
            i += 1;
            j += 1;
        } else if at(&length, i + 1, j) >= at(&length, i, j + 1) {
            lines.push(Line::Gone(a));
            i += 1;
        } else {
            lines.push(Line::New(b));
            j += 1;
        }
    }
    lines.extend(old.iter().skip(i).map(|line| Line::Gone(line)));
    lines.extend(new.iter().skip(j).map(|line| Line::New(line)));
    lines
}
