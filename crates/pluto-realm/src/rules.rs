//! Who may write into a realm at all: the first word on every event, before any engine.
//!
//! Two kinds need no membership: the genesis, which makes the first member, and an author's
//! inception, which must be in the realm before anybody can name its key. A few more need only that:
//! an identity that is known and not banned may speak about keys, hand on a grant it holds, act under
//! it, approve what it was named for, and cross from another realm; the engines of these kinds decide whether it may. Everything
//! else needs a member who is not banned.

use pluto_core::state::{self, MemberRecord, RULES_KEY, RulesRecord};
use pluto_core::traits::{Effects, PolicyDecider, StateView};
use pluto_core::{Component, Did, Event, Kind, Verdict, VoidReason};

/// Lets members write, and strangers introduce themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealmRules;

impl PolicyDecider for RealmRules {
    fn decide(&self, view: &dyn StateView, event: &Event, _: &mut Effects) -> Verdict {
        let header = &event.header;
        let passes = match header.kind.known() {
            Some(Kind::RealmGenesis) => true,
            Some(Kind::IdentityBootstrapped) if header.author_seq == 0 => rules(view).is_some(),
            Some(kind) if needs_only_identity(kind) => is_known(view, header.author),
            _ => active_member(view, header.author).is_some(),
        };
        if passes { Verdict::Effective } else { Verdict::Void(VoidReason::NotMember) }
    }
}

/// Kinds whose engines ask for a key, a grant, or for having been named, instead of a membership.
const fn needs_only_identity(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::KeyRotated
            | Kind::RecoveryInitiated
            | Kind::DelegationCreated
            | Kind::DelegationRevoked
            | Kind::ExecutionCompleted
            | Kind::ActionDecided
            | Kind::ApprovalGiven
            | Kind::CrossingEvaluated
    )
}

/// Whether `did` has introduced itself to the realm and is not banned.
fn is_known(view: &dyn StateView, did: Did) -> bool {
    view.get(Component::Identity, &did.to_bytes()).is_some()
        && member(view, did).is_none_or(|record| !record.banned)
}

/// The membership of `did`, unless there is none or it is banned.
#[must_use]
pub fn active_member(view: &dyn StateView, did: Did) -> Option<MemberRecord> {
    member(view, did).filter(|record| !record.banned)
}

pub(crate) fn member(view: &dyn StateView, did: Did) -> Option<MemberRecord> {
    state::read(view, Component::Realm, &state::member_key(did))
}

pub(crate) fn rules(view: &dyn StateView) -> Option<RulesRecord> {
    state::read(view, Component::Realm, RULES_KEY)
}

#[cfg(test)]
mod tests;
