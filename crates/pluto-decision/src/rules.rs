//! The rules of this build: who decides an event, which engines step. A node folds by them, a verifier
//! runs them again: there is one list.

use std::sync::Arc;

use pluto_core::traits::{Effects, Engine, PolicyDecider, StateView};
use pluto_core::{Event, Verdict};
use pluto_eclvm::{AdmissionPolicies, InstallEngine, Readers, Vm};
use pluto_engines::{FinalityEngine, TrustEngine, trust};
use pluto_identity::grant::GrantEngine;
use pluto_identity::{ActiveKeys, CredentialEngine, IdentityEngine, credential};
use pluto_realm::{RealmEngine, RealmRules, RecordEngine};

use crate::decisions::{DecisionEngine, Decisions};
use crate::judge::Judge;

/// Who decides and which engines step, in no particular order.
pub struct RuleSet {
    /// The first word on every event.
    pub policy: Arc<dyn PolicyDecider>,
    /// The engines.
    pub engines: Vec<Arc<dyn Engine>>,
}

/// How policies of this build read facts from the state.
#[must_use]
pub const fn readers() -> Readers {
    Readers { trust: trust::vector, credential: Some(credential::holds), capability: None }
}

/// The rules of this build, with policies run by `vm`.
#[must_use]
pub fn rules(vm: &Arc<Vm>) -> RuleSet {
    let deciders = Deciders {
        keys: ActiveKeys,
        members: RealmRules,
        decisions: Decisions::new(Arc::new(Judge::new(Arc::clone(vm), readers()))),
        admission: AdmissionPolicies::new(Arc::clone(vm), readers()),
    };
    RuleSet { policy: Arc::new(deciders), engines: engines(vm) }
}

/// The engines of this build.
#[must_use]
pub fn engines(vm: &Arc<Vm>) -> Vec<Arc<dyn Engine>> {
    vec![
        Arc::new(IdentityEngine),
        Arc::new(CredentialEngine),
        Arc::new(GrantEngine),
        Arc::new(RealmEngine),
        Arc::new(RecordEngine),
        Arc::new(TrustEngine),
        Arc::new(FinalityEngine),
        Arc::new(DecisionEngine),
        Arc::new(InstallEngine::new(Arc::clone(vm))),
    ]
}

/// The key has the first word, then membership, then the judge of actions, then the realm's own
/// policy of admission.
struct Deciders {
    keys: ActiveKeys,
    members: RealmRules,
    decisions: Decisions,
    admission: AdmissionPolicies,
}

impl PolicyDecider for Deciders {
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let words: [&dyn PolicyDecider; 4] =
            [&self.keys, &self.members, &self.decisions, &self.admission];
        let void = words.into_iter().map(|word| word.decide(view, event, out));
        void.into_iter().find(|verdict| !verdict.is_effective()).unwrap_or(Verdict::Effective)
    }
}
