//! What a witness needs of where it runs: this node, or one that is simulated.

use std::cell::RefCell;

use pluto_core::payload::RoundVote;
use pluto_core::traits::Clock;
use pluto_core::{Did, RealmId};
use pluto_error::Result;
use pluto_nervous_system::{Composer, Draft, NervousSystem};
use pluto_p2p::finality::Memory;

use crate::node::author::Written;
use crate::node::{Author, Node, SystemClock};

/// How far the time of a checkpoint may be ahead of the clock of a witness that signs it.
pub const SKEW_MS_MAX: u64 = 600_000;

/// Where a witness runs, for one realm.
pub trait Seat {
    /// Who it is.
    fn did(&self) -> Did;
    /// The fold.
    fn system(&self) -> &NervousSystem;
    /// The calendar, in Unix milliseconds.
    fn now_ms(&self) -> u64;
    /// What it said last.
    ///
    /// # Errors
    /// When it cannot be read.
    fn load(&self) -> Result<Memory>;
    /// Remembers what it is about to say; on return it stays there.
    ///
    /// # Errors
    /// When it cannot be written.
    fn store(&self, memory: &Memory) -> Result<()>;
    /// Writes the event that says it, behind what `draft` knows.
    ///
    /// # Errors
    /// When it cannot be written.
    fn submit(&self, vote: &RoundVote, draft: Draft) -> Result<()>;
}

/// This node; who calls holds the turn of the author.
pub(in crate::node) struct NodeSeat<'a> {
    node: &'a Node,
    author: &'a Author<'a>,
    realm: RealmId,
    time_ms: Option<u64>,
    /// The last event written.
    pub(in crate::node) written: RefCell<Option<Written>>,
}

impl<'a> NodeSeat<'a> {
    /// `time_ms` is the time to be signed, where it is not that of the clock.
    pub(in crate::node) const fn new(
        node: &'a Node,
        author: &'a Author<'a>,
        realm: RealmId,
        time_ms: Option<u64>,
    ) -> Self {
        Self { node, author, realm, time_ms, written: RefCell::new(None) }
    }
}

impl Seat for NodeSeat<'_> {
    fn did(&self) -> Did {
        self.author.did()
    }

    fn system(&self) -> &NervousSystem {
        self.node.system()
    }

    fn now_ms(&self) -> u64 {
        self.time_ms.unwrap_or_else(|| SystemClock.now_ms())
    }

    fn load(&self) -> Result<Memory> {
        self.node.witness_memory(self.realm, self.did()).load()
    }

    fn store(&self, memory: &Memory) -> Result<()> {
        self.node.witness_memory(self.realm, self.did()).store(memory)
    }

    fn submit(&self, vote: &RoundVote, draft: Draft) -> Result<()> {
        let mut composer = Composer::resume(self.realm, self.did(), draft);
        let event = composer.vote(self.did(), vote, SystemClock.now_ms());
        let written = self.author.submit_signature(self.node, self.realm, event)?;
        self.written.replace(Some(written));
        Ok(())
    }
}
