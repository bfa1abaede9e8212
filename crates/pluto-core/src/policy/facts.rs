//! What a policy may read of the world: one immutable snapshot.

use super::decision::Fault;
use super::value::Value;
use crate::did::Did;
use crate::trust::TrustVector;

/// Something an identity has or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Claim<'a> {
    /// A credential under that schema, issued and not revoked.
    Credential(&'a str),
    /// A capability, granted and not revoked.
    Capability(&'a str),
    /// A role in the realm.
    Role(&'a str),
    /// An inception: the identity is known in the realm.
    Known,
}

/// Reads for one decision. Two calls with one argument give one answer as long as the value lives.
pub trait Facts {
    /// The trust in an identity.
    ///
    /// # Errors
    /// `Fault::UnknownEntity` when it is not known; never a default.
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault>;

    /// Its balance.
    ///
    /// # Errors
    /// `Fault::UnknownEntity` when it is not known, `Fault::NotSupported` without accounts.
    fn balance(&self, who: &Did) -> Result<i64, Fault>;

    /// Whether a claim holds.
    ///
    /// # Errors
    /// `Fault::NotSupported` for a claim the host cannot judge.
    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault>;

    /// A record of a store, its fields in the order of the store's schema of that version.
    ///
    /// # Errors
    /// `Fault::NotSupported` without such a store.
    fn record(&self, store: &str, version: u16, key: &str) -> Result<Option<Vec<Value>>, Fault>;

    /// Realm time in Unix milliseconds.
    fn now_ms(&self) -> i64;
}
