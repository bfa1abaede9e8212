//! The engine of keys: rotations, guardians' statements, recoveries.
//!
//! Guardians act for the key that was active when they spoke: a rotation by the owner, before the
//! delay has passed or after, cancels what they said.

use std::collections::BTreeSet;

use pluto_core::codec::Canonical;
use pluto_core::payload::{Recovery, payload_of};
use pluto_core::state::{self, IdentityRecord};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Component, Did, Event, EventId, Kind, Verdict, VoidReason};

use super::record::{
    KeyChangeRecord, StatementRecord, guardians_key, key_change_key, statement_key,
};
use crate::rotation::{Authority, KeyRotated, RecoveryInitiated};
use crate::secret::next_key_digest;

const HOUR_MS: u64 = 3_600_000;

/// Keeps the active key of each identity, and what guardians say, in components `KeyManagement` and
/// `Identity`.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyEngine;

impl Engine for KeyEngine {
    fn component(&self) -> Component {
        Component::KeyManagement
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::KeyRotated, Kind::RecoveryInitiated]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            Some(Kind::KeyRotated) => change(view, event, out),
            Some(Kind::RecoveryInitiated) => note(view, event, out),
            _ => Err(VoidReason::NoEffect),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn change(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let KeyRotated { key, next_key_digest: next, authority } = payload_of(event)?;
    let owner = event.header.author;
    let current = identity(view, owner)?;
    if current.key_event != event.header.key_ref {
        return Err(VoidReason::KeyInactive);
    }
    let recovered = match authority {
        Authority::Rotation(_) if current.next_key_digest != Some(next_key_digest(&key)) => {
            return Err(VoidReason::InvalidProof);
        }
        Authority::Rotation(_) => false,
        Authority::Recovery { statements, .. } => {
            let wanted = StatementRecord {
                guardian: owner,
                subject: owner,
                key,
                next_key_digest: next,
                key_event: current.key_event,
                from_ms: 0,
            };
            check_recovery(view, &wanted, &statements)?;
            true
        }
    };
    // Guardians say that the key was with somebody else; the owner's own word does not thaw it.
    let frozen = current.frozen && !recovered;
    let record = IdentityRecord { key, key_event: event.id, next_key_digest: next, frozen };
    out.put(Component::Identity, owner.to_bytes().to_vec(), record.encode());
    let changed = KeyChangeRecord { owner, key, replaced: current.key_event, recovered };
    out.put(Component::KeyManagement, key_change_key(event.id), changed.encode());
    Ok(())
}

/// Whether enough guardians have said what is `wanted`, long enough ago.
fn check_recovery(
    view: &dyn StateView,
    wanted: &StatementRecord,
    statements: &[EventId],
) -> Result<(), VoidReason> {
    let recovery = recovery(view, wanted.subject)?;
    let mut agreed = BTreeSet::new();
    let mut from_ms = 0;
    for id in statements {
        let said: StatementRecord =
            state::read(view, Component::KeyManagement, &statement_key(*id))
                .ok_or(VoidReason::NotFound)?;
        if said.key_event != wanted.key_event {
            return Err(VoidReason::Revoked);
        }
        if (StatementRecord { guardian: wanted.guardian, from_ms: 0, ..said }) != *wanted {
            return Err(VoidReason::InvalidProof);
        }
        agreed.insert(said.guardian);
        from_ms = from_ms.max(said.from_ms);
    }
    if agreed.len() < usize::from(recovery.threshold) {
        return Err(VoidReason::InvalidProof);
    }
    let delay_ms = u64::from(recovery.delay_h).saturating_mul(HOUR_MS);
    match view.time_ms() >= from_ms.saturating_add(delay_ms) {
        true => Ok(()),
        false => Err(VoidReason::Expired),
    }
}

fn note(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let RecoveryInitiated { subject, key, next_key_digest, at_ms } = payload_of(event)?;
    let guardian = event.header.author;
    let key_event = identity(view, subject)?.key_event;
    if !recovery(view, subject)?.guardians.contains(&guardian) {
        return Err(VoidReason::NotAllowed);
    }
    let from_ms = at_ms.max(view.time_ms());
    let record = StatementRecord { guardian, subject, key, next_key_digest, key_event, from_ms };
    out.put(Component::KeyManagement, statement_key(event.id), record.encode());
    Ok(())
}

fn identity(view: &dyn StateView, did: Did) -> Result<IdentityRecord, VoidReason> {
    state::read(view, Component::Identity, &did.to_bytes()).ok_or(VoidReason::UnknownSubject)
}

fn recovery(view: &dyn StateView, did: Did) -> Result<Recovery, VoidReason> {
    state::read(view, Component::KeyManagement, &guardians_key(did)).ok_or(VoidReason::NotAllowed)
}
