//! Memory of replaced nodes, used again for new ones.
//!
//! What a batch replaces is still in the cache when the next one begins; freshly allocated memory
//! mostly is not. So a writer keeps the roots of its last versions. Once no snapshot holds a version
//! any more, it is taken apart from its root down: a node that only this version held is written
//! over, a node that other versions share is let go. Only roots are counted for this, not nodes: a
//! locked instruction for each node on a path costs as much as hashing it. Buckets, whose sizes vary,
//! are not worth it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::node::{Inner, Link, Node};

/// Versions kept in the hope that the snapshots of them go soon.
const VERSIONS_MAX: usize = 8;

/// Replaced versions, and nodes likely to be free.
#[derive(Debug, Default)]
pub(super) struct Spare {
    /// Oldest first.
    versions: VecDeque<Arc<Inner>>,
    /// Nodes whose parents were taken apart.
    free: Vec<Arc<Inner>>,
}

impl Spare {
    /// Begins a batch that replaces few nodes of the version `root`: keeps it, and makes free what
    /// nobody else holds of those before.
    pub(super) fn begin(&mut self, root: Option<&Link>) {
        self.free.clear();
        while let Some(oldest) = self.versions.pop_front_if(|oldest| Arc::strong_count(oldest) == 1)
        {
            self.free.push(oldest);
        }
        if let Some(Link { node: Node::Inner(inner), .. }) = root {
            self.versions.push_back(Arc::clone(inner));
        }
        if self.versions.len() > VERSIONS_MAX {
            self.versions.pop_front();
        }
    }

    /// Lets go of everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// A shared node, empty until `fill` has written its children.
    #[inline]
    pub(super) fn inner(&mut self, fill: impl FnOnce(&mut Inner)) -> Arc<Inner> {
        while let Some(mut free) = self.free.pop() {
            if let Some(unused) = Arc::get_mut(&mut free) {
                self.take(&mut unused.left);
                self.take(&mut unused.right);
                fill(unused);
                return free;
            }
        }
        let mut node = Inner::default();
        fill(&mut node);
        Arc::new(node)
    }

    /// Keeps a node that is losing its parent if it is free, too.
    #[inline]
    fn take(&mut self, child: &mut Option<Link>) {
        // Only a hint, but a cheap one: what is shared is not even tried.
        if let Some(Link { node: Node::Inner(inner), .. }) = child
            && Arc::strong_count(inner) == 1
            && let Some(Link { node: Node::Inner(inner), .. }) = child.take()
        {
            self.free.push(inner);
        }
    }
}
