//! Applies a sorted batch: first the new shape, then all hashes, then the new nodes.
//!
//! 1. Walk the old tree along the operations. Untouched subtrees are shared; of what changes, each
//!    node becomes a *pair* to be hashed, and each stored node a *draft*, children before parents.
//! 2. Hash all pairs, level by level.
//! 3. Build the drafts in their order. The children of a draft are then the last links built, so a
//!    stack is all that is needed.

use std::sync::Arc;

use pluto_core::hash::Digest;

use super::hash;
use super::node::{
    BUCKET_BYTES_MAX, BUCKET_ENTRIES_MAX, DEPTH_MAX, Entry, Link, Node, Run, Stored, View,
};
use super::pairs::{Half, PairId, Pairs};
use super::spare::Spare;

/// Room kept from one batch to the next, in each list.
const KEPT_ITEMS: usize = 2048;
/// Most operations planned at once: enough to fill SIMD lanes, few enough for the cache.
const PART_OPS_MAX: usize = 4096;
/// Most operations after which the replaced nodes are kept for the next batch.
const SPARED_OPS_MAX: usize = 256;

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

/// A subtree of the new tree.
#[derive(Clone, Copy, Debug)]
enum Child<'t> {
    Empty,
    /// One that exists already.
    Old(&'t Link),
    /// The draft of this number.
    Draft(u32),
}

#[derive(Debug)]
enum Make<'t> {
    Bucket(Arc<[u8]>),
    Inner(Child<'t>, Child<'t>),
}

/// A stored node to be built.
#[derive(Debug)]
struct Draft<'t> {
    /// None for a bucket of one entry, whose digest is its leaf.
    pair: Option<PairId>,
    make: Make<'t>,
}

/// The work of one batch. Its lists are empty between batches; a writer keeps it for their memory.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pairs: Pairs,
    drafts: Vec<Draft<'static>>,
    built: Vec<Option<Link>>,
    spare: Spare,
    /// Where the entries of one bucket at a time are laid out.
    room: Vec<u8>,
}

/// The plan of a map; none until something is changed, because most maps are only read.
#[derive(Debug, Default)]
pub(super) struct Scratch(Option<Box<Plan>>);

/// A clone of a map starts without scratch memory.
impl Clone for Scratch {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Scratch {
    pub(super) fn plan(&mut self) -> &mut Plan {
        self.0.get_or_insert_default()
    }
}

impl Plan {
    /// The root after `ops` (ascending by key hash, no two alike), and the change in the number of
    /// entries.
    pub(super) fn apply(&mut self, root: Option<&Link>, ops: &[Op<'_>]) -> (Option<Link>, isize) {
        if ops.len() <= SPARED_OPS_MAX {
            self.spare.begin(root);
        } else {
            self.spare.clear();
        }
        let done = self.part(View::Link(root), ops, 0);
        self.drafts.shrink_to(KEPT_ITEMS);
        self.built.shrink_to(KEPT_ITEMS);
        self.room.shrink_to(BUCKET_BYTES_MAX);
        done
    }

    /// The finished subtree `old` after `ops`, made in parts if they are many.
    fn part(&mut self, old: View<'_>, ops: &[Op<'_>], depth: usize) -> (Option<Link>, isize) {
        let removes = ops.iter().any(|op| op.set.is_none());
        if ops.len() <= PART_OPS_MAX {
            return self.work(removes, |work| work.update(old, ops, depth));
        }
        let (left, right) = old.halves(depth);
        let (left_ops, right_ops) = split(ops, depth);
        let (left, left_added) = self.part(left, left_ops, depth + 1);
        let (right, right_added) = self.part(right, right_ops, depth + 1);
        let (left, right) = (Child::old(left.as_ref()), Child::old(right.as_ref()));
        let (link, _) = self.work(removes, |work| work.join(left, right, depth));
        (link, left_added + right_added)
    }

    /// Plans a subtree and builds it.
    fn work<'t>(
        &mut self,
        removes: bool,
        plan: impl FnOnce(&mut Work<'_, 't>) -> Child<'t>,
    ) -> (Option<Link>, isize) {
        let Self { pairs, drafts, built, spare, room } = self;
        let list = recycle(std::mem::take(drafts));
        let mut work = Work { pairs, drafts: list, room, entries_added: 0, removes };
        let top = plan(&mut work);
        let Work { drafts: mut list, entries_added, .. } = work;
        pairs.hash();
        for Draft { pair, make } in list.drain(..) {
            let digest = pair.and_then(|pair| pairs.digest(pair));
            let link = match make {
                Make::Bucket(bucket) => {
                    let only = || Run(&bucket).split_first().map(|(entry, _)| entry.leaf);
                    let digest = digest.or_else(only).unwrap_or_default();
                    Link { digest, node: Node::Bucket(bucket) }
                }
                Make::Inner(left, right) => {
                    let node = spare.inner(|inner| {
                        inner.right = right.link(built);
                        inner.left = left.link(built);
                    });
                    Link { digest: digest.unwrap_or_default(), node: Node::Inner(node) }
                }
            };
            built.push(Some(link));
        }
        pairs.clear();
        *drafts = recycle(list);
        (top.link(built), entries_added)
    }
}

/// The same memory, for an empty list of another lifetime: collecting reuses it.
fn recycle<'t>(mut drafts: Vec<Draft<'_>>) -> Vec<Draft<'t>> {
    drafts.clear();
    drafts.into_iter().map_while(|_| None).collect()
}

impl<'t> Child<'t> {
    fn old(link: Option<&'t Link>) -> Self {
        link.map_or(Self::Empty, Self::Old)
    }

    /// The finished subtree; that of a draft is the last one built and not yet taken.
    #[inline(always)]
    fn link(self, built: &mut Vec<Option<Link>>) -> Option<Link> {
        match self {
            Self::Empty => None,
            Self::Old(link) => Some(link.clone()),
            Self::Draft(_) => built.pop().flatten(),
        }
    }
}

/// The plan of one subtree, over the old tree that lives for `'t`.
struct Work<'p, 't> {
    pairs: &'p mut Pairs,
    drafts: Vec<Draft<'t>>,
    room: &'p mut Vec<u8>,
    entries_added: isize,
    removes: bool,
}

impl<'t> Work<'_, 't> {
    /// The subtree `old` after `ops`.
    fn update(&mut self, old: View<'t>, ops: &[Op<'_>], depth: usize) -> Child<'t> {
        if let (View::Link(link), []) = (old, ops) {
            return Child::old(link);
        }
        if let Stored::Run(run) = old.stored()
            && ops.len() <= BUCKET_ENTRIES_MAX
        {
            let mut room = std::mem::take(self.room);
            self.merge(run, ops, &mut room);
            let child = self.build(Run(&room), depth);
            *self.room = room;
            return child;
        }
        let (left, right) = old.halves(depth);
        let (left_ops, right_ops) = split(ops, depth);
        let left = self.update(left, left_ops, depth + 1);
        let right = self.update(right, right_ops, depth + 1);
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
    fn build(&mut self, run: Run<'_>, depth: usize) -> Child<'t> {
        if run.is_empty() {
            return Child::Empty;
        }
        if run.fits(BUCKET_ENTRIES_MAX, BUCKET_BYTES_MAX) || depth >= DEPTH_MAX {
            let pair = match self.inside(run, depth) {
                Half::Known(_) => None,
                Half::Pair(pair) => Some(pair),
            };
            return self.draft(Draft { pair, make: Make::Bucket(Arc::from(run.0)) });
        }
        let (left, right) = run.split(depth);
        let left = self.build(left, depth + 1);
        let right = self.build(right, depth + 1);
        self.inner(left, right)
    }

    fn inner(&mut self, left: Child<'t>, right: Child<'t>) -> Child<'t> {
        let pair = self.pairs.add(&self.half(left), &self.half(right));
        self.draft(Draft { pair: Some(pair), make: Make::Inner(left, right) })
    }

    #[inline(always)]
    fn draft(&mut self, draft: Draft<'t>) -> Child<'t> {
        // Counts of one batch fit: it would take far more memory than there is to exceed them.
        let number = u32::try_from(self.drafts.len()).unwrap_or(u32::MAX);
        self.drafts.push(draft);
        Child::Draft(number)
    }

    #[inline(always)]
    fn half(&self, child: Child<'t>) -> Half {
        match child {
            Child::Empty => Half::Known(Digest::ZERO),
            Child::Old(link) => Half::Known(link.digest),
            Child::Draft(at) => match self.drafts.get(at as usize) {
                Some(Draft { pair: Some(pair), .. }) => Half::Pair(*pair),
                Some(Draft { make: Make::Bucket(bucket), .. }) => Half::Known(
                    Run(bucket).split_first().map_or(Digest::ZERO, |(only, _)| only.leaf),
                ),
                _ => Half::Known(Digest::ZERO),
            },
        }
    }

    /// The digest over a run of entries.
    fn inside(&mut self, run: Run<'_>, depth: usize) -> Half {
        match run.split_first() {
            None => Half::Known(Digest::ZERO),
            Some((entry, Run([]))) => Half::Known(entry.leaf),
            Some(_) => {
                let (left, right) = run.split(depth);
                let left = self.inside(left, depth + 1);
                let right = self.inside(right, depth + 1);
                Half::Pair(self.pairs.add(&left, &right))
            }
        }
    }

    /// Two children under one node, or what is left of them as one bucket.
    fn join(&mut self, left: Child<'t>, right: Child<'t>, depth: usize) -> Child<'t> {
        if self.removes
            && let Some(left_bytes) = self.bucket(left)
            && let Some(right_bytes) = self.bucket(right)
        {
            let both = [left_bytes, right_bytes].concat();
            // Half of what a bucket may hold: a subtree must not flip between the two forms.
            let small = Run(&both).fits(BUCKET_ENTRIES_MAX / 2, BUCKET_BYTES_MAX / 2);
            if small || left_bytes.is_empty() || right_bytes.is_empty() {
                // Their drafts are the last ones: a bucket is a single draft.
                let drafts = [left, right].map(|one| usize::from(matches!(one, Child::Draft(_))));
                let before = self.drafts.len().saturating_sub(drafts.iter().sum());
                self.drafts.truncate(before);
                return self.build(Run(&both), depth);
            }
        }
        self.inner(left, right)
    }

    /// The bytes of a child that is a bucket or empty.
    fn bucket(&self, child: Child<'t>) -> Option<&[u8]> {
        match child {
            Child::Empty => Some(&[]),
            Child::Old(Link { node: Node::Bucket(bucket), .. }) => Some(bucket),
            Child::Old(_) => None,
            Child::Draft(at) => match &self.drafts.get(at as usize)?.make {
                Make::Bucket(bucket) => Some(bucket),
                Make::Inner(..) => None,
            },
        }
    }
}
