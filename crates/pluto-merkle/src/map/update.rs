//! Applies a sorted batch: first the new shape, then all hashes, level by level from the bottom.
//!
//! 1. Walk the old tree along the operations. Untouched subtrees are shared; every node that changes
//!    becomes a *pending* node in the list of its depth.
//! 2. From the deepest list up: the children of a list are known, so all its nodes are hashed side by
//!    side and built.

use std::sync::Arc;

use pluto_core::hash::Digest;

use super::hash;
use super::node::{
    BUCKET_BYTES_MAX, BUCKET_ENTRIES_MAX, Bucket, DEPTH_MAX, Entry, Inner, Keyed, Link, Node,
    bytes, split,
};

use crate::pair::pair;

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

/// A child of a pending node.
enum Child {
    Empty,
    /// A leaf inside a bucket.
    Leaf(Digest),
    /// A finished subtree.
    Ready(Link),
    /// A pending node in the list one level deeper.
    Below(usize),
}

/// What becomes of a pending node once its digest is known.
enum Make {
    Inner,
    Bucket(Arc<Bucket>),
    /// A node inside a bucket: only its digest is needed.
    Digest,
}

struct Pending {
    left: Child,
    right: Child,
    make: Make,
}

#[derive(Default)]
struct Plan {
    levels: Vec<Vec<Pending>>,
    entries_added: isize,
    removes: bool,
}

/// The root after `ops` (ascending by key hash, no two alike), and the change in the number of
/// entries.
pub(super) fn apply(root: Option<&Link>, ops: &[Op<'_>]) -> (Option<Link>, isize) {
    let removes = ops.iter().any(|op| op.set.is_none());
    let mut plan = Plan { removes, ..Plan::default() };
    let top = plan.update(root, ops, 0);
    let added = plan.entries_added;
    (plan.finish(top), added)
}

impl Plan {
    fn push(&mut self, depth: usize, pending: Pending) -> Child {
        if self.levels.len() <= depth {
            self.levels.resize_with(depth + 1, Vec::new);
        }
        let Some(level) = self.levels.get_mut(depth) else { return Child::Empty };
        level.push(pending);
        Child::Below(level.len() - 1)
    }

    fn update(&mut self, old: Option<&Link>, ops: &[Op<'_>], depth: usize) -> Child {
        if ops.is_empty() {
            return old.cloned().map_or(Child::Empty, Child::Ready);
        }
        match old.map(|link| &link.node) {
            None => self.merge(None, ops, depth),
            Some(Node::Bucket(bucket)) => self.merge(Some(bucket), ops, depth),
            Some(Node::Inner(inner)) => {
                let (left_ops, right_ops) = split(ops, depth);
                let left = self.update(inner.left.as_ref(), left_ops, depth + 1);
                let right = self.update(inner.right.as_ref(), right_ops, depth + 1);
                self.join(left, right, depth)
            }
        }
    }

    /// The entries of a bucket with the operations applied.
    fn merge(&mut self, bucket: Option<&Bucket>, ops: &[Op<'_>], depth: usize) -> Child {
        let slots = bucket.map_or(&[][..], Bucket::slots);
        let mut merged = Vec::with_capacity(slots.len() + ops.len());
        let mut old = bucket.into_iter().flat_map(Bucket::entries).peekable();
        for op in ops {
            while let Some(entry) = old.next_if(|entry| entry.key_hash < op.key_hash) {
                merged.push(entry);
            }
            old.next_if(|entry| entry.key_hash == op.key_hash);
            if let Some((leaf, value)) = op.set {
                merged.push(Entry { key_hash: op.key_hash, leaf, key: op.key, value });
            }
        }
        merged.extend(old);
        self.entries_added += merged.len() as isize - slots.len() as isize;
        self.build(&merged, depth)
    }

    /// A subtree of exactly these entries.
    fn build(&mut self, entries: &[Entry<'_>], depth: usize) -> Child {
        let fits = entries.len() <= BUCKET_ENTRIES_MAX && bytes(entries) <= BUCKET_BYTES_MAX;
        match entries {
            [] => Child::Empty,
            [entry] => {
                let node = Node::Bucket(Arc::new(Bucket::new(entries)));
                Child::Ready(Link { digest: entry.leaf, node })
            }
            _ if fits || depth >= DEPTH_MAX => {
                let bucket = Arc::new(Bucket::new(entries));
                self.inside(entries, depth, Make::Bucket(bucket))
            }
            _ => {
                let (left, right) = split(entries, depth);
                let left = self.build(left, depth + 1);
                let right = self.build(right, depth + 1);
                self.push(depth, Pending { left, right, make: Make::Inner })
            }
        }
    }

    /// The nodes inside a bucket.
    fn inside(&mut self, entries: &[Entry<'_>], depth: usize, make: Make) -> Child {
        match entries {
            [] => Child::Empty,
            [entry] => Child::Leaf(entry.leaf),
            _ => {
                let (left, right) = split(entries, depth);
                let left = self.inside(left, depth + 1, Make::Digest);
                let right = self.inside(right, depth + 1, Make::Digest);
                self.push(depth, Pending { left, right, make })
            }
        }
    }

    /// Two children under one node, or what is left of them as one bucket.
    fn join(&mut self, left: Child, right: Child, depth: usize) -> Child {
        if self.removes {
            if let (Child::Empty, Child::Empty) = (&left, &right) {
                return Child::Empty;
            }
            let (a, b) = (self.bucket(&left, depth + 1), self.bucket(&right, depth + 1));
            let only = matches!((&left, &right), (Child::Empty, _) | (_, Child::Empty));
            let both = a.is_some() && b.is_some();
            let buckets = || a.iter().chain(&b);
            // Half of what a bucket may hold: a subtree must not flip between the two forms.
            let small = buckets().map(|one| one.slots().len()).sum::<usize>()
                <= BUCKET_ENTRIES_MAX / 2
                && buckets().map(|one| one.data_bytes()).sum::<usize>() <= BUCKET_BYTES_MAX / 2;
            if (only && (a.is_some() || b.is_some())) || (both && small) {
                let entries: Vec<Entry<'_>> = buckets().flat_map(|one| one.entries()).collect();
                return self.build(&entries, depth);
            }
        }
        self.push(depth, Pending { left, right, make: Make::Inner })
    }

    /// The bucket that `child`, at `depth`, is or will be.
    fn bucket(&self, child: &Child, depth: usize) -> Option<Arc<Bucket>> {
        match child {
            Child::Ready(Link { node: Node::Bucket(bucket), .. }) => Some(Arc::clone(bucket)),
            Child::Below(at) => match &self.levels.get(depth)?.get(*at)?.make {
                Make::Bucket(bucket) => Some(Arc::clone(bucket)),
                Make::Inner | Make::Digest => None,
            },
            Child::Empty | Child::Leaf(_) | Child::Ready(_) => None,
        }
    }

    /// Hashes and builds all levels; `top` is the child above the first one.
    fn finish(mut self, top: Child) -> Option<Link> {
        let mut below = Built::default();
        while let Some(level) = self.levels.pop() {
            let pairs: Vec<_> = level
                .iter()
                .map(|node| pair(&below.digest(&node.left), &below.digest(&node.right)))
                .collect();
            let digests = hash::nodes(&pairs);
            let nodes = level
                .into_iter()
                .map(|Pending { left, right, make }| match make {
                    Make::Digest => None,
                    Make::Bucket(bucket) => Some(Node::Bucket(bucket)),
                    Make::Inner => {
                        let (left, right) = (below.link(left), below.link(right));
                        Some(Node::Inner(Arc::new(Inner { left, right })))
                    }
                })
                .collect();
            below = Built { digests, nodes };
        }
        below.link(top)
    }
}

/// One finished level.
#[derive(Default)]
struct Built {
    digests: Vec<Digest>,
    nodes: Vec<Option<Node>>,
}

impl Built {
    fn digest(&self, child: &Child) -> Digest {
        match child {
            Child::Empty => Digest::ZERO,
            Child::Leaf(digest) => *digest,
            Child::Ready(link) => link.digest,
            Child::Below(at) => self.digests.get(*at).copied().unwrap_or_default(),
        }
    }

    fn link(&mut self, child: Child) -> Option<Link> {
        match child {
            Child::Empty | Child::Leaf(_) => None,
            Child::Ready(link) => Some(link),
            Child::Below(at) => {
                let digest = *self.digests.get(at)?;
                Some(Link { digest, node: self.nodes.get_mut(at)?.take()? })
            }
        }
    }
}
