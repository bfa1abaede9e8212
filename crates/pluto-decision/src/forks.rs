//! Forks: an author who signed two events for one place is frozen until somebody lifts it.
//!
//! A proof (kind 69) is judged by its bytes and by the state at its own place in the canonical order:
//!
//! 1. Both headers are of this realm and come directly after the same event of their author: there
//!    the branches part, and behind it the same fork would be proven again.
//! 2. The key that signed both is the author's active one where the proof stands. A key that was
//!    rotated away proves nothing any more, so a stolen old key cannot frame its owner.
//! 3. The proof comes after both events, so a freeze never reaches back before the fork.
//! 4. The signatures hold.
//!
//! Then the place counts as proven, once; trust falls; the author is frozen: what it writes later is in
//! the set and has no effect, but for a change of its key. The way back is an administrator's word
//! (kind 74), or a recovery by the author's guardians.

mod record;

use pluto_core::event::HEADER_BYTES_MAX;
use pluto_core::limits::RUN_PATH_MAX;
use pluto_core::payload::{Role, payload_of};
use pluto_core::run::SIGNATURE_BYTES;
use pluto_core::state::{IdentityRecord, read};
use pluto_core::traits::{Effects, Engine, PublicKey, StateView};
use pluto_core::{Canonical, Component, Did, Event, EventId, Kind, Verdict, VoidReason};
use pluto_engines::trust;
use pluto_identity::{Authority, KeyRotated, Zip215Verifier};
use pluto_realm::active_member;

pub use pluto_p2p::equivocation::Equivocation;
pub use record::{FreezeLifted, FreezeRecord, ProvenRecord, freeze_key, proven_key};

/// Longer than any proof: two headers, each with a signature, a path and six bytes, and a version.
pub const EQUIVOCATION_BYTES_MAX: usize =
    1 + 2 * (HEADER_BYTES_MAX + SIGNATURE_BYTES + 32 * RUN_PATH_MAX + 6);

/// The freeze of `did`, if it is frozen.
#[must_use]
pub fn frozen(view: &dyn StateView, did: Did) -> Option<FreezeRecord> {
    read(view, Component::Event, &freeze_key(did))
}

/// Keeps proven forks and freezes in component `Event`, and marks frozen authors in `Identity`, where
/// every event of theirs is looked up anyway; a proof also lowers trust.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForkEngine;

impl Engine for ForkEngine {
    fn component(&self) -> Component {
        Component::Event
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::EquivocationProven, Kind::FreezeLifted, Kind::KeyRotated]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            Some(Kind::EquivocationProven) => freeze(view, event, out),
            Some(Kind::FreezeLifted) => lift(view, event, out),
            Some(Kind::KeyRotated) => recover(view, event, out),
            _ => Err(VoidReason::NoEffect),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

/// Whether a proof has effect in the realm of `view`, as an event of Lamport time `lamport`; gives the
/// entry of its author.
///
/// # Errors
/// The reason for which it would be void.
pub fn judge(
    view: &dyn StateView,
    proof: &Equivocation,
    lamport: u64,
) -> Result<IdentityRecord, VoidReason> {
    proof.check_shape().map_err(|_| VoidReason::MalformedPayload)?;
    let [first, second] = [&proof.first.header, &proof.second.header];
    if first.prev != second.prev || first.realm_of(first.id()) != view.realm() {
        return Err(VoidReason::InvalidProof);
    }
    let (author, seq) = (proof.author(), proof.seq());
    let identity = known(view, author)?;
    if view.get(Component::Event, &proven_key(author, seq)).is_some() {
        return Err(VoidReason::AlreadyExists);
    }
    if lamport <= first.lamport.max(second.lamport) {
        return Err(VoidReason::NotMonotone);
    }
    let key = active_key(&identity, proof).ok_or(VoidReason::KeyInactive)?;
    proof.verify(key, &Zip215Verifier).map_err(|_| VoidReason::InvalidProof)?;
    Ok(identity)
}

/// The active key of the author, if it is the one that both headers name. First events name none: they
/// carry the first key, which is active as long as the inception that took effect is one of them.
fn active_key(identity: &IdentityRecord, proof: &Equivocation) -> Option<PublicKey> {
    let named = match proof.first.header.key_ref {
        EventId::ZERO => proof.ids().contains(&identity.key_event),
        key_event => key_event == identity.key_event,
    };
    named.then_some(identity.key)
}

fn freeze(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let proof: Equivocation = payload_of(event)?;
    let identity = judge(view, &proof, event.header.lamport)?;
    let (author, seq) = (proof.author(), proof.seq());
    let [first, second] = proof.ids();
    let proven = ProvenRecord { event: event.id, first, second };
    out.put(Component::Event, proven_key(author, seq), proven.encode());
    let frozen = FreezeRecord { event: event.id, seq };
    out.put(Component::Event, freeze_key(author), frozen.encode());
    mark(author, identity, true, out);
    trust::misconduct(view, author, event.id, out);
    Ok(())
}

fn lift(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let FreezeLifted { subject, proof } = payload_of(event)?;
    let role = active_member(view, event.header.author).ok_or(VoidReason::NotMember)?.role;
    if role < Role::Admin {
        return Err(VoidReason::NotAllowed);
    }
    // Whoever lifts names the newest proof it knows of: a newer one is not lifted unseen.
    match frozen(view, subject) {
        Some(freeze) if freeze.event == proof => {
            let identity = known(view, subject)?;
            out.remove(Component::Event, freeze_key(subject));
            mark(subject, identity, false, out);
            Ok(())
        }
        _ => Err(VoidReason::NotFound),
    }
}

fn mark(did: Did, identity: IdentityRecord, frozen: bool, out: &mut Effects) {
    let record = IdentityRecord { frozen, ..identity };
    out.put(Component::Identity, did.to_bytes().to_vec(), record.encode());
}

fn known(view: &dyn StateView, did: Did) -> Result<IdentityRecord, VoidReason> {
    read(view, Component::Identity, &did.to_bytes()).ok_or(VoidReason::UnknownSubject)
}

/// Guardians say that the key was with somebody else: the engine of keys takes the mark away.
fn recover(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let key = freeze_key(event.header.author);
    let is_recovery = |change: KeyRotated| matches!(change.authority, Authority::Recovery { .. });
    if view.get(Component::Event, &key).is_some() && is_recovery(payload_of(event)?) {
        out.remove(Component::Event, key);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
