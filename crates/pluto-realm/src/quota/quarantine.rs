//! Quarantine by people: an administrator shuts a party out for a time, lets it in again, or gives
//! tokens back. The payload of `RealmQuarantineChange`, and its engine.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::payload::{Role, payload_of};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Component, Did, Event, Kind, Verdict, VoidReason};

use super::{Resource, account_key, account_now};
use crate::hierarchy::{is_extended, lineage};
use crate::rules::active_member;

/// The payload of `RealmQuarantineChange`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuarantineChange {
    /// The party is shut out until that realm time, in Unix milliseconds.
    Quarantine {
        /// Who.
        subject: Did,
        /// Until when.
        until_ms: u64,
    },
    /// The party is let in again, with a clean record.
    Lift {
        /// Who.
        subject: Did,
    },
    /// The party gets tokens back that it spent.
    Refund {
        /// Who.
        subject: Did,
        /// Of what.
        resource: Resource,
        /// How many.
        tokens: u64,
    },
}

impl QuarantineChange {
    /// Whom it is about.
    #[must_use]
    pub const fn subject(&self) -> Did {
        match self {
            Self::Quarantine { subject, .. }
            | Self::Lift { subject }
            | Self::Refund { subject, .. } => *subject,
        }
    }
}

/// Steps on `RealmQuarantineChange`; writes accounts in component `Realm`.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuarantineEngine;

impl Engine for QuarantineEngine {
    fn component(&self) -> Component {
        Component::Realm
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::RealmQuarantineChange]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = payload_of(event).and_then(|change| by_administrator(view, event, change, out));
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn by_administrator(
    view: &dyn StateView,
    event: &Event,
    change: QuarantineChange,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let actor = active_member(view, event.header.author).ok_or(VoidReason::NotMember)?;
    let subject = active_member(view, change.subject()).map(|member| member.role);
    let reaches = actor.role == Role::Owner || subject.is_none_or(|role| role < actor.role);
    if actor.role < Role::Admin || !reaches {
        return Err(VoidReason::NotAllowed);
    }
    apply(view, change, out)
}

/// Carries a change out, whoever decided it.
pub(crate) fn apply(
    view: &dyn StateView,
    change: QuarantineChange,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    // Only a realm with rules of its own looks at accounts at all.
    if !is_extended(view) {
        return Err(VoidReason::NoEffect);
    }
    let (subject, now_ms) = (change.subject(), view.time_ms());
    let mut account = account_now(view, subject);
    match change {
        QuarantineChange::Quarantine { until_ms, .. } if until_ms <= now_ms => {
            return Err(VoidReason::Expired);
        }
        QuarantineChange::Quarantine { until_ms, .. } => account.quarantine(until_ms),
        QuarantineChange::Lift { .. } if !account.is_quarantined(now_ms) => {
            return Err(VoidReason::NotFound);
        }
        QuarantineChange::Lift { .. } => account.quarantine(0),
        QuarantineChange::Refund { resource, tokens, .. } => {
            if !account.refund(&lineage(view).rules, resource, tokens) {
                return Err(VoidReason::NotFound);
            }
        }
    }
    out.put(Component::Realm, account_key(subject), account.encode());
    Ok(())
}

impl Canonical for QuarantineChange {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let tag = match self {
            Self::Quarantine { .. } => 0,
            Self::Lift { .. } => 1,
            Self::Refund { .. } => 2,
        };
        out.push(tag);
        self.subject().encode_into(out);
        match self {
            Self::Quarantine { until_ms, .. } => out.extend_from_slice(&until_ms.to_be_bytes()),
            Self::Lift { .. } => {}
            Self::Refund { resource, tokens, .. } => {
                out.push(*resource as u8);
                out.extend_from_slice(&tokens.to_be_bytes());
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let tag = input.u8()?;
        let subject = Did::decode_from(input)?;
        match tag {
            0 => Ok(Self::Quarantine { subject, until_ms: input.u64()? }),
            1 => Ok(Self::Lift { subject }),
            2 => {
                let resource = Resource::from_number(input.u8()?)?;
                Ok(Self::Refund { subject, resource, tokens: input.u64()? })
            }
            other => Err(CodecError::BadValue { what: "quarantine change", found: other.into() }),
        }
    }
}
