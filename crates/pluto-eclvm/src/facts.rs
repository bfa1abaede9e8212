//! What a policy may read inside the fold: the state before the event, and nothing else.

use pluto_core::payload::Role;
use pluto_core::policy::{Claim, Facts, Fault, Value};
use pluto_core::state::{self, IdentityRecord, MemberRecord, member_key};
use pluto_core::traits::StateView;
use pluto_core::trust::TrustVector;
use pluto_core::{Component, Did};

use crate::accounts::Accounts;

/// How trust is read from a state: the engine that keeps it says.
pub type TrustReader = fn(&dyn StateView, Did) -> TrustVector;
/// Whether an identity holds the credential or capability of that name.
pub type ClaimReader = fn(&dyn StateView, &Did, &str) -> bool;

/// How facts that other engines keep are read from a state: the composition root names them.
#[derive(Clone, Copy)]
pub struct Readers {
    /// The trust in an identity.
    pub trust: TrustReader,
    /// Whether a credential was issued and not revoked; without a reader the fault `not_supported`.
    pub credential: Option<ClaimReader>,
    /// Whether a capability was granted and not revoked; without a reader the same.
    pub capability: Option<ClaimReader>,
}

impl Readers {
    /// Readers of trust alone.
    #[must_use]
    pub const fn of_trust(trust: TrustReader) -> Self {
        Self { trust, credential: None, capability: None }
    }
}

/// Facts of one version of a realm's state.
pub struct StateFacts<'a> {
    view: &'a dyn StateView,
    readers: Readers,
}

impl<'a> StateFacts<'a> {
    /// The facts of `view`.
    #[must_use]
    pub const fn new(view: &'a dyn StateView, readers: Readers) -> Self {
        Self { view, readers }
    }

    fn is_known(&self, who: &Did) -> bool {
        let record: Option<IdentityRecord> =
            state::read(self.view, Component::Identity, &who.to_bytes());
        record.is_some()
    }

    fn claim(&self, reader: Option<ClaimReader>, who: &Did, name: &str) -> Result<bool, Fault> {
        reader.map(|holds| holds(self.view, who, name)).ok_or(Fault::NotSupported)
    }

    fn role(&self, who: &Did) -> Option<Role> {
        let member: MemberRecord = state::read(self.view, Component::Realm, &member_key(*who))?;
        (!member.banned).then_some(member.role)
    }
}

impl Facts for StateFacts<'_> {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        if self.is_known(who) {
            Ok((self.readers.trust)(self.view, *who))
        } else {
            Err(Fault::UnknownEntity)
        }
    }

    /// The whole mana that is left in the identity's account.
    fn balance(&self, who: &Did) -> Result<i64, Fault> {
        let accounts = Accounts::read(self.view, *who, &self.trust(who)?);
        Ok(i64::try_from(accounts.mana()).unwrap_or(i64::MAX))
    }

    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        match claim {
            Claim::Known => Ok(self.is_known(who)),
            Claim::Role(name) => Ok(self.role(who).is_some_and(|role| role.as_str() == name)),
            Claim::Credential(name) => self.claim(self.readers.credential, who, name),
            Claim::Capability(name) => self.claim(self.readers.capability, who, name),
        }
    }

    fn record(&self, _: &str, _: u16, _: &str) -> Result<Option<Vec<Value>>, Fault> {
        Err(Fault::NotSupported)
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.view.time_ms()).unwrap_or(i64::MAX)
    }
}
