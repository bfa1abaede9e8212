//! Authors of this node: compose, sign, submit, wait.
//!
//! An author signs with the key that is active in the realm it writes in. In a realm that does not know
//! it yet it introduces itself with its first key and rotates at once to the key remembered here.

pub(in crate::node) mod checkpoint;
mod foresight;
mod keys;
mod witnesses;

use std::sync::PoisonError;

use pluto_core::payload::{PAYLOAD_VERSION, RealmGenesis};
use pluto_core::traits::Clock;
use pluto_core::{Canonical, Did, Event, Kind, RealmId, Run};
use pluto_error::Result;
use pluto_identity::{IdentitySecret, KeyPair, sign_run};
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::{Acknowledged, Composer, NervousSystem, Receipt, Ticket};
use pluto_realm::saga::SagaProgress;

use super::{Node, SystemClock};
use crate::error::NodeError;

pub(crate) use keys::{identity, inception_in};

/// The version of the payload in which an event of that kind says this.
pub(crate) fn payload_version(kind: Kind, payload: &[u8]) -> u8 {
    match kind {
        Kind::SagaProgress => {
            SagaProgress::decode(payload).map_or(PAYLOAD_VERSION, |said| said.version())
        }
        _ => PAYLOAD_VERSION,
    }
}

/// One who writes.
pub struct Author<'a> {
    secret: &'a IdentitySecret,
    first: KeyPair,
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

impl Written {
    /// The same, if the event has effect.
    fn effective(self) -> Result<Self> {
        if self.event.verdict.is_effective() {
            return Ok(self);
        }
        let (id, verdict) = (self.event.id.to_string(), self.event.verdict.to_string());
        Err(NodeError::NoEffect { id, verdict }.into())
    }
}

impl<'a> Author<'a> {
    /// Writes in the name of `secret`.
    #[must_use]
    pub fn new(secret: &'a IdentitySecret) -> Self {
        Self { secret, first: secret.key_pair_at(0) }
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

    /// Puts events under one signature of the author's first key: for realms it opened itself and
    /// has not rotated in.
    ///
    /// # Errors
    /// When there are none or too many.
    pub fn sign(&self, events: Vec<Event>) -> Result<Run> {
        sign_run(&self.first, events)
    }

    /// Opens a realm.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open_realm(&self, node: &Node, genesis: &RealmGenesis) -> Result<RealmId> {
        let (composer, event) = Composer::genesis(genesis, SystemClock.now_ms());
        self.submit_by(node, 0, vec![event])?.effective()?;
        self.catch_up(node, composer.realm(), self.secret.active())?;
        Ok(composer.realm())
    }

    /// Introduces itself in a realm that does not know it yet.
    ///
    /// # Errors
    /// As [`Author::write`].
    pub fn introduce(&self, node: &Node, realm: RealmId) -> Result<()> {
        let turn = node.turn_of(self.did());
        let _one = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut composer = self.composer(node, realm)?;
        if !composer.knows(&self.did()) {
            let event = composer.inception(self.secret.inception(), SystemClock.now_ms());
            self.submit_by(node, 0, vec![event])?.effective()?;
            self.catch_up(node, realm, self.secret.active())?;
        }
        Ok(())
    }

    /// Writes one event, after the author's inception if it is the first here; waits until it is
    /// durable.
    ///
    /// # Errors
    /// `NOD-0008` when it is recorded without effect, `NOD-0016` when the author's key is not here;
    /// else what admission says.
    pub fn write(
        &self,
        node: &Node,
        realm: RealmId,
        kind: Kind,
        payload: &[u8],
    ) -> Result<Written> {
        let written = self.record(node, realm, kind, payload)?;
        written.effective()
    }

    /// The same, whatever the verdict is.
    ///
    /// # Errors
    /// As [`Author::write`], but for `NOD-0008`.
    pub fn record(
        &self,
        node: &Node,
        realm: RealmId,
        kind: Kind,
        payload: &[u8],
    ) -> Result<Written> {
        // Two events after the same one would be a fork.
        let turn = node.turn_of(self.did());
        let _one = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = SystemClock.now_ms();
        let mut composer = self.composer(node, realm)?;
        let mut events = Vec::new();
        if !composer.knows(&self.did()) {
            events.push(composer.inception(self.secret.inception(), now_ms));
        }
        if self.secret.active() > 0 && !events.is_empty() {
            self.submit_by(node, 0, std::mem::take(&mut events))?.effective()?;
            self.catch_up(node, realm, self.secret.active())?;
            composer = self.composer(node, realm)?;
        }
        let version = payload_version(kind, payload);
        events.push(composer.compose_version(self.did(), kind, version, payload, now_ms));
        self.submit_by(node, self.key_in(node, realm)?, events)
    }

    fn composer(&self, node: &Node, realm: RealmId) -> Result<Composer> {
        let draft = node.system().draft(realm, self.did())?;
        Ok(Composer::resume(realm, self.did(), draft))
    }

    /// Signs with the key of that number, submits and waits.
    fn submit_by(&self, node: &Node, index: u32, events: Vec<Event>) -> Result<Written> {
        let span = tracing::info_span!("write", events = events.len()).entered();
        let run = sign_run(&self.secret.key_pair_at(index), events)?;
        let bytes = run.encode();
        node.note_span(&bytes, &span);
        let receipt = node.system().submit(Source::Local, bytes)?.wait()?;
        let event = receipt
            .events
            .last()
            .copied()
            .ok_or_else(|| NodeError::BadArgument("the event was known already".into()))?;
        Ok(Written { event, receipt, run })
    }

    /// Signs as [`Author::sign`] and submits without waiting.
    ///
    /// # Errors
    /// When the node takes nothing.
    pub fn submit(&self, system: &NervousSystem, events: Vec<Event>) -> Result<Ticket<Receipt>> {
        system.submit(Source::Local, self.sign(events)?.encode())
    }
}
