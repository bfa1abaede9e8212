//! Keys of an author: which is active where, the step to the next, and taking over after a recovery.

use pluto_core::payload::{Inception, inception};
use pluto_core::state::{IdentityRecord, read};
use pluto_core::traits::{Clock, StateView};
use pluto_core::{Canonical, Component, Did, EventId, Kind, RealmId};
use pluto_error::Result;
use pluto_identity::{Authority, KeyRotated, RecoveryInitiated, StatementRecord, guardians_key};

use super::{Author, Written};
use crate::error::NodeError;
use crate::node::{Node, SystemClock, load};

const HOUR_MS: u64 = 3_600_000;

impl Author<'_> {
    /// The number of the key that is active in `realm`; the first where the author is not known.
    ///
    /// # Errors
    /// `NOD-0016` when it is none of the author's keys here.
    pub fn key_in(&self, node: &Node, realm: RealmId) -> Result<u32> {
        let Some(record) = identity(node, realm, self.did())? else { return Ok(0) };
        let realm = realm.short();
        let unknown = NodeError::KeyNotHere { did: self.did().to_string(), realm };
        Ok(self.secret.index_of(&record.key).ok_or(unknown)?)
    }

    /// Rotates in `realm` until the key with number `target` is active; gives the last rotation, if
    /// one was needed.
    ///
    /// # Errors
    /// `NOD-0007` for an identity that never rotates; else as [`Author::write`].
    pub fn catch_up(&self, node: &Node, realm: RealmId, target: u32) -> Result<Option<Written>> {
        let mut last = None;
        for index in self.key_in(node, realm)?..target {
            last = Some(self.rotate(node, realm, index)?);
        }
        Ok(last)
    }

    /// From the key with number `index` to the next.
    fn rotate(&self, node: &Node, realm: RealmId, index: u32) -> Result<Written> {
        let Some(_) = self.secret.next_key_digest_at(index) else {
            return Err(NodeError::BadArgument("this identity never rotates".into()).into());
        };
        let new = self.secret.key_pair_at(index + 1);
        let next = self.secret.next_key_digest_at(index + 1);
        let now_ms = SystemClock.now_ms();
        let mut composer = self.composer(node, realm)?;
        let bare = KeyRotated::unproven(new.public_key(), next);
        let draft = composer.clone().compose(self.did(), Kind::KeyRotated, &bare, now_ms);
        let change = KeyRotated::prove(&new, next, &draft)?;
        let event = composer.compose(self.did(), Kind::KeyRotated, &change.encode(), now_ms);
        self.submit_by(node, index, vec![event])?.effective()
    }

    /// Says as a guardian that `subject` is to have another key.
    ///
    /// # Errors
    /// As [`Author::write`].
    pub fn approve_recovery(
        &self,
        node: &Node,
        realm: RealmId,
        said: &RecoveryInitiated,
    ) -> Result<Written> {
        self.write(node, realm, Kind::RecoveryInitiated, &said.encode())
    }

    /// Takes an identity over with the key that guardians named, once enough of them did and their
    /// delay has passed.
    ///
    /// # Errors
    /// `NOD-0017` when too few did, or too lately; else as [`Author::write`].
    pub fn take_over(&self, node: &Node, realm: RealmId) -> Result<Written> {
        let statements = self.statements(node, realm)?;
        let key = self.secret.key_pair_at(0).public_key();
        let next_key_digest = self.secret.next_key_digest_at(0);
        let inception = self.secret.inception().clone();
        let authority = Authority::Recovery { inception, statements };
        let change = KeyRotated { key, next_key_digest, authority };
        let mut composer = self.composer(node, realm)?;
        let now_ms = SystemClock.now_ms();
        let event = composer.compose(self.did(), Kind::KeyRotated, &change.encode(), now_ms);
        self.submit_by(node, 0, vec![event])?.effective()
    }

    /// The earliest statements that suffice, ascending by id.
    fn statements(&self, node: &Node, realm: RealmId) -> Result<Vec<EventId>> {
        let snapshot = node.snapshot(realm)?;
        let waits = |why: String| NodeError::RecoveryWaits(why);
        let recovery: pluto_core::payload::Recovery =
            read(&*snapshot, Component::KeyManagement, &guardians_key(self.did()))
                .ok_or_else(|| waits("it has no guardians in the realm".to_owned()))?;
        let key_event = identity(node, realm, self.did())?.map(|record| record.key_event);
        let key = self.secret.key_pair_at(0).public_key();
        let mut said: Vec<(u64, Did, EventId)> = Vec::new();
        for (entry, value) in snapshot.entries(Component::KeyManagement).iter() {
            let Some(id) = entry.strip_prefix(b"s").and_then(|id| id.try_into().ok()) else {
                continue;
            };
            let record = StatementRecord::decode(value)?;
            if record.subject == self.did()
                && record.key == key
                && record.next_key_digest == self.secret.next_key_digest_at(0)
                && Some(record.key_event) == key_event
            {
                said.push((record.from_ms, record.guardian, EventId(id)));
            }
        }
        said.sort_unstable();
        let mut seen = std::collections::BTreeSet::new();
        said.retain(|(_, guardian, _)| seen.insert(*guardian));
        said.truncate(usize::from(recovery.threshold));
        if said.len() < usize::from(recovery.threshold) {
            let (found, wanted) = (said.len(), recovery.threshold);
            return Err(waits(format!("`{found}` of `{wanted}` guardians have approved")).into());
        }
        let from_ms = said.last().map_or(0, |(from_ms, ..)| *from_ms);
        let until = from_ms.saturating_add(u64::from(recovery.delay_h).saturating_mul(HOUR_MS));
        if snapshot.time_ms() < until {
            let until = crate::output::time(until);
            return Err(waits(format!("its delay ends at {until} of realm time")).into());
        }
        let mut ids: Vec<EventId> = said.into_iter().map(|(.., id)| id).collect();
        ids.sort_unstable();
        Ok(ids)
    }
}

/// What the realm knows of an identity.
///
/// # Errors
/// `NOD-0003` when the realm is not here.
pub(crate) fn identity(node: &Node, realm: RealmId, did: Did) -> Result<Option<IdentityRecord>> {
    Ok(read(&*node.snapshot(realm)?, Component::Identity, &did.to_bytes()))
}

/// The inception of an identity that the realm knows, found behind its changes of key.
///
/// # Errors
/// `NOD-0003` when the realm does not know it.
pub(crate) fn inception_in(node: &Node, realm: RealmId, did: Did) -> Result<Inception> {
    let missing = || NodeError::NotFound {
        what: "identity",
        name: did.to_string(),
        hint: "it has not written in this realm".to_owned(),
    };
    let mut event = identity(node, realm, did)?.ok_or_else(missing)?.key_event;
    loop {
        let found = load(node.system(), event)?;
        if found.header.kind.known() != Some(Kind::KeyRotated) {
            return inception(&found).map_err(|_| missing().into());
        }
        event = found.header.key_ref;
    }
}
