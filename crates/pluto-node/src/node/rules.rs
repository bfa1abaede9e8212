//! The rules of this build, in the order of the state graph.

use std::sync::Arc;

use pluto_core::traits::PolicyDecider;
use pluto_decision::RuleSet;
use pluto_eclvm::Vm;
use pluto_nervous_system::event_sourcing::Rules;
use pluto_nervous_system::state_graph::dispatch_order;

/// Who decides and which engines step.
#[must_use]
pub fn rules(vm: &Arc<Vm>) -> Rules {
    ordered(pluto_decision::rules(vm))
}

/// The same with another word in the place of the realm's policy of admission.
#[must_use]
pub fn rules_with(vm: &Arc<Vm>, admission: Arc<dyn PolicyDecider>) -> Rules {
    ordered(pluto_decision::rules_with(vm, admission))
}

fn ordered(RuleSet { policy, engines }: RuleSet) -> Rules {
    Rules::new(policy, engines, &dispatch_order())
}
