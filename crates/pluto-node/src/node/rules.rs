//! The rules of this build: who decides, which engines step, in which order.

use std::sync::Arc;

use pluto_core::traits::{Asked, Effects, Engine, PolicyDecider, StateView};
use pluto_core::{Event, Verdict};
use pluto_eclvm::{AdmissionPolicies, InstallEngine, Readers, StoreEngine, Vm};
use pluto_engines::{FinalityEngine, TrustEngine, trust};
use pluto_identity::IdentityEngine;
use pluto_nervous_system::event_sourcing::Rules;
use pluto_nervous_system::state_graph::dispatch_order;
use pluto_realm::{RealmEngine, RealmRules, RecordEngine};

/// How policies read facts that engines of this build keep.
pub const READERS: Readers = Readers::of_trust(trust::vector);

/// The policy and engines of this build, in the order of the state graph.
#[must_use]
pub fn rules(vm: &Arc<Vm>) -> Rules {
    let policies = AdmissionPolicies::new(Arc::clone(vm), READERS);
    rules_with(vm, Arc::new(Deciders { members: RealmRules, policies }))
}

/// The same engines under another policy.
#[must_use]
pub fn rules_with(vm: &Arc<Vm>, policy: Arc<dyn PolicyDecider>) -> Rules {
    let engines: Vec<Arc<dyn Engine>> = vec![
        Arc::new(IdentityEngine),
        Arc::new(RealmEngine),
        Arc::new(StoreEngine::new(Arc::new(RecordEngine))),
        Arc::new(TrustEngine),
        Arc::new(FinalityEngine),
        Arc::new(InstallEngine::new(Arc::clone(vm))),
    ];
    Rules::new(policy, engines, &dispatch_order())
}

/// Membership has the first word, then the realm's own policy.
struct Deciders {
    members: RealmRules,
    policies: AdmissionPolicies,
}

impl PolicyDecider for Deciders {
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        match self.members.decide(view, event, out) {
            Verdict::Effective => self.policies.decide(view, event, out),
            void => void,
        }
    }

    fn follow(
        &self,
        view: &dyn StateView,
        event: &Event,
        asked: &[Asked],
        out: &mut Effects,
    ) -> Verdict {
        self.policies.follow(view, event, asked, out)
    }
}
