//! Who may read a realm from a node that has it.
//!
//! An open realm is read by whoever knows its id, but for the banned who say who they are. A realm that
//! admits by invitation, or is isolated by its rules, is read by its members alone.

use pluto_core::payload::Admission;
use pluto_core::state::{self, IdentityRecord};
use pluto_core::traits::{PublicKey, StateView};
use pluto_core::{Component, Did};

use crate::hierarchy::lineage;
use crate::rule_set::Isolation;
use crate::rules::{member, rules};

/// One who wants to read, as shown by a signature.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The identity.
    pub did: Did,
    /// The key that signed.
    pub key: &'a PublicKey,
    /// The key of the identity's inception.
    pub first_key: &'a PublicKey,
}

/// Whether `reader` may read the realm; none for one who does not say who they are.
#[must_use]
pub fn may_read(view: &dyn StateView, reader: Option<Reader<'_>>) -> bool {
    let Some(rules) = rules(view) else { return false };
    let record = reader.and_then(|reader| member(view, reader.did));
    let isolated = rules.extended && lineage(view).rules.min_isolation.0 >= Isolation::Members;
    let admission = if isolated { Admission::Invite } else { rules.admission };
    match admission {
        Admission::Open => record.is_none_or(|record| !record.banned),
        Admission::Invite => {
            let is_member = record.is_some_and(|record| !record.banned);
            is_member && reader.is_some_and(|reader| has_active_key(view, reader))
        }
    }
}

/// Whether the key is the one the realm knows; before the first word in the realm, the first one.
fn has_active_key(view: &dyn StateView, reader: Reader<'_>) -> bool {
    let record: Option<IdentityRecord> =
        state::read(view, Component::Identity, &reader.did.to_bytes());
    record.map_or(reader.key == reader.first_key, |record| record.key == *reader.key)
}

#[cfg(test)]
mod tests;
