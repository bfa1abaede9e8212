//! Reads ratings in the form of the Stanford Network Analysis Project: one line for each,
//! `source,target,rating,time`, with or without a header.
//!
//! People are numbers below 2^32, ratings whole numbers from −10 to 10, times Unix seconds whose
//! fraction is dropped. The result stands in order of time; ratings of one second keep their order.

use std::io::{BufRead, Read};

use pluto_core::payload::ATTESTATION_VALUE_MAX;
use pluto_error::{Code, Coded, Result};
use thiserror::Error;

use super::codes;

/// Longest line in bytes.
pub const LINE_BYTES_MAX: usize = 256;
/// Most ratings of one study.
pub const RATINGS_MAX: usize = 2_000_000;

/// One rating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating {
    /// Who rated.
    pub attester: u32,
    /// Who was rated.
    pub subject: u32,
    /// −10 to 10.
    pub value: i8,
    /// When, in Unix seconds.
    pub time_s: u64,
}

/// Why ratings cannot be read.
#[derive(Debug, Error)]
pub enum RatingsError {
    /// A line that is no rating.
    #[error("line `{line}`: expected {expected}, found `{found}`")]
    Malformed {
        /// The line, counted from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
        /// What stands there, cut to the length of a line.
        found: String,
    },
    /// A line above its bound.
    #[error("line `{line}` is longer than `{LINE_BYTES_MAX}` bytes")]
    TooLong {
        /// The line, counted from 1.
        line: usize,
    },
    /// More ratings than the bound.
    #[error("line `{line}`: expected at most `{RATINGS_MAX}` ratings")]
    TooMany {
        /// The line, counted from 1.
        line: usize,
    },
    /// No rating at all.
    #[error("expected at least one rating, found none")]
    None,
    /// The input failed.
    #[error("line `{line}` cannot be read")]
    Unreadable {
        /// The line, counted from 1.
        line: usize,
        /// The cause.
        source: std::io::Error,
    },
}

impl Coded for RatingsError {
    fn code(&self) -> Code {
        match self {
            Self::Malformed { .. } => codes::RATING_MALFORMED,
            Self::TooLong { .. } => codes::RATING_TOO_LONG,
            Self::TooMany { .. } => codes::RATINGS_TOO_MANY,
            Self::None => codes::RATINGS_NONE,
            Self::Unreadable { .. } => codes::RATINGS_UNREADABLE,
        }
    }
}

/// Reads all ratings, in order of time.
///
/// # Errors
/// `NOD-0101` for a line that is no rating, `NOD-0102` for one above [`LINE_BYTES_MAX`], `NOD-0103`
/// above [`RATINGS_MAX`] ratings, `NOD-0104` for none, `NOD-0105` when the reader fails.
pub fn parse_ratings(mut reader: impl BufRead) -> Result<Vec<Rating>> {
    let mut ratings = Vec::new();
    let mut bytes = Vec::with_capacity(LINE_BYTES_MAX);
    for line in 1.. {
        if !read_line(&mut reader, &mut bytes, line)? {
            break;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        let is_header = line == 1 && text.starts_with(|c: char| c.is_ascii_alphabetic());
        if text.is_empty() || is_header {
            continue;
        }
        if ratings.len() == RATINGS_MAX {
            return Err(RatingsError::TooMany { line }.into());
        }
        ratings.push(parse_line(text, line)?);
    }
    if ratings.is_empty() {
        return Err(RatingsError::None.into());
    }
    ratings.sort_by_key(|rating: &Rating| rating.time_s);
    Ok(ratings)
}

/// Reads one line into `bytes`; false at the end of the input.
fn read_line(
    reader: &mut impl BufRead,
    bytes: &mut Vec<u8>,
    line: usize,
) -> Result<bool, RatingsError> {
    bytes.clear();
    let mut bounded = reader.take(LINE_BYTES_MAX as u64 + 1);
    let read = bounded
        .read_until(b'\n', bytes)
        .map_err(|source| RatingsError::Unreadable { line, source })?;
    if read > LINE_BYTES_MAX { Err(RatingsError::TooLong { line }) } else { Ok(read > 0) }
}

fn parse_line(text: &str, line: usize) -> Result<Rating, RatingsError> {
    let bad = |expected, found: &str| {
        let found = found.escape_default().to_string();
        RatingsError::Malformed { line, expected, found }
    };
    let mut fields = text.split(',').map(str::trim);
    let mut next = || fields.next().unwrap_or_default();
    let (source, target, value, time) = (next(), next(), next(), next());
    if fields.next().is_some() {
        return Err(bad("source,target,rating,time", text));
    }
    let person = |field: &str| field.parse().map_err(|_| bad("the number of a person", field));
    let rating: i8 = value
        .parse()
        .ok()
        .filter(|value: &i8| value.unsigned_abs() <= ATTESTATION_VALUE_MAX.unsigned_abs())
        .ok_or_else(|| bad("a rating from -10 to 10", value))?;
    Ok(Rating {
        attester: person(source)?,
        subject: person(target)?,
        value: rating,
        time_s: seconds(time).ok_or_else(|| bad("a time in Unix seconds", time))?,
    })
}

/// Whole seconds; a fraction must be digits and is dropped. Times above 2^53 are refused: they cannot
/// be told apart from a slip, and milliseconds of them would not fit.
fn seconds(field: &str) -> Option<u64> {
    let (whole, fraction) = field.split_once('.').unwrap_or((field, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let seconds: u64 = whole.parse().ok()?;
    (is_number(whole) && is_number(fraction) && seconds <= 1 << 53).then_some(seconds)
}
