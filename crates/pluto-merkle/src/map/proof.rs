//! Proofs that a key has a value, or has none, and their verifier.
//!
//! A proof is the path from the root to the place of the key: the digests beside the path, and what
//! stands at its end. Absence is shown by an empty place, or by the leaf of another key that has the
//! whole subtree to itself.

use pluto_core::format::Format;
use pluto_core::hash::Digest;
use pluto_error::Result;

use super::node::{DEPTH_MAX, Shape};
use super::{StateMap, check_entry, hash};
use crate::codec::{Reader, put_digests};
use crate::error::MerkleError;
use crate::log_tree::same;

/// The format of encoded map proofs.
pub const MAP_PROOF_FORMAT: Format = Format::new("map-proof", 1);
/// Most digests beside a path.
pub const SIBLINGS_MAX: usize = DEPTH_MAX;

const FOUND: u8 = 0;
const EMPTY: u8 = 1;
const OTHER: u8 = 2;

/// What stands at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathEnd {
    /// The leaf of the key.
    Found,
    /// Nothing.
    Empty,
    /// The leaf of another key.
    Other {
        /// The hash of that key.
        key_hash: Digest,
        /// The hash of its value.
        value_hash: Digest,
    },
}

/// Shows that a key has a value, or that it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapProof {
    /// Digests beside the path, from the root down; zero where there is nothing.
    pub siblings: Vec<Digest>,
    /// The end of the path.
    pub end: PathEnd,
}

impl StateMap {
    /// Proves the value of `key`, or that it has none.
    #[must_use]
    pub fn prove(&self, key: &[u8]) -> MapProof {
        let key_hash = hash::key_hash(key);
        let mut siblings = Vec::with_capacity(32);
        let mut place = self.view();
        loop {
            let depth = siblings.len();
            let end = match place.shape(depth) {
                Shape::Empty => PathEnd::Empty,
                Shape::Leaf(entry) if entry.key_hash == key_hash => PathEnd::Found,
                Shape::Leaf(entry) => PathEnd::Other {
                    key_hash: entry.key_hash,
                    value_hash: hash::value_hash(entry.value),
                },
                Shape::Inner(left, right) => {
                    let (next, beside) =
                        if hash::bit(&key_hash, depth) { (right, left) } else { (left, right) };
                    siblings.push(beside.digest(depth + 1));
                    place = next;
                    continue;
                }
            };
            return MapProof { siblings, end };
        }
    }
}

impl MapProof {
    /// The root of the map in which `key` has `value`, as far as this proof shows.
    ///
    /// # Errors
    /// `MRK-0002` if an entry is too long, `MRK-0005` if the path is, `MRK-0007` if the proof shows
    /// presence for absence or the other way round, or speaks of another place.
    pub fn root(&self, key: &[u8], value: Option<&[u8]>) -> Result<Digest> {
        check_entry(key, value.unwrap_or_default())?;
        let depth = self.siblings.len();
        if depth > SIBLINGS_MAX {
            return Err(MerkleError::ProofLength { found: depth as u64 }.into());
        }
        let place = hash::key_hash(key);
        let other_claim = |why| Err(MerkleError::OtherClaim { why }.into());
        let digest = match (&self.end, value) {
            (PathEnd::Found, Some(value)) => hash::leaf(&place, &hash::value_hash(value)),
            (PathEnd::Empty, None) => Digest::ZERO,
            (PathEnd::Other { key_hash, value_hash }, None) => {
                let shared = (0..depth).all(|at| hash::bit(key_hash, at) == hash::bit(&place, at));
                if *key_hash == place || !shared {
                    return other_claim("the other leaf does not stand at the place of the key");
                }
                hash::leaf(key_hash, value_hash)
            }
            (PathEnd::Found, None) => return other_claim("the key has a value"),
            (PathEnd::Empty | PathEnd::Other { .. }, Some(_)) => {
                return other_claim("the key has no value");
            }
        };
        let steps = self.siblings.iter().enumerate().rev();
        Ok(hash::climb(&digest, steps.map(|(at, sibling)| (hash::bit(&place, at), sibling))))
    }

    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![MAP_PROOF_FORMAT.version];
        self.write(&mut out);
        out
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// `MRK-0001`, `MRK-0002` or `MRK-0003` for any bytes that `encode` does not write.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("map proof", bytes);
        reader.version(MAP_PROOF_FORMAT)?;
        let proof = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(proof)
    }

    /// Depth, one bit per sibling that is not empty, those siblings, the end.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let depth = u16::try_from(self.siblings.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&depth.to_be_bytes());
        out.extend(self.siblings.chunks(8).map(|group| {
            let bits = group.iter().enumerate();
            bits.fold(0_u8, |byte, (at, one)| byte | u8::from(*one != Digest::ZERO) << (7 - at))
        }));
        let present = self.siblings.iter().filter(|one| **one != Digest::ZERO);
        present.for_each(|one| out.extend_from_slice(&one.0));
        match &self.end {
            PathEnd::Found => out.push(FOUND),
            PathEnd::Empty => out.push(EMPTY),
            PathEnd::Other { key_hash, value_hash } => {
                out.push(OTHER);
                put_digests(out, &[*key_hash, *value_hash]);
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let depth = reader.u16()?;
        let depth = reader.bounded("map proof depth", u64::from(depth), SIBLINGS_MAX)?;
        let bits = reader.bytes(depth.div_ceil(8))?;
        let bit = |at: usize| bits.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
        if (depth..bits.len() * 8).any(bit) {
            return Err(reader.malformed("unused bits are set"));
        }
        let mut siblings = Vec::with_capacity(depth);
        for at in 0..depth {
            let sibling = if bit(at) { reader.digest()? } else { Digest::ZERO };
            if bit(at) && sibling == Digest::ZERO {
                return Err(reader.malformed("an empty sibling is written out"));
            }
            siblings.push(sibling);
        }
        let end = match reader.u8()? {
            FOUND => PathEnd::Found,
            EMPTY => PathEnd::Empty,
            OTHER => PathEnd::Other { key_hash: reader.digest()?, value_hash: reader.digest()? },
            _ => return Err(reader.malformed("an unknown path end")),
        };
        Ok(Self { siblings, end })
    }
}

/// Checks that in the map with `root` the key has `value`, or none.
///
/// # Errors
/// `MRK-0002`, `MRK-0005` or `MRK-0007` as [`MapProof::root`]; `MRK-0006` if the proof leads to
/// another root.
pub fn verify_map(root: &Digest, key: &[u8], value: Option<&[u8]>, proof: &MapProof) -> Result<()> {
    same("map root", root, &proof.root(key, value)?)
}
