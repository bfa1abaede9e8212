//! What can be wrong with a tree operation, a proof or its bytes.

use pluto_core::hash::Digest;
use pluto_error::{Code, Coded};

use crate::codes;

/// The leaf error of this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MerkleError {
    /// Bytes that are no canonical encoding of a `what`.
    #[error("malformed {what}: {why}")]
    Malformed {
        /// The kind of value being decoded.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A length or count above its bound.
    #[error("{what} too large: expected at most `{max}`, found `{found}`")]
    TooLarge {
        /// The length or count.
        what: &'static str,
        /// Its bound.
        max: u64,
        /// What was given.
        found: u64,
    },
    /// A format version this build does not know.
    #[error("unknown {what} version: expected `{expected}`, found `{found}`")]
    UnknownVersion {
        /// The format.
        what: &'static str,
        /// The version of this build.
        expected: u8,
        /// The version in the bytes.
        found: u8,
    },
    /// An index, size or component outside the tree.
    #[error("{what} `{found}` is outside the tree: expected at most `{max}`")]
    OutOfRange {
        /// The position.
        what: &'static str,
        /// Its largest value.
        max: u64,
        /// What was given.
        found: u64,
    },
    /// A range of leaves that is no subtree: its start must be a multiple of its size rounded up to
    /// a power of two, its end not before its start and inside the tree.
    #[error("leaves `{start}..{end}` are no subtree of a tree of `{size}`")]
    NoSubtree {
        /// First leaf.
        start: u64,
        /// One past the last leaf.
        end: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// A proof with too few or too many hashes.
    #[error("wrong proof length: found `{found}` hashes")]
    ProofLength {
        /// Hashes in the proof.
        found: u64,
    },
    /// A proof that leads to another root.
    #[error("{what} mismatch: expected `{expected}`, found `{found}`")]
    RootMismatch {
        /// Which root.
        what: &'static str,
        /// The root given.
        expected: Digest,
        /// The root the proof leads to.
        found: Digest,
    },
    /// A proof of presence where absence is claimed, or the other way round.
    #[error("the proof does not show the claim: {why}")]
    OtherClaim {
        /// What it shows instead.
        why: &'static str,
    },
    /// Leaf digests that are no longer in memory and that no source provides.
    #[error("leaf digests of tile `{tile}` are not in memory")]
    TileMissing {
        /// Number of the tile of 256 leaves.
        tile: u64,
    },
    /// Leaf digests from a source that do not match the tree.
    #[error("leaf digests of tile `{tile}` do not match the tree")]
    TileDamaged {
        /// Number of the tile of 256 leaves.
        tile: u64,
    },
    /// Operations of a delta that are not strictly ascending by key.
    #[error("operation `{index}` of the delta repeats or misorders a key")]
    UnorderedOps {
        /// Position of the operation.
        index: u64,
    },
    /// A delta whose witness does not cover an operation.
    #[error("the witness of the delta is incomplete: {why}")]
    WitnessIncomplete {
        /// What is missing.
        why: &'static str,
    },
}

impl Coded for MerkleError {
    fn code(&self) -> Code {
        match self {
            Self::Malformed { .. } => codes::MALFORMED,
            Self::TooLarge { .. } => codes::TOO_LARGE,
            Self::UnknownVersion { .. } => codes::UNKNOWN_VERSION,
            Self::OutOfRange { .. } | Self::NoSubtree { .. } => codes::OUT_OF_RANGE,
            Self::ProofLength { .. } => codes::PROOF_LENGTH,
            Self::RootMismatch { .. } => codes::ROOT_MISMATCH,
            Self::OtherClaim { .. } => codes::OTHER_CLAIM,
            Self::TileMissing { .. } => codes::TILE_MISSING,
            Self::TileDamaged { .. } => codes::TILE_DAMAGED,
            Self::UnorderedOps { .. } => codes::UNORDERED_OPS,
            Self::WitnessIncomplete { .. } => codes::WITNESS_INCOMPLETE,
        }
    }
}
