//! What a policy may read inside the fold: the state before the event, and nothing else.

use pluto_core::payload::Role;
use pluto_core::policy::{Claim, Facts, Fault, Value};
use pluto_core::state::{self, IdentityRecord, MemberRecord, member_key};
use pluto_core::traits::StateView;
use pluto_core::trust::TrustVector;
use pluto_core::{Component, Did};

/// How trust is read from a state: the engine that keeps it says.
pub type TrustReader = fn(&dyn StateView, Did) -> TrustVector;

/// Facts of one version of a realm's state.
pub struct StateFacts<'a> {
    view: &'a dyn StateView,
    trust: TrustReader,
}

impl<'a> StateFacts<'a> {
    /// The facts of `view`.
    #[must_use]
    pub const fn new(view: &'a dyn StateView, trust: TrustReader) -> Self {
        Self { view, trust }
    }

    fn is_known(&self, who: &Did) -> bool {
        let record: Option<IdentityRecord> =
            state::read(self.view, Component::Identity, &who.to_bytes());
        record.is_some()
    }

    fn role(&self, who: &Did) -> Option<Role> {
        let member: MemberRecord = state::read(self.view, Component::Realm, &member_key(*who))?;
        (!member.banned).then_some(member.role)
    }
}

impl Facts for StateFacts<'_> {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        if self.is_known(who) {
            Ok((self.trust)(self.view, *who))
        } else {
            Err(Fault::UnknownEntity)
        }
    }

    fn balance(&self, _: &Did) -> Result<i64, Fault> {
        Err(Fault::NotSupported)
    }

    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        match claim {
            Claim::Known => Ok(self.is_known(who)),
            Claim::Role(name) => Ok(self.role(who).is_some_and(|role| role.as_str() == name)),
            Claim::Credential(_) | Claim::Capability(_) => Err(Fault::NotSupported),
        }
    }

    fn record(&self, _: &str, _: u16, _: &str) -> Result<Option<Vec<Value>>, Fault> {
        Err(Fault::NotSupported)
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.view.time_ms()).unwrap_or(i64::MAX)
    }
}
