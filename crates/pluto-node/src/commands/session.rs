//! The node a command works on: one of its own, or the one that runs already.

use std::ops::Deref;
use std::sync::Arc;

use pluto_error::Result;

use crate::node::Node;

/// A node for one command.
pub(crate) struct Session {
    node: Arc<Node>,
    /// Opened for this command, so stopped with it.
    ours: bool,
}

impl Session {
    /// A node that was opened for one command.
    pub(crate) fn own(node: Node) -> Self {
        Self { node: Arc::new(node), ours: true }
    }

    /// The node that runs whatever this command does.
    pub(crate) const fn running(node: Arc<Node>) -> Self {
        Self { node, ours: false }
    }

    /// The node, to be shared with threads.
    pub(crate) const fn shared(&self) -> &Arc<Node> {
        &self.node
    }

    /// Ends the work of the command on the node.
    ///
    /// # Errors
    /// As [`Node::stop`].
    pub(crate) fn stop(&self) -> Result<()> {
        if self.ours { self.node.stop() } else { Ok(()) }
    }
}

impl Deref for Session {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.node
    }
}
