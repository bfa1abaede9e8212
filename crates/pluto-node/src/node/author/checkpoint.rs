//! Signing the roots of a realm.

use pluto_core::payload::{CheckpointSigned, heads_root};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::{Canonical, Component, Kind, RealmId};
use pluto_engines::finality::next_number;
use pluto_error::Result;

use super::{Author, Written};
use crate::node::Node;

impl Author<'_> {
    /// Signs the roots of a realm as they are now, at `time_ms` of realm time. Where witnesses are
    /// declared this is one cosignature, final when enough others sign the same.
    ///
    /// # Errors
    /// What [`Author::write`] says.
    pub fn sign_checkpoint(
        &self,
        node: &Node,
        realm: RealmId,
        time_ms: u64,
    ) -> Result<(CheckpointSigned, Written)> {
        let snapshot = node.snapshot(realm)?;
        let last: FinalityRecord =
            read(&*snapshot, Component::Consensus, FINALITY_KEY).unwrap_or_default();
        let roots = snapshot.roots();
        let checkpoint = CheckpointSigned {
            number: next_number(&*snapshot, self.did()),
            time_ms: time_ms.max(last.time_ms),
            size: roots.position,
            event_set_root: heads_root(snapshot.heads()),
            log_root: roots.log,
            state_root: roots.state,
        };
        let written = self.write(node, realm, Kind::CheckpointSigned, &checkpoint.encode())?;
        Ok((checkpoint, written))
    }
}
