//! The one canonical codec: big-endian integers of fixed width, length-prefixed bytes, no padding.
//!
//! A value has exactly one encoding. Decoders cap every length before they allocate and refuse bytes
//! after the end; types whose parts could be written in two ways check the order of those parts.
//! `docs/formats/codec.md` describes the rules for writers in other languages.

use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;

/// Why bytes are not a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// Fewer bytes than the value needs.
    #[error("expected `{wanted}` more bytes, found `{found}`")]
    Truncated {
        /// Bytes asked for.
        wanted: usize,
        /// Bytes left.
        found: usize,
    },
    /// More bytes than the value needs.
    #[error("found `{0}` bytes after the end")]
    Trailing(usize),
    /// Another encoding of the same value is the canonical one.
    #[error("`{0}` is not in canonical form")]
    NotCanonical(&'static str),
    /// A length above its bound.
    #[error("`{what}` is `{found}`, the bound is `{max}`")]
    TooLarge {
        /// The field.
        what: &'static str,
        /// Its value.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// A version from elsewhere.
    #[error("`{what}` has version `{found}`, this build knows `{known}`")]
    UnknownVersion {
        /// The format.
        what: &'static str,
        /// The version found.
        found: u8,
        /// The version known.
        known: u8,
    },
    /// A value outside the set of its field.
    #[error("`{what}` cannot be `{found}`")]
    BadValue {
        /// The field.
        what: &'static str,
        /// The value found.
        found: u64,
    },
    /// Text that is no identifier.
    #[error("expected {what}")]
    BadText {
        /// What was expected.
        what: &'static str,
    },
    /// Neighbouring events of a run do not follow each other.
    #[error("event `{index}` of the run does not follow its predecessor: {why}")]
    BrokenRun {
        /// Index within the run.
        index: usize,
        /// The rule broken.
        why: &'static str,
    },
    /// A payload that is not the one its header names.
    #[error("payload of event `{index}` does not match the {what} in its header")]
    PayloadMismatch {
        /// Index within the run.
        index: usize,
        /// Length or hash.
        what: &'static str,
    },
}

impl Coded for CodecError {
    fn code(&self) -> Code {
        match self {
            Self::Truncated { .. } => codes::TRUNCATED,
            Self::Trailing(_) => codes::TRAILING,
            Self::NotCanonical(_) => codes::NOT_CANONICAL,
            Self::TooLarge { .. } => codes::TOO_LARGE,
            Self::UnknownVersion { .. } => codes::UNKNOWN_VERSION,
            Self::BadValue { .. } => codes::BAD_VALUE,
            Self::BadText { .. } => codes::BAD_TEXT,
            Self::BrokenRun { .. } => codes::BROKEN_RUN,
            Self::PayloadMismatch { .. } => codes::PAYLOAD_MISMATCH,
        }
    }
}

/// The result of decoding.
pub type Decoded<T> = Result<T, CodecError>;

/// A value with a canonical encoding.
pub trait Canonical: Sized {
    /// Appends the encoding to `out`.
    fn encode_into(&self, out: &mut Vec<u8>);

    /// Reads one value from the front of `input`.
    ///
    /// # Errors
    /// `COR-0001` to `COR-0006` when the bytes are not a canonical value.
    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self>;

    /// The encoding.
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_into(&mut out);
        out
    }

    /// Reads a value that fills `bytes` exactly.
    ///
    /// # Errors
    /// As [`Canonical::decode_from`], and `COR-0002` for bytes after the end.
    fn decode(bytes: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode_from(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}

/// Reads canonical values from a byte slice; never reads past its end, never allocates by itself.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over all of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Takes `count` bytes.
    ///
    /// # Errors
    /// `COR-0001` when fewer are left.
    pub fn take(&mut self, count: usize) -> Decoded<&'a [u8]> {
        let truncated = CodecError::Truncated { wanted: count, found: self.rest.len() };
        let (head, rest) = self.rest.split_at_checked(count).ok_or(truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// Takes an array.
    ///
    /// # Errors
    /// `COR-0001` when fewer than `N` bytes are left.
    pub fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        let truncated = CodecError::Truncated { wanted: N, found: self.rest.len() };
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// `COR-0001` at the end.
    pub fn u8(&mut self) -> Decoded<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Takes a big-endian 16-bit integer.
    ///
    /// # Errors
    /// `COR-0001` at the end.
    pub fn u16(&mut self) -> Decoded<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Takes a big-endian 32-bit integer.
    ///
    /// # Errors
    /// `COR-0001` at the end.
    pub fn u32(&mut self) -> Decoded<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Takes a big-endian 64-bit integer.
    ///
    /// # Errors
    /// `COR-0001` at the end.
    pub fn u64(&mut self) -> Decoded<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Takes a big-endian signed 64-bit integer in two's complement.
    ///
    /// # Errors
    /// `COR-0001` at the end.
    pub fn i64(&mut self) -> Decoded<i64> {
        self.array().map(i64::from_be_bytes)
    }

    /// Takes a flag: 0 or 1.
    ///
    /// # Errors
    /// `COR-0006` for any other byte.
    pub fn flag(&mut self, what: &'static str) -> Decoded<bool> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(CodecError::BadValue { what, found: u64::from(other) }),
        }
    }

    /// Takes a `u32` length, at most `max`, then that many bytes.
    ///
    /// # Errors
    /// `COR-0004` above the bound, `COR-0001` when the bytes are not all there.
    pub fn bytes(&mut self, what: &'static str, max: usize) -> Decoded<&'a [u8]> {
        let length = self.u32()? as usize;
        if length > max {
            return Err(CodecError::TooLarge { what, found: length, max });
        }
        self.take(length)
    }

    /// Takes length-prefixed UTF-8 text of at most `max` bytes.
    ///
    /// # Errors
    /// As [`Reader::bytes`], and `COR-0003` when it is not UTF-8.
    pub fn text(&mut self, what: &'static str, max: usize) -> Decoded<&'a str> {
        let bytes = self.bytes(what, max)?;
        std::str::from_utf8(bytes).map_err(|_| CodecError::NotCanonical(what))
    }

    /// Confirms that nothing is left.
    ///
    /// # Errors
    /// `COR-0002` when bytes are left.
    pub const fn finish(&self) -> Decoded<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(CodecError::Trailing(self.rest.len())) }
    }
}

/// Appends a `u32` length and the bytes.
///
/// Callers keep `bytes` below 4 GiB; every bound in [`crate::limits`] is far below.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests;
