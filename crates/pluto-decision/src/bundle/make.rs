//! Running the rules on one decision, and finding out what they read.

use std::collections::BTreeSet;

use pluto_core::state::{FINALITY_KEY, RULES_KEY};
use pluto_core::traits::{Effects, StateView};
use pluto_core::{Component, Event, Verdict};

use super::state::Overlay;
use crate::record::{DecisionRecord, decision_key};
use crate::rules::RuleSet;

/// An entry of the state by its place.
pub type Place = (Component, Vec<u8>);

/// What the rules make of a decision.
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// What the fold writes down of it; nothing when nobody judged it.
    pub record: Option<DecisionRecord>,
    /// What they read of the state, and what every bundle shows besides: the rules of the realm and
    /// its clock.
    pub reads: BTreeSet<Place>,
}

/// Runs the rules on a decision as the fold does.
#[must_use]
pub fn judge_again(rules: &RuleSet, state: &dyn StateView, event: &Event) -> Judged {
    let mut view = Overlay::new(state);
    let mut effects = Effects::default();
    let mut verdict = rules.policy.decide(&view, event, &mut effects);
    let asked = std::mem::take(&mut effects.asked);
    view.write(std::mem::take(&mut effects.writes));
    let kind = event.header.kind.known();
    let engines = rules
        .engines
        .iter()
        .filter(|engine| kind.is_some_and(|kind| engine.kinds().contains(&kind)));
    for engine in engines {
        if !verdict.is_effective() {
            break;
        }
        verdict = engine.step(&view, event, &mut effects);
    }
    if verdict.is_effective() && !asked.is_empty() {
        view.write(std::mem::take(&mut effects.writes));
        verdict = rules.policy.follow(&view, event, &asked, &mut effects);
    }
    let record = view.written(Component::Execution, &decision_key(&event.id));
    let mut reads = view.into_reads();
    reads.insert((Component::Realm, RULES_KEY.to_vec()));
    reads.insert((Component::Consensus, FINALITY_KEY.to_vec()));
    Judged { verdict, record, reads }
}
