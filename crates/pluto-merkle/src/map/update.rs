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
    BUCKET_BYTES_MAX, BUCKET_ENTRIES_MAX, DEPTH_MAX, Entry, Inner, Link, Node, Run, Stored, View,
};
use super::spare::Spare;
use crate::pair::{PAIR_BYTES, pair};

/// Room kept from one batch to the next, in each list.
const KEPT_ITEMS: usize = 512;
/// Most operations planned at once: enough to fill SIMD lanes, few enough for the cache.
const PART_OPS_MAX: usize = 4096;
/// Most operations after which the replaced nodes are kept for the next batch.
const SPARED_OPS_MAX: usize = 256;
/// The number of no pair.
const NONE: u32 = u32::MAX;

/// One operation, with its key hashed, and the leaf digest if it sets a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op<'a> {
    pub(super) key_hash: Digest,
    pub(super) key: &'a [u8],
    pub(super) set: Option<(Digest, &'a [u8])>,
}

/// Splits operations whose key hashes agree in the first `depth` bits by the next bit.
fn split<'o, 'a>(ops: &'o [Op<'a>], depth: usize) -> (&'o [Op<'a>], &'o [Op<'a>]) {
    ops.split_at(ops.partition_point(|op| !hash::bit(&op.key_hash, depth)))
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

/// Two halves to be hashed.
#[derive(Debug)]
struct Pair {
    message: [u8; PAIR_BYTES],
    /// Pairs one level deeper whose digests belong into the message.
    below: [u32; 2],
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
    Bucket(Arc<[u8]>),
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
    spare: Spare,
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
        if ops.len() <= SPARED_OPS_MAX {
            self.spare.begin(root);
        } else {
            self.spare.clear();
        }
        let root = self.part(View::Link(root), ops, 0, &mut Vec::new());
        for level in &mut self.levels {
            level.pairs.shrink_to(KEPT_ITEMS);
            level.drafts.shrink_to(KEPT_ITEMS);
        }
        (root, self.entries_added)
    }

    /// The finished subtree `old` after `ops`, made in parts if they are many.
    fn part(
        &mut self,
        old: View<'_>,
        ops: &[Op<'_>],
        depth: usize,
        room: &mut Vec<u8>,
    ) -> Option<Link> {
        let top = if ops.len() > PART_OPS_MAX {
            let (left, right) = old.halves(depth);
            let (left_ops, right_ops) = split(ops, depth);
            let left = self.part(left, left_ops, depth + 1, room);
            let right = self.part(right, right_ops, depth + 1, room);
            let child = |link: Option<Link>| link.map_or(Child::Empty, Child::Ready);
            self.join(child(left), child(right), depth)
        } else {
            self.update(old, ops, depth, room)
        };
        self.finish(top, depth)
    }

    fn level(&mut self, depth: usize) -> Option<&mut Level> {
        if self.levels.len() <= depth {
            self.levels.resize_with(depth + 1, Level::default);
        }
        self.levels.get_mut(depth)
    }

    /// Adds a pair and returns its number.
    fn pair(&mut self, depth: usize, left: &Half, right: &Half) -> u32 {
        self.level(depth).map_or(NONE, |level| {
            let message = pair(&left.digest, &right.digest);
            level.pairs.push(Pair { message, below: [left.below, right.below] });
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
    fn update(&mut self, old: View<'_>, ops: &[Op<'_>], depth: usize, room: &mut Vec<u8>) -> Child {
        if let (View::Link(link), []) = (old, ops) {
            return link.cloned().map_or(Child::Empty, Child::Ready);
        }
        if let Stored::Run(run) = old.stored()
            && ops.len() <= BUCKET_ENTRIES_MAX
        {
            self.merge(run, ops, room);
            return self.build(Run(room), depth);
        }
        let (left, right) = old.halves(depth);
        let (left_ops, right_ops) = split(ops, depth);
        let left = self.update(left, left_ops, depth + 1, room);
        let right = self.update(right, right_ops, depth + 1, room);
        self.join(left, right, depth)
    }

    /// Lays out the entries of `old` with the operations applied.
    fn merge(&mut self, old: Run<'_>, ops: &[Op<'_>], merged: &mut Vec<u8>) {
        merged.clear();
        let mut rest = old;
        for op in ops {
            let (before, after) = rest.split_where(|key_hash| *key_hash < op.key_hash);
            merged.extend_from_slice(before.0);
            rest = after;
            if let Some((entry, after)) = rest.split_first()
                && entry.key_hash == op.key_hash
            {
                self.entries_added -= 1;
                rest = after;
            }
            if let Some((leaf, value)) = op.set {
                self.entries_added += 1;
                Entry { key_hash: op.key_hash, leaf, key: op.key, value }.put(merged);
            }
        }
        merged.extend_from_slice(rest.0);
    }

    /// A subtree of exactly these entries.
    fn build(&mut self, run: Run<'_>, depth: usize) -> Child {
        if run.is_empty() {
            return Child::Empty;
        }
        if run.fits(BUCKET_ENTRIES_MAX, BUCKET_BYTES_MAX) || depth >= DEPTH_MAX {
            let bucket: Arc<[u8]> = Arc::from(run.0);
            let Half { digest, below } = self.inside(run, depth);
            if below == NONE {
                return Child::Ready(Link { digest, node: Node::Bucket(bucket) });
            }
            return self.draft(depth, Draft { pair: below, make: Make::Bucket(bucket) });
        }
        let (left, right) = run.split(depth);
        let left = self.build(left, depth + 1);
        let right = self.build(right, depth + 1);
        self.inner(left, right, depth)
    }

    fn inner(&mut self, left: Child, right: Child, depth: usize) -> Child {
        let halves = (self.half(&left, depth + 1), self.half(&right, depth + 1));
        let pair = self.pair(depth, &halves.0, &halves.1);
        self.draft(depth, Draft { pair, make: Make::Inner(left, right) })
    }

    /// The digest over a run of entries.
    fn inside(&mut self, run: Run<'_>, depth: usize) -> Half {
        match run.split_first() {
            None => Half::known(Digest::ZERO),
            Some((entry, Run([]))) => Half::known(entry.leaf),
            Some(_) => {
                let (left, right) = run.split(depth);
                let left = self.inside(left, depth + 1);
                let right = self.inside(right, depth + 1);
                Half::below(self.pair(depth, &left, &right))
            }
        }
    }

    /// Two children under one node, or what is left of them as one bucket.
    fn join(&mut self, left: Child, right: Child, depth: usize) -> Child {
        if self.removes
            && let Some(left) = self.bucket(&left, depth + 1)
            && let Some(right) = self.bucket(&right, depth + 1)
        {
            let both = [left, right].concat();
            // Half of what a bucket may hold: a subtree must not flip between the two forms.
            let small = Run(&both).fits(BUCKET_ENTRIES_MAX / 2, BUCKET_BYTES_MAX / 2);
            if small || left.is_empty() || right.is_empty() {
                return self.build(Run(&both), depth);
            }
        }
        self.inner(left, right, depth)
    }

    /// The bytes of a child that is a bucket or empty.
    fn bucket<'a>(&'a self, child: &'a Child, depth: usize) -> Option<&'a [u8]> {
        match child {
            Child::Empty => Some(&[]),
            Child::Ready(Link { node: Node::Bucket(bucket), .. }) => Some(bucket),
            Child::Ready(_) => None,
            Child::Draft(at) => match &self.levels.get(depth)?.drafts.get(*at as usize)?.make {
                Make::Bucket(bucket) => Some(bucket),
                Make::Inner(..) => None,
            },
        }
    }

    /// Hashes and builds all levels from `depth` on; `top` is the child above them.
    fn finish(&mut self, top: Child, depth: usize) -> Option<Link> {
        let mut digests: Vec<Digest> = Vec::new();
        let mut links: Vec<Option<Link>> = Vec::new();
        let mut below: Vec<Option<Link>> = Vec::new();
        for level in self.levels.iter_mut().skip(depth).rev() {
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
            std::mem::swap(&mut below, &mut links);
            links.clear();
            links.extend(level.drafts.drain(..).map(|Draft { pair, make }| {
                let node = match make {
                    Make::Bucket(bucket) => Node::Bucket(bucket),
                    Make::Inner(left, right) => {
                        let (left, right) = (link(left, &mut below), link(right, &mut below));
                        Node::Inner(self.spare.inner(Inner { left, right }))
                    }
                };
                Some(Link { digest: *digests.get(pair as usize)?, node })
            }));
            level.pairs.clear();
        }
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
