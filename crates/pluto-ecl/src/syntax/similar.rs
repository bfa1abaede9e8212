//! Finds the word that was probably meant.

/// Longest word worth comparing.
const WORD_BYTES_MAX: usize = 32;

/// The candidate nearest to `word`, if it is near enough: one slip per three letters, a swap of
/// neighbours counted once.
pub(crate) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let slips_max = (lower.len().max(3)) / 3;
    candidates
        .iter()
        .map(|candidate| (distance(lower.as_bytes(), candidate.as_bytes()), *candidate))
        .filter(|(slips, _)| *slips <= slips_max)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// Edits that turn one into the other: insert, delete, replace, swap neighbours.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut last = 0;
    for (row, &a) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        let mut previous = 0;
        for (column, &b) in right.iter().enumerate() {
            let at =
                |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut least = at(&above, column) + usize::from(a != b);
            least = least.min(at(&above, column + 1) + 1).min(at(&line, column) + 1);
            if row > 0 && column > 0 && a == previous && b == last {
                least = least.min(at(&before, column - 1) + 1);
            }
            line.push(least);
            previous = b;
        }
        last = a;
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or(left.len())
}
