//! Patterns of actions and resources, and when one allows no more than another.
//!
//! A pattern is a row of segments with `/` or `:` between them. A segment is a literal, a literal with
//! a `*` behind it, or `*`; the last one may be `**`. `*` stands for any characters that do not
//! separate, `**` for the rest whatever it is; both may be empty. That is a part of what `glob` in ECL
//! takes, with the same meaning, and small enough that "every text the one matches, the other
//! matches too" is decided by one walk over both: a wildcard ends its segment, so no walk ever has two
//! ways to go on.

use std::fmt;
use std::str::FromStr;

use pluto_core::codec::{CodecError, Decoded};

/// Longest pattern in bytes.
pub const PATTERN_BYTES_MAX: usize = 256;

/// A pattern of actions or resources, 1 to 256 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(Box<str>);

impl Pattern {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it matches the whole of `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        matches(self.0.as_bytes(), text.as_bytes())
    }

    /// Whether every text that `other` matches is one that this pattern matches; exact.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        covers(self.0.as_bytes(), other.0.as_bytes())
    }

    /// A pattern whose text was checked before.
    pub(super) fn checked(text: &[u8]) -> Self {
        Self(String::from_utf8_lossy(text).into())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Pattern {
    type Err = CodecError;

    fn from_str(text: &str) -> Decoded<Self> {
        check(text)?;
        Ok(Self(text.into()))
    }
}

const fn separates(byte: u8) -> bool {
    matches!(byte, b'/' | b':')
}

/// What stands behind the rest of a segment: nothing, or a separator and more.
fn behind_segment(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| separates(*byte)).unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    loop {
        (pattern, text) = match (pattern, text) {
            ([], _) => return text.is_empty(),
            ([b'*', b'*', ..], _) => return true,
            ([b'*', behind @ ..], _) => (behind, behind_segment(text)),
            ([wanted, behind @ ..], [found, rest @ ..]) if wanted == found => (behind, rest),
            _ => return false,
        };
    }
}

pub(super) fn covers(parent: &[u8], child: &[u8]) -> bool {
    let (mut parent, mut child) = (parent, child);
    loop {
        (parent, child) = match (parent, child) {
            ([b'*', b'*', ..], _) => return true,
            (_, [b'*', b'*', ..]) => return false,
            ([], _) => return child.is_empty(),
            ([b'*', behind @ ..], _) => (behind, behind_segment(child)),
            ([wanted, behind @ ..], [found, rest @ ..]) if wanted == found => (behind, rest),
            _ => return false,
        };
    }
}

/// Whether `text` is a pattern.
pub(super) fn check(text: &str) -> Decoded<()> {
    const WILDCARDS: &str =
        "a pattern with `*` only at the end of a segment, `**` only as the last one, and no `?`";
    if text.len() > PATTERN_BYTES_MAX {
        let (found, max) = (text.len(), PATTERN_BYTES_MAX);
        return Err(CodecError::TooLarge { what: "pattern", found, max });
    }
    if text.is_empty() {
        return Err(CodecError::BadText { what: "a pattern of at least one character" });
    }
    if text.bytes().any(|byte| byte.is_ascii_control())
        || !text.is_ascii() && text.chars().any(char::is_control)
    {
        return Err(CodecError::BadText { what: "a pattern without control characters" });
    }
    let (mut rest, mut begins) = (text.as_bytes(), true);
    loop {
        rest = match rest {
            [] | [b'*'] => return Ok(()),
            [b'*', b'*'] if begins => return Ok(()),
            [b'*', next, ..] if !separates(*next) => break,
            [b'?', ..] => break,
            [byte, behind @ ..] => {
                begins = separates(*byte);
                behind
            }
        };
    }
    Err(CodecError::BadText { what: WILDCARDS })
}

#[cfg(test)]
mod tests;
