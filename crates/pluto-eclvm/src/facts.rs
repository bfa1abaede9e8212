//! What a policy may read inside the fold: the state before the event, and nothing else.

use pluto_core::payload::Role;
use pluto_core::policy::{Claim, Facts, Fault, Value};
use pluto_core::state::{self, IdentityRecord, MemberRecord, member_key};
use pluto_core::traits::StateView;
use pluto_core::trust::TrustVector;
use pluto_core::{Component, Did};

use crate::accounts::Accounts;
use crate::program::Program;
use crate::stores::Place;

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
    /// The slot whose stores can be read, and the code that brings old records to the present.
    stores: Option<(&'a str, &'a Program)>,
}

impl<'a> StateFacts<'a> {
    /// The facts of `view`.
    #[must_use]
    pub const fn new(view: &'a dyn StateView, readers: Readers) -> Self {
        Self { view, readers, stores: None }
    }

    /// The same, with the stores of the bundle in `slot`, which is `program`.
    #[must_use]
    pub const fn with_stores(mut self, slot: &'a str, program: &'a Program) -> Self {
        self.stores = Some((slot, program));
        self
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

    /// The record as the present version has it: any age reads, or is a fault.
    fn record(&self, store: &str, version: u16, key: &str) -> Result<Option<Vec<Value>>, Fault> {
        let (slot, program) = self.stores.ok_or(Fault::NotSupported)?;
        let place = Place { slot, store };
        let state = place.state(self.view).ok_or(Fault::NotSupported)?;
        // A bundle that is only proposed may be ahead of the realm; what it would read is the same.
        if version < state.version {
            return Err(Fault::NotSupported);
        }
        let Some(entry) = place.stored(self.view, key) else { return Ok(None) };
        place.fields(self.view, program.code(), &entry).map(Some)
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.view.time_ms()).unwrap_or(i64::MAX)
    }
}
