//! Bytes to lines and columns.

/// Where the lines of a source begin.
#[derive(Clone, Debug)]
pub struct LineIndex<'s> {
    source: &'s str,
    starts: Vec<usize>,
}

/// A line and a column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl<'s> LineIndex<'s> {
    /// Reads the source once.
    #[must_use]
    pub fn new(source: &'s str) -> Self {
        let after = source.match_indices('\n').map(|(at, _)| at + 1);
        Self { source, starts: std::iter::once(0).chain(after).collect() }
    }

    /// The place of a byte; one past the end is the place after the last character.
    #[must_use]
    pub fn position(&self, byte: u32) -> Position {
        let byte = (byte as usize).min(self.source.len());
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        let before = self.source.get(start.copied().unwrap_or(0)..byte).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }

    /// The text of a line without its end; empty when there is no such line.
    #[must_use]
    pub fn line(&self, line: usize) -> &'s str {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        let end = self.starts.get(line).copied().unwrap_or(self.source.len());
        let text = start.and_then(|start| self.source.get(*start..end)).unwrap_or_default();
        text.trim_end_matches(['\n', '\r'])
    }
}
