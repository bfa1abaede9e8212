//! The engine of credentials: issued by administrators, revoked by their issuer.

use pluto_core::codec::Canonical;
use pluto_core::payload::payload_of;
use pluto_core::state;
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Component, Event, Kind, Verdict, VoidReason};

use super::record::{CredentialRecord, HELD_MAX, Held, HeldRecord, credential_key, held_key};
use super::{CredentialIssued, CredentialRevoked, may_issue};

/// Keeps credentials, and who holds which, in component `Credential`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CredentialEngine;

impl Engine for CredentialEngine {
    fn component(&self) -> Component {
        Component::Credential
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::CredentialIssued, Kind::CredentialRevoked]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            Some(Kind::CredentialIssued) => issue(view, event, out),
            Some(Kind::CredentialRevoked) => revoke(view, event, out),
            _ => Err(VoidReason::NoEffect),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn issue(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let issued: CredentialIssued = payload_of(event)?;
    let (issuer, credential, now_ms) = (event.header.author, event.id, view.time_ms());
    if !may_issue(view, issuer) {
        return Err(VoidReason::NotAllowed);
    }
    if issued.expires_ms <= now_ms {
        return Err(VoidReason::Expired);
    }
    let key = held_key(issued.subject, &issued.schema);
    let HeldRecord(mut held) = held(view, &key);
    held.retain(|one| one.expires_ms > now_ms);
    if held.len() >= HELD_MAX {
        return Err(VoidReason::LimitReached);
    }
    held.push(Held { credential, issuer, expires_ms: issued.expires_ms });
    held.sort_unstable_by_key(|one| one.credential);
    put_held(out, key, held);
    let record = CredentialRecord { issuer, revoked: None, issued };
    out.put(Component::Credential, credential_key(credential), record.encode());
    Ok(())
}

fn revoke(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let CredentialRevoked { credential } = payload_of(event)?;
    let key = credential_key(credential);
    let mut record: CredentialRecord =
        state::read(view, Component::Credential, &key).ok_or(VoidReason::NotFound)?;
    if record.issuer != event.header.author {
        return Err(VoidReason::NotAllowed);
    }
    if record.revoked.is_some() {
        return Err(VoidReason::Revoked);
    }
    record.revoked = Some(event.id);
    out.put(Component::Credential, key, record.encode());
    let key = held_key(record.issued.subject, &record.issued.schema);
    let HeldRecord(mut held) = held(view, &key);
    held.retain(|one| one.credential != credential);
    put_held(out, key, held);
    Ok(())
}

fn held(view: &dyn StateView, key: &[u8]) -> HeldRecord {
    state::read(view, Component::Credential, key).unwrap_or_default()
}

fn put_held(out: &mut Effects, key: Vec<u8>, held: Vec<Held>) {
    if held.is_empty() {
        out.remove(Component::Credential, key);
    } else {
        out.put(Component::Credential, key, HeldRecord(held).encode());
    }
}
