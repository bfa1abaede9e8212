//! Lines of bounded length from a stream.

use std::io::{BufRead, Read};

/// Longest line that is looked at.
const LINE_BYTES_MAX: u64 = 16 * 1024;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its end; what is no UTF-8 is replaced.
    Text(String),
    /// A line above the bound, passed over.
    TooLong,
    /// Nothing.
    End,
}

/// The next line.
pub(super) fn next_line(input: &mut impl BufRead) -> std::io::Result<Line> {
    let mut bytes = Vec::new();
    let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
    if read == 0 {
        return Ok(Line::End);
    }
    if bytes.last() != Some(&b'\n') && read as u64 == LINE_BYTES_MAX {
        input.skip_until(b'\n')?;
        return Ok(Line::TooLong);
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(Line::Text(text.trim_end_matches(['\n', '\r']).to_owned()))
}

#[cfg(test)]
mod tests;
