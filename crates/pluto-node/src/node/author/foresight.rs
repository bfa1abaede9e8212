//! What the fold would say to an event, asked before it is written: a void event stays in the log.

use std::sync::Arc;

use pluto_core::traits::Clock;
use pluto_core::{Kind, RealmId, Verdict};
use pluto_decision::bundle::judge_again;
use pluto_eclvm::{ExecutionMode, Vm};
use pluto_error::Result;

use super::{Author, payload_version};
use crate::node::{Node, SystemClock};

impl Author<'_> {
    /// The verdict that an event would get on the realm as it is now. None for an author whom the realm
    /// does not know yet: what comes first would change the answer.
    ///
    /// # Errors
    /// When the realm is not here.
    pub fn foresee(
        &self,
        node: &Node,
        realm: RealmId,
        kind: Kind,
        payload: &[u8],
    ) -> Result<Option<Verdict>> {
        let mut composer = self.composer(node, realm)?;
        if !composer.knows(&self.did()) {
            return Ok(None);
        }
        let (version, now_ms) = (payload_version(kind, payload), SystemClock.now_ms());
        let event = composer.compose_version(self.did(), kind, version, payload, now_ms);
        let rules = pluto_decision::rules(&Arc::new(Vm::new(ExecutionMode::Legacy, None)?));
        let snapshot = node.snapshot(realm)?;
        Ok(Some(judge_again(&rules, &*snapshot, &event).verdict))
    }
}
