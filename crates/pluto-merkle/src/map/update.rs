//! Applies a sorted batch: first the new shape, then all hashes, level by level from the bottom.
//!
//! 1. Walk the old tree along the operations. Untouched subtrees are shared; every node that changes
//!    becomes a *pair* to be hashed, and every stored node a *draft*, in the lists of its depth.
//! 2. From the deepest list up: the digests below are known, so all pairs of a list are hashed side
//!    by side, then its drafts are built.

use std::sync::Arc;

use pluto_core::hash::Digest;

use super::hash;
use super::node::{
    BUCKET_BYTES_MAX, BUCKET_ENTRIES_MAX, Bucket, DEPTH_MAX, Entry, Inner, Keyed, Link, Node,
    bytes, split,
};
use crate::pair::{PAIR_BYTES, pair};

/// Room kept from one batch to the next, in each list.
const KEPT_ITEMS: usize = 512;
/// The number of no pair.
const NONE: u32 = u32::MAX;

/// One operation, with its key hashed, and the leaf digest if it sets a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op<'a> {
    pub(super) key_hash: Digest,
    pub(super) key: &'a [u8],
    pub(super) set: Option<(Digest, &'a [u8])>,
}

impl Keyed for Op<'_> {
    fn key_hash(&self) -> &Digest {
        &self.key_hash
    }
}

/// The digest of a child: known, or that of pair `below` one level deeper.
#[derive(Clone, Copy)]
struct Half {
    digest: Digest,
    below: u32,
}

impl Half {
    fn known(digest: Digest) -> Self {
        Self { digest, below: NONE }
    }

    fn below(below: u32) -> Self {
        Self { digest: Digest::ZERO, below }
    }
}

/// A slot of a new bucket.
#[derive(Clone, Copy, Debug)]
struct Place {
    bucket: u32,
    slot: u32,
}

/// Two halves to be hashed.
#[derive(Debug)]
struct Pair {
    message: [u8; PAIR_BYTES],
    /// Pairs one level deeper whose digests belong into the message.
    below: [u32; 2],
    /// The slot in which the digest is kept.
    keep: Option<Place>,
}

/// A subtree of the new tree.
#[derive(Debug)]
enum Child {
    Empty,
    /// A finished subtree.
    Ready(Link),
    /// A draft in the list of its depth.
    Draft(u32),
}

#[derive(Debug)]
enum Make {
    /// The number of a bucket.
    Bucket(u32),
    Inner(Child, Child),
}

/// A stored node that waits for the digest of a pair.
#[derive(Debug)]
struct Draft {
    pair: u32,
    make: Make,
}

#[derive(Debug, Default)]
struct Level {
    pairs: Vec<Pair>,
    drafts: Vec<Draft>,
}

/// The work of one batch. Its lists are empty between batches; a writer keeps it for their memory.
#[derive(Debug, Default)]
pub(super) struct Plan {
    levels: Vec<Level>,
    buckets: Vec<Option<Bucket>>,
    entries_added: isize,
    removes: bool,
}

/// A clone of a map starts without scratch memory.
impl Clone for Plan {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Plan {
    /// The root after `ops` (ascending by key hash, no two alike), and the change in the number of
    /// entries.
    pub(super) fn apply(&mut self, root: Option<&Link>, ops: &[Op<'_>]) -> (Option<Link>, isize) {
        self.removes = ops.iter().any(|op| op.set.is_none());
        self.entries_added = 0;
        let top = self.update(root, ops, 0, &mut Vec::new());
        (self.finish(top), self.entries_added)
    }

    fn level(&mut self, depth: usize) -> Option<&mut Level> {
        if self.levels.len() <= depth {
            self.levels.resize_with(depth + 1, Level::default);
        }
        self.levels.get_mut(depth)
    }

    /// Adds a pair and returns its number.
    fn pair(&mut self, depth: usize, left: &Half, right: &Half, keep: Option<Place>) -> u32 {
        self.level(depth).map_or(NONE, |level| {
            let message = pair(&left.digest, &right.digest);
            level.pairs.push(Pair { message, below: [left.below, right.below], keep });
            number(level.pairs.len() - 1)
        })
    }

    fn draft(&mut self, depth: usize, draft: Draft) -> Child {
        self.level(depth).map_or(Child::Empty, |level| {
            level.drafts.push(draft);
            Child::Draft(number(level.drafts.len() - 1))
        })
    }

    fn half(&self, child: &Child, depth: usize) -> Half {
        match child {
            Child::Empty => Half::known(Digest::ZERO),
            Child::Ready(link) => Half::known(link.digest),
            Child::Draft(at) => {
                let draft = self.levels.get(depth).and_then(|level| level.drafts.get(*at as usize));
                Half::below(draft.map_or(NONE, |draft| draft.pair))
            }
        }
    }

    /// The subtree `old` after `ops`; `room` is where the entries of one bucket at a time are laid out.
    fn update<'a>(
        &mut self,
        old: Option<&'a Link>,
        ops: &[Op<'a>],
        depth: usize,
        room: &mut Vec<Entry<'a>>,
    ) -> Child {
        if ops.is_empty() {
            return old.cloned().map_or(Child::Empty, Child::Ready);
        }
        match old.map(|link| &link.node) {
            None => {
                self.merge(None, ops, room);
                self.build(room, depth)
            }
            Some(Node::Bucket(bucket)) => {
                self.merge(Some(bucket), ops, room);
                self.build(room, depth)
            }
            Some(Node::Inner(inner)) => {
                let (left_ops, right_ops) = split(ops, depth);
                let left = self.update(inner.left.as_ref(), left_ops, depth + 1, room);
                let right = self.update(inner.right.as_ref(), right_ops, depth + 1, room);
                self.join(left, right, depth)
            }
        }
    }

    /// Lays out the entries of a bucket with the operations applied.
    fn merge<'a>(
        &mut self,
        bucket: Option<&'a Bucket>,
        ops: &[Op<'a>],
        merged: &mut Vec<Entry<'a>>,
    ) {
        let slots = bucket.map_or(&[][..], Bucket::slots);
        merged.clear();
        let mut old = bucket.into_iter().flat_map(Bucket::entries).peekable();
        // Every subtree that lost an entry and is not empty holds one of the entry's neighbours.
        let mut lost = false;
        for op in ops {
            while let Some(entry) = old.next_if(|entry| entry.key_hash < op.key_hash) {
                merged.push(Entry { changed: std::mem::take(&mut lost), ..entry });
            }
            let replaced = old.next_if(|entry| entry.key_hash == op.key_hash).is_some();
            if let Some((leaf, value)) = op.set {
                let (key_hash, key) = (op.key_hash, op.key);
                merged.push(Entry {
                    key_hash,
                    leaf,
                    inner: Digest::ZERO,
                    changed: true,
                    key,
                    value,
                });
            } else if replaced {
                merged.last_mut().into_iter().for_each(|entry| entry.changed = true);
                lost = true;
            }
        }
        merged.extend(old.map(|entry| Entry { changed: std::mem::take(&mut lost), ..entry }));
        self.entries_added += merged.len() as isize - slots.len() as isize;
    }

    /// A subtree of exactly these entries.
    fn build(&mut self, entries: &[Entry<'_>], depth: usize) -> Child {
        let fits = entries.len() <= BUCKET_ENTRIES_MAX && bytes(entries) <= BUCKET_BYTES_MAX;
        if entries.is_empty() {
            return Child::Empty;
        }
        if fits || entries.len() == 1 || depth >= DEPTH_MAX {
            let bucket = Bucket::new(entries);
            let place = Place { bucket: number(self.buckets.len()), slot: 0 };
            let Half { digest, below } = self.inside(entries, depth, place);
            if below == NONE {
                return Child::Ready(Link { digest, node: Node::Bucket(Arc::new(bucket)) });
            }
            self.buckets.push(Some(bucket));
            return self.draft(depth, Draft { pair: below, make: Make::Bucket(place.bucket) });
        }
        let (left, right) = split(entries, depth);
        let left = self.build(left, depth + 1);
        let right = self.build(right, depth + 1);
        self.inner(left, right, depth)
    }

    fn inner(&mut self, left: Child, right: Child, depth: usize) -> Child {
        let halves = (self.half(&left, depth + 1), self.half(&right, depth + 1));
        let pair = self.pair(depth, &halves.0, &halves.1, None);
        self.draft(depth, Draft { pair, make: Make::Inner(left, right) })
    }

    /// The digest over a run of entries; `place` is the slot of the first one.
    fn inside(&mut self, run: &[Entry<'_>], depth: usize, place: Place) -> Half {
        match run {
            [] => return Half::known(Digest::ZERO),
            [entry] => return Half::known(entry.leaf),
            _ => {}
        }
        let (left, right) = split(run, depth);
        let middle = Place { slot: place.slot + number(left.len()), ..place };
        let last = left.last().filter(|_| !right.is_empty());
        let known = last.map_or(Digest::ZERO, |entry| entry.inner);
        if known != Digest::ZERO && !run.iter().any(|entry| entry.changed) {
            return Half::known(known);
        }
        let keep = last.map(|_| Place { slot: middle.slot - 1, ..place });
        let left = self.inside(left, depth + 1, place);
        let right = self.inside(right, depth + 1, middle);
        Half::below(self.pair(depth, &left, &right, keep))
    }

    /// Two children under one node, or what is left of them as one bucket.
    fn join(&mut self, left: Child, right: Child, depth: usize) -> Child {
        if !self.removes {
            return self.inner(left, right, depth);
        }
        let only = match (&left, &right) {
            (Child::Empty, Child::Empty) => return Child::Empty,
            (Child::Empty, _) | (_, Child::Empty) => true,
            _ => false,
        };
        let sizes = [self.size(&left, depth + 1), self.size(&right, depth + 1)];
        let [Some(left_size), Some(right_size)] = sizes else {
            return self.inner(left, right, depth);
        };
        // Half of what a bucket may hold: a subtree must not flip between the two forms.
        let small = left_size.0 + right_size.0 <= BUCKET_ENTRIES_MAX / 2
            && left_size.1 + right_size.1 <= BUCKET_BYTES_MAX / 2;
        if !only && !small {
            return self.inner(left, right, depth);
        }
        let (left, right) = (self.take(left, depth + 1), self.take(right, depth + 1));
        let mut entries: Vec<Entry<'_>> = Vec::new();
        for (bucket, pending) in left.iter().chain(&right) {
            entries.extend(bucket.entries().map(|entry| Entry { changed: *pending, ..entry }));
        }
        self.build(&entries, depth)
    }

    /// Entries and bytes of a child that is a bucket or empty.
    fn size(&self, child: &Child, depth: usize) -> Option<(usize, usize)> {
        let of = |bucket: &Bucket| (bucket.slots().len(), bucket.data_bytes());
        match child {
            Child::Empty => Some((0, 0)),
            Child::Ready(Link { node: Node::Bucket(bucket), .. }) => Some(of(bucket)),
            Child::Ready(_) => None,
            Child::Draft(at) => match self.levels.get(depth)?.drafts.get(*at as usize)?.make {
                Make::Bucket(number) => self.buckets.get(number as usize)?.as_ref().map(of),
                Make::Inner(..) => None,
            },
        }
    }

    /// The bucket that `child` is, and whether its inner digests are still pending.
    fn take(&mut self, child: Child, depth: usize) -> Option<(Arc<Bucket>, bool)> {
        match child {
            Child::Ready(Link { node: Node::Bucket(bucket), .. }) => Some((bucket, false)),
            Child::Draft(at) => match self.levels.get(depth)?.drafts.get(at as usize)?.make {
                Make::Bucket(number) => {
                    Some((Arc::new(self.buckets.get_mut(number as usize)?.take()?), true))
                }
                Make::Inner(..) => None,
            },
            Child::Empty | Child::Ready(_) => None,
        }
    }

    /// Hashes and builds all levels; `top` is the child above the first one.
    fn finish(&mut self, top: Child) -> Option<Link> {
        let mut digests: Vec<Digest> = Vec::new();
        let mut links: Vec<Option<Link>> = Vec::new();
        let mut below: Vec<Option<Link>> = Vec::new();
        for level in self.levels.iter_mut().rev() {
            for pair in &mut level.pairs {
                let (halves, _) = pair.message.as_chunks_mut::<32>();
                for (half, below) in halves.iter_mut().zip(pair.below) {
                    if let Some(digest) = digests.get(below as usize) {
                        *half = digest.0;
                    }
                }
            }
            digests.clear();
            hash::nodes(level.pairs.iter().map(|pair| &pair.message), &mut digests);
            for (pair, digest) in level.pairs.iter().zip(&digests) {
                if let Some(Place { bucket, slot }) = pair.keep
                    && let Some(Some(bucket)) = self.buckets.get_mut(bucket as usize)
                {
                    bucket.set_inner(slot as usize, *digest);
                }
            }
            std::mem::swap(&mut below, &mut links);
            links.clear();
            links.extend(level.drafts.drain(..).map(|Draft { pair, make }| {
                let node = match make {
                    Make::Bucket(number) => {
                        let bucket = self.buckets.get_mut(number as usize)?.take()?;
                        Node::Bucket(Arc::new(bucket))
                    }
                    Make::Inner(left, right) => {
                        let (left, right) = (link(left, &mut below), link(right, &mut below));
                        Node::Inner(Arc::new(Inner { left, right }))
                    }
                };
                Some(Link { digest: *digests.get(pair as usize)?, node })
            }));
            level.pairs.clear();
            level.pairs.shrink_to(KEPT_ITEMS);
            level.drafts.shrink_to(KEPT_ITEMS);
        }
        self.buckets.clear();
        self.buckets.shrink_to(KEPT_ITEMS);
        link(top, &mut links)
    }
}

/// Counts of one batch fit: it would take far more memory than there is to exceed them.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(NONE)
}

fn link(child: Child, built: &mut [Option<Link>]) -> Option<Link> {
    match child {
        Child::Empty => None,
        Child::Ready(link) => Some(link),
        Child::Draft(at) => built.get_mut(at as usize)?.take(),
    }
}
