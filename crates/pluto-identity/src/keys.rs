//! Which key an author signs with: what admission asks, and the first word of the fold.
//!
//! Admission ([`KeyChain`]) proves from bytes and named events that a change of key may stand in its
//! author's chain. Whether it has effect is decided in the fold by [`KeyEngine`]; from there on
//! [`ActiveKey`] lets only the active key act. So of two branches of one author that which is signed
//! with the later key goes on having effect, and a stolen old key can do nothing at any place behind
//! the rotation. It also holds back what a frozen author writes.

mod engine;
mod record;

use std::collections::BTreeSet;

use pluto_core::payload::{inception, inception_of, payload_of};
use pluto_core::state::{self, IdentityRecord};
use pluto_core::traits::{
    Effects, KeyRules, PolicyDecider, PublicKey, SignatureVerifier, StateView,
};
use pluto_core::{Component, Digest, Event, EventId, Kind, Verdict, VoidReason};

use crate::rotation::{Authority, KeyRotated, RecoveryInitiated};
use crate::secret::next_key_digest;
use crate::verifier::Zip215Verifier;

pub use engine::KeyEngine;
pub use record::{KeyChangeRecord, StatementRecord, guardians_key, key_change_key, statement_key};

/// The rules of keys for admission.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyChain;

impl KeyRules for KeyChain {
    fn own_key(&self, event: &Event) -> Option<PublicKey> {
        let key = match event.header.kind.known()? {
            Kind::IdentityBootstrapped | Kind::RealmGenesis => inception_of(event)?.key,
            Kind::KeyRotated => match payload_of::<KeyRotated>(event).ok()? {
                KeyRotated { key, authority: Authority::Recovery { .. }, .. } => key,
                KeyRotated { .. } => return None,
            },
            _ => return None,
        };
        Zip215Verifier.accepts_key(&key).then_some(key)
    }

    fn key_of(&self, event: &Event) -> Option<PublicKey> {
        match event.header.kind.known()? {
            Kind::KeyRotated => payload_of::<KeyRotated>(event).ok().map(|change| change.key),
            _ => self.own_key(event),
        }
    }

    fn named(&self, event: &Event) -> Vec<EventId> {
        match payload_of::<KeyRotated>(event).map(|change| change.authority) {
            Ok(Authority::Recovery { statements, .. }) => statements,
            _ => vec![event.header.key_ref],
        }
    }

    fn check(&self, event: &Event, named: &[Event]) -> Result<(), &'static str> {
        let change: KeyRotated =
            payload_of(event).map_err(|_| "it is no rotation of this build")?;
        if !Zip215Verifier.accepts_key(&change.key) {
            return Err("the new key is not canonical or of small order");
        }
        match &change.authority {
            Authority::Rotation(_) => check_rotation(event, &change, named),
            Authority::Recovery { .. } => check_recovery(event, &change, named),
        }
    }
}

fn check_rotation(event: &Event, change: &KeyRotated, named: &[Event]) -> Result<(), &'static str> {
    let before = named.first().and_then(commitment);
    if before != Some(next_key_digest(&change.key)) {
        return Err("the key before it did not commit to the new key");
    }
    match change.is_proven(&event.header, &Zip215Verifier) {
        true => Ok(()),
        false => Err("the new key has not signed this rotation"),
    }
}

/// The digest of the next key that an identity event commits to.
fn commitment(event: &Event) -> Option<Digest> {
    match event.header.kind.known()? {
        Kind::KeyRotated => payload_of::<KeyRotated>(event).ok()?.next_key_digest,
        _ => inception(event).ok()?.next_key_digest,
    }
}

fn check_recovery(event: &Event, change: &KeyRotated, named: &[Event]) -> Result<(), &'static str> {
    let Authority::Recovery { inception, .. } = &change.authority else {
        return Err("it is no recovery");
    };
    if inception.did() != event.header.author {
        return Err("the inception is not the author's");
    }
    let recovery = inception.recovery.as_ref().ok_or("the identity has no guardians")?;
    let mut agreed = BTreeSet::new();
    for statement in named {
        let author = statement.header.author;
        if statement.header.kind.known() != Some(Kind::RecoveryInitiated)
            || !recovery.guardians.contains(&author)
        {
            return Err("it names what is no guardian's statement");
        }
        let said: RecoveryInitiated =
            payload_of(statement).map_err(|_| "a statement is malformed")?;
        let same = said.subject == event.header.author
            && said.key == change.key
            && said.next_key_digest == change.next_key_digest;
        if !same {
            return Err("a statement is about another key");
        }
        agreed.insert(author);
    }
    match agreed.len() >= usize::from(recovery.threshold) {
        true => Ok(()),
        false => Err("too few guardians agree"),
    }
}

/// Lets an event have effect only if it was signed with the key that is active at its place, and if its
/// author is not frozen; one read of the state. A frozen author can still turn to a key that no thief
/// has. Authors who are not known yet are left to the rules of membership.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActiveKey;

impl PolicyDecider for ActiveKey {
    fn decide(&self, view: &dyn StateView, event: &Event, _: &mut Effects) -> Verdict {
        let header = &event.header;
        if header.author_seq == 0 {
            return Verdict::Effective;
        }
        let key = header.author.to_bytes();
        match state::read::<IdentityRecord>(view, Component::Identity, &key) {
            Some(record) if record.key_event != header.key_ref => {
                Verdict::Void(VoidReason::KeyInactive)
            }
            Some(record) if record.frozen && header.kind.known() != Some(Kind::KeyRotated) => {
                Verdict::Void(VoidReason::AuthorFrozen)
            }
            _ => Verdict::Effective,
        }
    }
}

#[cfg(test)]
mod tests;
