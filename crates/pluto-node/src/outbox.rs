//! Runs on their way to the disk of a node, as many at a time as its queue takes.

use std::sync::Arc;

use pluto_error::{Kind as ErrorKind, Result};
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::{Receipt, Ticket};

use crate::node::Node;

/// Runs on their way at most.
const RUNS_WAITING_MAX: usize = 512;

/// What was submitted and is not known to be durable.
pub(crate) struct Outbox<'a> {
    node: &'a Node,
    waiting: Vec<Ticket<Receipt>>,
}

impl<'a> Outbox<'a> {
    pub(crate) fn new(node: &'a Node) -> Self {
        Self { node, waiting: Vec::new() }
    }

    /// Submits encoded runs in order; waits where the queue is full.
    ///
    /// # Errors
    /// When the node takes no writes, or refused a run.
    pub(crate) fn send(&mut self, runs: Vec<Arc<[u8]>>) -> Result<()> {
        for run in runs {
            if self.waiting.len() >= RUNS_WAITING_MAX {
                self.settle()?;
            }
            let ticket = match self.node.system().submit(Source::Local, Arc::clone(&run)) {
                Err(error) if error.kind() == ErrorKind::Busy => {
                    self.settle()?;
                    self.node.system().submit(Source::Local, run)?
                }
                submitted => submitted?,
            };
            self.waiting.push(ticket);
        }
        Ok(())
    }

    /// Waits until everything is durable.
    ///
    /// # Errors
    /// When a run was refused.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.waiting.drain(..).try_for_each(|ticket| ticket.wait().map(drop))
    }
}
