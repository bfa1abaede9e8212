//! The bytes of a payload: a part of one buffer that all payloads of a run share, so that decoding a
//! run allocates once and not once for each event.

use std::ops::{Deref, Range};
use std::sync::Arc;

/// Bytes of a payload; reads as a slice, cheap to clone.
#[derive(Clone)]
pub struct PayloadBytes {
    buffer: Arc<Vec<u8>>,
    start: u32,
    end: u32,
}

impl PayloadBytes {
    /// The part `range` of `buffer`; empty where it reaches past the end.
    pub(super) fn of(buffer: &Arc<Vec<u8>>, range: Range<usize>) -> Self {
        // A run is at most 1 MiB, see `limits`.
        let [start, end] = [range.start, range.end].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        Self { buffer: Arc::clone(buffer), start, end }
    }
}

impl Deref for PayloadBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl PartialEq for PayloadBytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for PayloadBytes {}

impl std::fmt::Debug for PayloadBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::hex::text(self))
    }
}

impl From<Vec<u8>> for PayloadBytes {
    fn from(bytes: Vec<u8>) -> Self {
        let all = 0..bytes.len();
        Self::of(&Arc::new(bytes), all)
    }
}

impl From<&[u8]> for PayloadBytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}
