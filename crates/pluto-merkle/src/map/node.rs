//! The stored form: shared inner nodes over small buckets of entries.
//!
//! How entries are stored does not show in any hash. A subtree of few entries is one bucket: its
//! entries lie side by side in one allocation, which spares the lowest levels of the tree their
//! pointers and reference counts. The digest of a subtree is kept in the link to it, the digests
//! inside a bucket in its slots.

use std::sync::Arc;

use pluto_core::hash::Digest;

use super::hash::{self, bit};

/// Most entries in a bucket.
pub(super) const BUCKET_ENTRIES_MAX: usize = 8;
/// Most bytes of keys and values in a bucket of more than one entry.
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
    Bucket(Arc<Bucket>),
}

/// Two subtrees with at least two entries between them; an only child is never a bucket.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(super) left: Option<Link>,
    pub(super) right: Option<Link>,
}

/// One entry of a bucket.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(super) key_hash: Digest,
    pub(super) leaf: Digest,
    /// The digest of the node whose halves part between this slot and the next; zero if unknown.
    pub(super) inner: Digest,
    start: u32,
    key_bytes: u32,
    value_bytes: u32,
}

/// An entry, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) key_hash: Digest,
    pub(crate) leaf: Digest,
    /// As in the slot it came from.
    pub(crate) inner: Digest,
    /// Whether digests over this entry are to be computed anew.
    pub(crate) changed: bool,
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a [u8],
}

/// At least one entry, in order of key hash.
#[derive(Debug)]
pub(crate) struct Bucket {
    slots: Box<[Slot]>,
    data: Box<[u8]>,
}

impl Bucket {
    pub(super) fn new(entries: &[Entry<'_>]) -> Self {
        let mut data = Vec::with_capacity(bytes(entries));
        let slots = entries.iter().map(|entry| {
            let start = data.len() as u32;
            data.extend_from_slice(entry.key);
            data.extend_from_slice(entry.value);
            Slot {
                key_hash: entry.key_hash,
                leaf: entry.leaf,
                inner: entry.inner,
                start,
                key_bytes: entry.key.len() as u32,
                value_bytes: entry.value.len() as u32,
            }
        });
        let mut slots: Box<[Slot]> = slots.collect();
        if let Some(last) = slots.last_mut() {
            last.inner = Digest::ZERO;
        }
        Self { slots, data: data.into_boxed_slice() }
    }

    pub(super) fn set_inner(&mut self, slot: usize, digest: Digest) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.inner = digest;
        }
    }

    /// Reads a byte of every cache line.
    pub(super) fn touch(&self) -> usize {
        const LINE_BYTES: usize = 64;
        let slots = self.slots.iter().map(|slot| usize::from(slot.leaf.0[0]) + slot.start as usize);
        let data = self.data.iter().step_by(LINE_BYTES).map(|byte| usize::from(*byte));
        slots.sum::<usize>() + data.sum::<usize>()
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) fn data_bytes(&self) -> usize {
        self.data.len()
    }

    pub(super) fn entry(&self, slot: &Slot) -> Entry<'_> {
        let start = slot.start as usize;
        let middle = start + slot.key_bytes as usize;
        let end = middle + slot.value_bytes as usize;
        Entry {
            key_hash: slot.key_hash,
            leaf: slot.leaf,
            inner: slot.inner,
            changed: false,
            key: self.data.get(start..middle).unwrap_or_default(),
            value: self.data.get(middle..end).unwrap_or_default(),
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.slots.iter().map(|slot| self.entry(slot))
    }

    pub(super) fn find(&self, key_hash: &Digest) -> Option<Entry<'_>> {
        let slot = self.slots.iter().find(|slot| slot.key_hash == *key_hash)?;
        Some(self.entry(slot))
    }
}

/// Bytes of the keys and values.
pub(super) fn bytes(entries: &[Entry<'_>]) -> usize {
    entries.iter().map(|entry| entry.key.len() + entry.value.len()).sum()
}

/// Anything with a key hash: splits a sorted run at a bit.
pub(super) trait Keyed {
    fn key_hash(&self) -> &Digest;
}

impl Keyed for Slot {
    fn key_hash(&self) -> &Digest {
        &self.key_hash
    }
}

impl Keyed for Entry<'_> {
    fn key_hash(&self) -> &Digest {
        &self.key_hash
    }
}

/// Splits a sorted run whose key hashes agree in the first `depth` bits by the next bit.
pub(super) fn split<T: Keyed>(run: &[T], depth: usize) -> (&[T], &[T]) {
    run.split_at(run.partition_point(|item| !bit(item.key_hash(), depth)))
}

/// The tree as its hashes see it: binary, without buckets.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    Link(Option<&'a Link>),
    Slots(&'a Bucket, &'a [Slot]),
}

/// What stands at one place of the tree.
pub(crate) enum Shape<'a> {
    Empty,
    Leaf(Entry<'a>),
    Inner(View<'a>, View<'a>),
}

impl<'a> View<'a> {
    pub(crate) fn shape(self, depth: usize) -> Shape<'a> {
        let (bucket, slots) = match self {
            Self::Link(None) => return Shape::Empty,
            Self::Link(Some(Link { node: Node::Inner(inner), .. })) => {
                let Inner { left, right } = &**inner;
                return Shape::Inner(Self::Link(left.as_ref()), Self::Link(right.as_ref()));
            }
            Self::Link(Some(Link { node: Node::Bucket(bucket), .. })) => {
                (&**bucket, bucket.slots())
            }
            Self::Slots(bucket, slots) => (bucket, slots),
        };
        match slots {
            [] => Shape::Empty,
            [slot] => Shape::Leaf(bucket.entry(slot)),
            _ => {
                let (left, right) = split(slots, depth);
                Shape::Inner(Self::Slots(bucket, left), Self::Slots(bucket, right))
            }
        }
    }

    pub(crate) fn digest(self, depth: usize) -> Digest {
        match self {
            Self::Link(link) => return link.map_or(Digest::ZERO, |link| link.digest),
            Self::Slots(_, slots) => {
                let before = split(slots, depth).0.last();
                let known = before.map_or(Digest::ZERO, |slot| slot.inner);
                if slots.len() > split(slots, depth).0.len() && known != Digest::ZERO {
                    return known;
                }
            }
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
