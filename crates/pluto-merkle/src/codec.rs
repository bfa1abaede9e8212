//! Reading untrusted bytes: every length is bounded before anything is allocated.

use pluto_core::format::Format;
use pluto_core::hash::Digest;
use pluto_error::{Error, Result};

use crate::error::MerkleError;

/// Reads the fields of one encoded value, in order.
pub(crate) struct Reader<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, rest: bytes }
    }

    pub(crate) fn malformed(&self, why: &'static str) -> Error {
        MerkleError::Malformed { what: self.what, why }.into()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| self.malformed("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or_else(|| self.malformed("it ends too early"))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(crate) fn digest(&mut self) -> Result<Digest> {
        Ok(Digest(self.array()?))
    }

    /// `count` digests; `count` is already bounded.
    pub(crate) fn digests(&mut self, count: usize) -> Result<Vec<Digest>> {
        let bytes = self.bytes(count.saturating_mul(32))?;
        Ok(bytes.as_chunks::<32>().0.iter().map(|digest| Digest(*digest)).collect())
    }

    /// A byte string behind its `u32` length of at most `max`.
    pub(crate) fn string(&mut self, what: &'static str, max: usize) -> Result<&'a [u8]> {
        let length = self.u32()?;
        let length = self.bounded(what, u64::from(length), max)?;
        self.bytes(length)
    }

    /// `found` as a count of at most `max`.
    pub(crate) fn bounded(&self, what: &'static str, found: u64, max: usize) -> Result<usize> {
        usize::try_from(found)
            .ok()
            .filter(|count| *count <= max)
            .ok_or_else(|| MerkleError::TooLarge { what, max: max as u64, found }.into())
    }

    /// The version byte of `format`.
    pub(crate) fn version(&mut self, format: Format) -> Result<()> {
        let found = self.u8()?;
        if found == format.version {
            return Ok(());
        }
        Err(MerkleError::UnknownVersion { what: format.name, expected: format.version, found }
            .into())
    }

    /// Refuses trailing bytes.
    pub(crate) fn finish(self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed("bytes follow its end")) }
    }
}

/// Appends digests.
pub(crate) fn put_digests(out: &mut Vec<u8>, digests: &[Digest]) {
    for digest in digests {
        out.extend_from_slice(&digest.0);
    }
}

/// Appends a byte string behind its `u32` length.
pub(crate) fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}
