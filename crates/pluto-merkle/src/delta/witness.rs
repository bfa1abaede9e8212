//! The touched part of an old tree: cut out by the prover, changed by the verifier.

use pluto_core::hash::Digest;
use pluto_error::{Error, Result};

use crate::codec::Reader;
use crate::error::MerkleError;
use crate::map::node::{DEPTH_MAX, Shape, View};
use crate::map::{StateMap, hash};

const EMPTY: u8 = 0;
const HIDDEN: u8 = 1;
const LEAF: u8 = 2;
const INNER: u8 = 3;

/// A tree in which untouched subtrees are folded into their digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// No entry.
    Empty,
    /// A subtree of which only the digest is shown; never the zero digest.
    Hidden(Digest),
    /// One entry.
    Leaf {
        /// The hash of its key.
        key_hash: Digest,
        /// The hash of its value.
        value_hash: Digest,
    },
    /// Two subtrees, left and right.
    Inner(Box<(Self, Self)>),
}

/// An operation at its place: the hash of the new value, or `None` for removal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) place: Digest,
    pub(super) value_hash: Option<Digest>,
}

/// How many entries a touched subtree has afterwards, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    None,
    Some,
}

impl Witness {
    /// Cuts out of `map` what the verifier needs for `changes`, which are in order of place.
    pub(super) fn of(map: &StateMap, changes: &[Change]) -> Self {
        cut(map.view(), changes, 0).0
    }

    /// The root of the map this was cut out of.
    #[must_use]
    pub fn root(&self) -> Digest {
        match self {
            Self::Empty => Digest::ZERO,
            Self::Hidden(digest) => *digest,
            Self::Leaf { key_hash, value_hash } => hash::leaf(key_hash, value_hash),
            Self::Inner(both) => hash::node(&both.0.root(), &both.1.root()),
        }
    }

    /// The tree after `changes`, which are in order of place.
    pub(super) fn apply(self, changes: &[Change]) -> Result<Self> {
        change(self, changes, 0)
    }

    /// Preorder: one byte for the kind of node, then its digests.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Empty => out.push(EMPTY),
            Self::Hidden(digest) => {
                out.push(HIDDEN);
                out.extend_from_slice(&digest.0);
            }
            Self::Leaf { key_hash, value_hash } => {
                out.push(LEAF);
                out.extend_from_slice(&key_hash.0);
                out.extend_from_slice(&value_hash.0);
            }
            Self::Inner(both) => {
                out.push(INNER);
                both.0.write(out);
                both.1.write(out);
            }
        }
    }

    /// Every node takes at least one of the bytes, so their bound bounds the nodes.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Self::read_at(reader, 0)
    }

    fn read_at(reader: &mut Reader<'_>, depth: usize) -> Result<Self> {
        match reader.u8()? {
            EMPTY => Ok(Self::Empty),
            HIDDEN => match reader.digest()? {
                Digest::ZERO => Err(reader.malformed("an empty subtree is written as hidden")),
                digest => Ok(Self::Hidden(digest)),
            },
            LEAF => Ok(Self::Leaf { key_hash: reader.digest()?, value_hash: reader.digest()? }),
            INNER if depth < DEPTH_MAX => {
                let left = Self::read_at(reader, depth + 1)?;
                Ok(Self::Inner(Box::new((left, Self::read_at(reader, depth + 1)?))))
            }
            INNER => Err(reader.malformed("the tree is too deep")),
            _ => Err(reader.malformed("an unknown kind of node")),
        }
    }
}

fn split(changes: &[Change], depth: usize) -> (&[Change], &[Change]) {
    changes.split_at(changes.partition_point(|change| !hash::bit(&change.place, depth)))
}

fn hidden(view: View<'_>, depth: usize) -> Witness {
    match view.digest(depth) {
        Digest::ZERO => Witness::Empty,
        digest => Witness::Hidden(digest),
    }
}

/// An untouched subtree that may be left alone: shows whether it is a leaf.
fn opened(view: View<'_>, depth: usize) -> Witness {
    match view.shape(depth) {
        Shape::Empty => Witness::Empty,
        Shape::Leaf(entry) => {
            Witness::Leaf { key_hash: entry.key_hash, value_hash: hash::value_hash(entry.value) }
        }
        Shape::Inner(left, right) => {
            Witness::Inner(Box::new((hidden(left, depth + 1), hidden(right, depth + 1))))
        }
    }
}

fn cut(view: View<'_>, changes: &[Change], depth: usize) -> (Witness, After) {
    if changes.is_empty() {
        let untouched = hidden(view, depth);
        let after = if untouched == Witness::Empty { After::None } else { After::Some };
        return (untouched, after);
    }
    let any_set = changes.iter().any(|change| change.value_hash.is_some());
    match view.shape(depth) {
        Shape::Empty => (Witness::Empty, if any_set { After::Some } else { After::None }),
        Shape::Leaf(entry) => {
            let touched = changes.iter().any(|change| change.place == entry.key_hash);
            let left = any_set || !touched;
            (opened(view, depth), if left { After::Some } else { After::None })
        }
        Shape::Inner(left, right) => {
            let (left_changes, right_changes) = split(changes, depth);
            let (mut a, a_after) = cut(left, left_changes, depth + 1);
            let (mut b, b_after) = cut(right, right_changes, depth + 1);
            if b_after == After::None && left_changes.is_empty() {
                a = opened(left, depth + 1);
            }
            if a_after == After::None && right_changes.is_empty() {
                b = opened(right, depth + 1);
            }
            let none = a_after == After::None && b_after == After::None;
            let after = if none { After::None } else { After::Some };
            (Witness::Inner(Box::new((a, b))), after)
        }
    }
}

fn change(node: Witness, changes: &[Change], depth: usize) -> Result<Witness> {
    if changes.is_empty() {
        return Ok(node);
    }
    match node {
        Witness::Hidden(_) => Err(incomplete("an operation falls into a hidden subtree")),
        Witness::Empty => Ok(build(&leaves(None, changes), depth)),
        Witness::Leaf { key_hash, value_hash } => {
            Ok(build(&leaves(Some((key_hash, value_hash)), changes), depth))
        }
        Witness::Inner(both) => {
            let (left_changes, right_changes) = split(changes, depth);
            let left = change(both.0, left_changes, depth + 1)?;
            let right = change(both.1, right_changes, depth + 1)?;
            join(left, right)
        }
    }
}

fn join(left: Witness, right: Witness) -> Result<Witness> {
    match (left, right) {
        (Witness::Empty, Witness::Empty) => Ok(Witness::Empty),
        (Witness::Empty, Witness::Hidden(_)) | (Witness::Hidden(_), Witness::Empty) => {
            Err(incomplete("a neighbour left alone is hidden"))
        }
        (Witness::Empty, leaf @ Witness::Leaf { .. })
        | (leaf @ Witness::Leaf { .. }, Witness::Empty) => Ok(leaf),
        (left, right) => Ok(Witness::Inner(Box::new((left, right)))),
    }
}

/// The leaf that stood here, if any, and the changes, as leaves in order of place.
fn leaves(old: Option<(Digest, Digest)>, changes: &[Change]) -> Vec<(Digest, Digest)> {
    let kept = old.filter(|(place, _)| changes.iter().all(|change| change.place != *place));
    let set = changes.iter().filter_map(|change| Some((change.place, change.value_hash?)));
    let mut leaves: Vec<_> = kept.into_iter().chain(set).collect();
    leaves.sort_by_key(|leaf| leaf.0);
    leaves
}

fn build(leaves: &[(Digest, Digest)], depth: usize) -> Witness {
    match leaves {
        [] => Witness::Empty,
        [(key_hash, value_hash)] => Witness::Leaf { key_hash: *key_hash, value_hash: *value_hash },
        _ => {
            let middle = leaves.partition_point(|(place, _)| !hash::bit(place, depth));
            let (left, right) = leaves.split_at(middle);
            Witness::Inner(Box::new((build(left, depth + 1), build(right, depth + 1))))
        }
    }
}

fn incomplete(why: &'static str) -> Error {
    MerkleError::WitnessIncomplete { why }.into()
}
