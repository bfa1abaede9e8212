//! What the blob exchange asks of the blobs that are here.

use pluto_core::BlobId;
use pluto_error::Result;

/// What a manifest says of its blob.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Bytes of the blob.
    pub bytes: u64,
    /// The parts that are not here, ascending; the first chunk is part 1.
    pub missing: Vec<u16>,
}

/// The blobs of a node, part by part: part 0 is the manifest, part n the chunk with index n − 1. Called
/// on threads that may wait for the disk.
pub trait BlobShelf: Send + Sync {
    /// A part of a blob that is here whole.
    ///
    /// # Errors
    /// When it cannot be read.
    fn part(&self, id: &BlobId, part: u16) -> Result<Option<Vec<u8>>>;

    /// What a manifest says; none when it is not that of the blob.
    ///
    /// # Errors
    /// When it cannot be found out what is here.
    fn plan(&self, id: &BlobId, manifest: &[u8]) -> Result<Option<Plan>>;

    /// Keeps a chunk; false when it is not the one that the manifest names.
    ///
    /// # Errors
    /// When it cannot be written.
    fn keep(&self, id: &BlobId, manifest: &[u8], part: u16, chunk: &[u8]) -> Result<bool>;

    /// Makes the blob of its chunks.
    ///
    /// # Errors
    /// When one is missing, or the manifest cannot be written.
    fn finish(&self, id: &BlobId, manifest: &[u8]) -> Result<()>;

    /// The blobs that are here, at most `max`.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn ids(&self, max: usize) -> Result<Vec<BlobId>>;
}
