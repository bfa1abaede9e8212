//! Facts for action policies: those of the state, and what the presented grants carry.

use pluto_core::Did;
use pluto_core::policy::{Claim, Facts, Fault, Value};
use pluto_core::trust::TrustVector;
use pluto_eclvm::StateFacts;
use pluto_identity::grant::Chain;

/// The facts of a state for one who acts under a chain of grants.
pub(crate) struct ActionFacts<'a> {
    pub(crate) state: &'a StateFacts<'a>,
    pub(crate) actor: Did,
    pub(crate) chain: Option<&'a Chain>,
}

impl Facts for ActionFacts<'_> {
    fn trust(&self, who: &Did) -> Result<TrustVector, Fault> {
        self.state.trust(who)
    }

    fn balance(&self, who: &Did) -> Result<i64, Fault> {
        self.state.balance(who)
    }

    /// A capability is an action that the presented grants carry: it can be asked of the actor only.
    fn holds(&self, who: &Did, claim: Claim<'_>) -> Result<bool, Fault> {
        match claim {
            Claim::Capability(action) if *who == self.actor => {
                Ok(self.chain.is_some_and(|chain| chain.carries(action)))
            }
            claim => self.state.holds(who, claim),
        }
    }

    fn record(&self, store: &str, version: u16, key: &str) -> Result<Option<Vec<Value>>, Fault> {
        self.state.record(store, version, key)
    }

    fn now_ms(&self) -> i64 {
        self.state.now_ms()
    }
}
