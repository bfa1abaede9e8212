//! Authors of this node: compose, sign, submit, wait.

use pluto_core::payload::RealmGenesis;
use pluto_core::traits::Clock;
use pluto_core::{Canonical, Did, Event, Kind, RealmId, Run};
use pluto_error::Result;
use pluto_identity::{IdentitySecret, KeyPair, sign_run};
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::{Acknowledged, Composer, NervousSystem, Receipt, Ticket};

use super::{Node, SystemClock};
use crate::error::NodeError;

/// One who writes.
pub struct Author<'a> {
    secret: &'a IdentitySecret,
    keys: KeyPair,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// The event asked for; the last of its run.
    pub event: Acknowledged,
    /// Everything acknowledged with it.
    pub receipt: Receipt,
    /// The signed run.
    pub run: Run,
}

impl<'a> Author<'a> {
    /// Writes in the name of `secret`.
    #[must_use]
    pub fn new(secret: &'a IdentitySecret) -> Self {
        Self { secret, keys: secret.key_pair() }
    }

    /// The DID.
    #[must_use]
    pub fn did(&self) -> Did {
        self.secret.did()
    }

    /// The identity.
    #[must_use]
    pub fn secret(&self) -> &IdentitySecret {
        self.secret
    }

    /// Puts events under one signature.
    ///
    /// # Errors
    /// When there are none or too many.
    pub fn sign(&self, events: Vec<Event>) -> Result<Run> {
        sign_run(&self.keys, events)
    }

    /// Opens a realm.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open_realm(&self, node: &Node, genesis: &RealmGenesis) -> Result<RealmId> {
        let (composer, event) = Composer::genesis(genesis, SystemClock.now_ms());
        self.submit(node.system(), vec![event])?.wait()?;
        Ok(composer.realm())
    }

    /// Writes one event, after the author's inception if it is the first here; waits until it is
    /// durable.
    ///
    /// # Errors
    /// `NOD-0008` when it is recorded without effect; else what admission says.
    pub fn write(
        &self,
        node: &Node,
        realm: RealmId,
        kind: Kind,
        payload: &[u8],
    ) -> Result<Written> {
        let now_ms = SystemClock.now_ms();
        let draft = node.system().draft(realm, self.did())?;
        let mut composer = Composer::resume(realm, self.did(), draft);
        let mut events = Vec::new();
        if !composer.knows(&self.did()) {
            events.push(composer.inception(self.secret.inception(), now_ms));
        }
        events.push(composer.compose(self.did(), kind, payload, now_ms));
        let run = self.sign(events)?;
        let receipt = node.system().submit(Source::Local, run.encode())?.wait()?;
        let event = receipt
            .events
            .last()
            .copied()
            .ok_or_else(|| NodeError::BadArgument("the event was known already".into()))?;
        if !event.verdict.is_effective() {
            let (id, verdict) = (event.id.to_string(), event.verdict.to_string());
            return Err(NodeError::NoEffect { id, verdict }.into());
        }
        Ok(Written { event, receipt, run })
    }

    /// Signs and submits without waiting.
    ///
    /// # Errors
    /// When the node takes nothing.
    pub fn submit(&self, system: &NervousSystem, events: Vec<Event>) -> Result<Ticket<Receipt>> {
        system.submit(Source::Local, self.sign(events)?.encode())
    }
}
