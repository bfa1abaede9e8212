//! The rules of this build: who decides an event, which engines step. A node folds by them, a verifier
//! runs them again: there is one list.

use std::sync::Arc;

use pluto_core::traits::{Asked, Effects, Engine, PolicyDecider, StateView};
use pluto_core::{Event, Verdict};
use pluto_eclvm::{AdmissionPolicies, InstallEngine, Readers, StoreEngine, Vm};
use pluto_engines::{FinalityEngine, TrustEngine, trust};
use pluto_identity::credential::{self, CredentialEngine};
use pluto_identity::grant::GrantEngine;
use pluto_identity::{ActiveKey, IdentityEngine, KeyEngine};
use pluto_realm::archive::ArchiveEngine;
use pluto_realm::blueprint::BlueprintEngine;
use pluto_realm::final_state::FinalState;
use pluto_realm::gateway::GatewayEngine;
use pluto_realm::governance::GovernanceEngine;
use pluto_realm::hierarchy::HierarchyEngine;
use pluto_realm::quota::{self, Limits, QuarantineEngine};
use pluto_realm::room::{RoomEngine, Rooms};
use pluto_realm::saga::SagaEngine;
use pluto_realm::standing::Standing;
use pluto_realm::{RealmEngine, RealmRules, RecordEngine};

use crate::decisions::{DecisionEngine, Decisions};
use crate::forks::ForkEngine;
use crate::judge::Judge;
use crate::realm_proof::RealmProofs;
use crate::spent::Spent;

/// Who decides and which engines step, in no particular order.
pub struct RuleSet {
    /// The first word on every event.
    pub policy: Arc<dyn PolicyDecider>,
    /// The engines.
    pub engines: Vec<Arc<dyn Engine>>,
}

/// How policies of this build read facts from the state. A capability is an action that a presented
/// grant carries: only the judge of actions knows of one.
pub const READERS: Readers =
    Readers { trust: trust::vector, credential: Some(credential::holds), capability: None };

/// How the rules of realms read what other engines know.
pub const STANDING: Standing = Standing { trust: trust::vector, holds: credential::holds };

/// The rules of this build, with policies run by `vm`.
#[must_use]
pub fn rules(vm: &Arc<Vm>) -> RuleSet {
    rules_with(vm, Arc::new(AdmissionPolicies::new(Arc::clone(vm), READERS)))
}

/// The same rules with another word in the place of the realm's policy of admission.
#[must_use]
pub fn rules_with(vm: &Arc<Vm>, admission: Arc<dyn PolicyDecider>) -> RuleSet {
    let judge = Arc::new(Judge::new(Arc::clone(vm), READERS));
    let decisions = Decisions::new(judge);
    let rooms = Rooms::new(STANDING);
    let deciders = Deciders {
        keys: ActiveKey,
        members: RealmRules,
        limits: Limits,
        rooms,
        decisions,
        admission,
    };
    RuleSet { policy: Arc::new(deciders), engines: engines(vm) }
}

fn engines(vm: &Arc<Vm>) -> Vec<Arc<dyn Engine>> {
    let proofs: Arc<dyn FinalState> = Arc::new(RealmProofs);
    vec![
        Arc::new(IdentityEngine),
        Arc::new(KeyEngine),
        Arc::new(CredentialEngine),
        Arc::new(GrantEngine),
        Arc::new(RealmEngine),
        Arc::new(HierarchyEngine::new(Arc::clone(&proofs))),
        Arc::new(QuarantineEngine),
        Arc::new(RoomEngine),
        Arc::new(ArchiveEngine),
        Arc::new(BlueprintEngine::new(STANDING)),
        Arc::new(SagaEngine::new(STANDING)),
        Arc::new(GovernanceEngine::new(STANDING)),
        Arc::new(GatewayEngine::new(proofs, STANDING)),
        Arc::new(StoreEngine::new(Arc::new(RecordEngine))),
        Arc::new(TrustEngine),
        Arc::new(FinalityEngine),
        Arc::new(DecisionEngine),
        Arc::new(ForkEngine),
        Arc::new(InstallEngine::new(Arc::clone(vm))),
    ]
}

/// The key has the first word, then membership, then the rules and quotas of the realm and of its rooms,
/// then the judge of actions, then the realm's own policy of admission. What the last two charged is
/// settled with the quota.
struct Deciders {
    keys: ActiveKey,
    members: RealmRules,
    limits: Limits,
    rooms: Rooms,
    decisions: Decisions,
    admission: Arc<dyn PolicyDecider>,
}

impl PolicyDecider for Deciders {
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let words: [&dyn PolicyDecider; 6] = [
            &self.keys,
            &self.members,
            &self.limits,
            &self.rooms,
            &self.decisions,
            &*self.admission,
        ];
        let mut said = words.into_iter().map(|word| word.decide(view, event, out));
        let verdict = said.find(|verdict| !verdict.is_effective()).unwrap_or(Verdict::Effective);
        let who = event.header.author;
        if quota::is_charged(who, out) {
            let Spent { gas, mana } = Spent::of(view, who, out);
            quota::settle(view, who, gas, mana, out);
        }
        verdict
    }

    fn follow(
        &self,
        view: &dyn StateView,
        event: &Event,
        asked: &[Asked],
        out: &mut Effects,
    ) -> Verdict {
        self.admission.follow(view, event, asked, out)
    }
}
