//! Memory of replaced nodes, used again for new ones.
//!
//! What a batch replaces is still in the cache when the next one begins; freshly allocated memory
//! mostly is not. So a writer keeps the inner nodes it replaced until its next batch, and then writes
//! new ones over those that no snapshot holds any more. Buckets, whose sizes vary, are not worth it.

use std::sync::Arc;

use super::node::Inner;

/// Replaced nodes kept from one batch to the next.
const RETIRED_MAX: usize = 2048;

/// Replaced nodes, and nodes free to be written.
#[derive(Debug, Default)]
pub(super) struct Spare {
    /// Those above before those below.
    retired: Vec<Arc<Inner>>,
    free: Vec<Arc<Inner>>,
}

impl Spare {
    /// Keeps a node that is about to be replaced; its parent was handed over before.
    pub(super) fn retire(&mut self, inner: &Arc<Inner>) {
        if self.retired.len() < RETIRED_MAX {
            self.retired.push(Arc::clone(inner));
        }
    }

    /// Begins a batch: what was retired before and is held by nobody else becomes free.
    pub(super) fn begin(&mut self) {
        self.free.clear();
        self.free.extend(self.retired.drain(..).filter_map(|mut inner| {
            // It lets go of its children, which are free in turn.
            *Arc::get_mut(&mut inner)? = Inner::default();
            Some(inner)
        }));
    }

    /// A shared node.
    pub(super) fn inner(&mut self, node: Inner) -> Arc<Inner> {
        if let Some(mut free) = self.free.pop()
            && let Some(unused) = Arc::get_mut(&mut free)
        {
            *unused = node;
            return free;
        }
        Arc::new(node)
    }
}
