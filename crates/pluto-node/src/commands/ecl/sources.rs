//! A source put together from pieces: a file, facts of the command line, lines that were typed.
//!
//! The compiler sees one text; people see the piece a place lies in, counted from its own beginning.

use std::ops::Range;

use pluto_ecl::Span;

/// One text of named pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    name: String,
    range: Range<usize>,
}

/// A range of bytes of a piece.
#[derive(Clone, Debug)]
pub(super) struct Place<'s> {
    /// Which piece.
    pub(super) piece: usize,
    /// Its name.
    pub(super) name: &'s str,
    /// Its whole text.
    pub(super) text: &'s str,
    /// The bytes, on boundaries of characters.
    pub(super) range: Range<usize>,
}

impl Sources {
    /// One piece, byte by byte.
    pub(super) fn file(name: impl Into<String>, text: String) -> Self {
        let piece = Piece { name: name.into(), range: 0..text.len() };
        Self { text, pieces: vec![piece] }
    }

    /// Adds a piece on lines of its own.
    pub(super) fn push(&mut self, name: impl Into<String>, text: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece { name: name.into(), range: start..self.text.len() });
    }

    /// What the compiler sees.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The name of the first piece.
    pub(super) fn name(&self) -> &str {
        self.pieces.first().map_or("", |piece| &piece.name)
    }

    /// Where a span lies; what reaches beyond its piece is cut.
    pub(super) fn place(&self, span: Span) -> Place<'_> {
        let start = span.start as usize;
        let found = self.pieces.iter().rposition(|piece| piece.range.start <= start);
        let index = found.unwrap_or_default();
        let (name, range) =
            self.pieces.get(index).map_or(("", 0..0), |piece| (&*piece.name, piece.range.clone()));
        let text = self.text.get(range.clone()).unwrap_or_default();
        let inside = |at: usize| text.floor_char_boundary(at.saturating_sub(range.start));
        let (from, to) = (inside(start), inside(span.end as usize));
        Place { piece: index, name, text, range: from..to.max(from) }
    }
}

impl Place<'_> {
    /// The place as a span of its piece.
    pub(super) fn span(&self) -> Span {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { start: byte(self.range.start), end: byte(self.range.end) }
    }
}

#[cfg(test)]
mod tests;
