//! The stored form: shared inner nodes over small buckets of entries.
//!
//! How entries are stored does not show in any hash. A subtree of few entries is one bucket: its
//! entries lie side by side in one allocation, which spares the lowest levels of the tree their
//! pointers and reference counts. The digest of a subtree is kept in the link to it; digests inside
//! a bucket are computed when asked for.
//!
//! An entry is stored as `key hash 32 ‖ leaf 32 ‖ key length u32 ‖ value length u32 ‖ key ‖ value`.

use std::sync::Arc;

use pluto_core::hash::Digest;

use super::hash::{self, bit};

/// Most entries in a bucket. Against 8, an update of a large map takes 8 % less time and making a
/// proof about a quarter less; iterating takes 40 % more.
pub(super) const BUCKET_ENTRIES_MAX: usize = 4;
/// Most bytes in a bucket of more than one entry.
pub(super) const BUCKET_BYTES_MAX: usize = 4096;
/// Bits of a key hash, hence the greatest depth.
pub(crate) const DEPTH_MAX: usize = 256;

/// A subtree that is not empty, with its digest.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(super) digest: Digest,
    pub(super) node: Node,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Inner(Arc<Inner>),
    /// The bytes of a run of at least one entry.
    Bucket(Arc<[u8]>),
}

/// Two subtrees with at least two entries between them; an only child is never a bucket.
#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(super) left: Option<Link>,
    pub(super) right: Option<Link>,
}

/// An entry, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) key_hash: Digest,
    pub(crate) leaf: Digest,
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl Entry<'_> {
    /// Appends the stored form.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key_hash.0);
        out.extend_from_slice(&self.leaf.0);
        out.extend_from_slice(&(self.key.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.value.len() as u32).to_le_bytes());
        out.extend_from_slice(self.key);
        out.extend_from_slice(self.value);
    }
}

/// Stored entries side by side, in order of key hash.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run<'a>(pub(super) &'a [u8]);

impl<'a> Run<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The first entry, and those after it.
    #[inline]
    pub(super) fn split_first(self) -> Option<(Entry<'a>, Self)> {
        let (key_hash, rest) = self.0.split_first_chunk()?;
        let (leaf, rest) = rest.split_first_chunk()?;
        let (key_bytes, rest) = rest.split_first_chunk()?;
        let (value_bytes, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_at_checked(u32::from_le_bytes(*key_bytes) as usize)?;
        let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*value_bytes) as usize)?;
        let (key_hash, leaf) = (Digest(*key_hash), Digest(*leaf));
        Some((Entry { key_hash, leaf, key, value }, Self(rest)))
    }

    pub(super) fn entries(self) -> impl Iterator<Item = Entry<'a>> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let (entry, after) = rest.split_first()?;
            rest = after;
            Some(entry)
        })
    }

    /// The entries before the first one that is not `left`, and the others.
    #[inline]
    pub(super) fn split_where(self, left: impl Fn(&Digest) -> bool) -> (Self, Self) {
        let mut rest = self;
        while let Some((entry, after)) = rest.split_first()
            && left(&entry.key_hash)
        {
            rest = after;
        }
        let (before, after) = self.0.split_at(self.0.len() - rest.0.len());
        (Self(before), Self(after))
    }

    /// Splits a run whose key hashes agree in the first `depth` bits by the next bit.
    pub(super) fn split(self, depth: usize) -> (Self, Self) {
        self.split_where(|key_hash| !bit(key_hash, depth))
    }

    /// Whether these are at most so many entries and bytes; a single entry always fits.
    pub(super) fn fits(self, entries: usize, bytes: usize) -> bool {
        self.entries().nth(1).is_none()
            || self.0.len() <= bytes && self.entries().nth(entries).is_none()
    }

    pub(super) fn find(self, key_hash: &Digest) -> Option<Entry<'a>> {
        self.entries().find(|entry| entry.key_hash == *key_hash)
    }
}

/// The tree as its hashes see it: binary, without buckets.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    Link(Option<&'a Link>),
    Run(Run<'a>),
}

/// What stands at one place of the tree.
pub(crate) enum Shape<'a> {
    Empty,
    Leaf(Entry<'a>),
    Inner(View<'a>, View<'a>),
}

/// How that place is stored.
pub(super) enum Stored<'a> {
    Inner(&'a Arc<Inner>),
    /// Possibly empty.
    Run(Run<'a>),
}

impl<'a> View<'a> {
    pub(super) fn stored(self) -> Stored<'a> {
        match self {
            Self::Link(None) => Stored::Run(Run::default()),
            Self::Link(Some(Link { node: Node::Inner(inner), .. })) => Stored::Inner(inner),
            Self::Link(Some(Link { node: Node::Bucket(bucket), .. })) => Stored::Run(Run(bucket)),
            Self::Run(run) => Stored::Run(run),
        }
    }

    pub(super) fn halves(self, depth: usize) -> (Self, Self) {
        match self.stored() {
            Stored::Inner(inner) => {
                (Self::Link(inner.left.as_ref()), Self::Link(inner.right.as_ref()))
            }
            Stored::Run(run) => {
                let (left, right) = run.split(depth);
                (Self::Run(left), Self::Run(right))
            }
        }
    }

    pub(crate) fn shape(self, depth: usize) -> Shape<'a> {
        let run = match self.stored() {
            Stored::Inner(inner) => {
                let Inner { left, right } = &**inner;
                return Shape::Inner(Self::Link(left.as_ref()), Self::Link(right.as_ref()));
            }
            Stored::Run(run) => run,
        };
        match run.split_first() {
            None => Shape::Empty,
            Some((entry, Run([]))) => Shape::Leaf(entry),
            Some(_) => {
                let (left, right) = run.split(depth);
                Shape::Inner(Self::Run(left), Self::Run(right))
            }
        }
    }

    pub(crate) fn digest(self, depth: usize) -> Digest {
        if let Self::Link(link) = self {
            return link.map_or(Digest::ZERO, |link| link.digest);
        }
        match self.shape(depth) {
            Shape::Empty => Digest::ZERO,
            Shape::Leaf(entry) => entry.leaf,
            Shape::Inner(left, right) => {
                hash::node(&left.digest(depth + 1), &right.digest(depth + 1))
            }
        }
    }
}
