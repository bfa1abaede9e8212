//! Where in a trace those runs were written that this node has not announced yet.

use std::collections::VecDeque;

use pluto_p2p::traced::Traceparent;

use super::arriving::{Front, front};

/// Runs whose context is remembered; the oldest is forgotten, and announced without one.
const CONTEXTS_MAX: usize = 64;

/// The contexts, in the order of writing.
#[derive(Debug, Default)]
pub(super) struct Contexts(VecDeque<(Front, Traceparent)>);

impl Contexts {
    /// Remembers the context of a run.
    pub(super) fn keep(&mut self, run: &[u8], context: Traceparent) {
        let Some(front) = front(run) else { return };
        if self.0.len() >= CONTEXTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back((front, context));
    }

    /// The context of a run, once.
    pub(super) fn take(&mut self, run: &[u8]) -> Option<Traceparent> {
        let front = front(run)?;
        let at = self.0.iter().position(|(known, _)| *known == front)?;
        self.0.remove(at).map(|(_, context)| context)
    }
}

#[cfg(test)]
mod tests;
