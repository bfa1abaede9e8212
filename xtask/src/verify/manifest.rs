//! Finds the line of a key in a TOML manifest, for reports only.
//!
//! A parsed manifest has no places. The search knows just enough TOML: table headers and the key at
//! the start of a line. Where it finds nothing it answers with the table's header or line 1.

/// The line of `key` in `[table]`, or in a table whose name ends in `.table`; or of `[table.key]`.
pub(crate) fn line_of(text: &str, table: &str, key: &str) -> usize {
    let mut inside = table.is_empty();
    let mut fallback = 1;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            let header = line.trim_matches(['[', ']']);
            inside = header == table || header.ends_with(&format!(".{table}"));
            if inside && fallback == 1 {
                fallback = index + 1;
            }
            if header.strip_suffix(key).is_some_and(|rest| rest.ends_with(&format!("{table}."))) {
                return index + 1;
            }
        } else if inside && starts_with_key(line, key) {
            return index + 1;
        }
    }
    fallback
}

/// The first line that contains `needle`, or line 1.
pub(crate) fn line_with(text: &str, needle: &str) -> usize {
    text.lines().position(|line| line.contains(needle)).map_or(1, |index| index + 1)
}

fn starts_with_key(line: &str, key: &str) -> bool {
    line.trim_start_matches('"')
        .strip_prefix(key)
        .is_some_and(|rest| rest.starts_with([' ', '=', '.', '"']))
}
