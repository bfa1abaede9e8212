//! Running the rules on one event, and finding out what they read.

use std::collections::BTreeSet;

use pluto_core::state::{FINALITY_KEY, RULES_KEY};
use pluto_core::traits::{Effects, StateView};
use pluto_core::{Component, Event, Verdict};

use super::state::Overlay;
use crate::rules::RuleSet;

/// An entry of the state by its place.
pub type Place = (Component, Vec<u8>);

/// Runs the rules on `event` as the fold does; gives its verdict, what lies over `state` afterwards
/// being read through `after`.
pub fn run_rules<T>(
    rules: &RuleSet,
    state: &dyn StateView,
    event: &Event,
    after: impl FnOnce(&dyn StateView) -> T,
) -> (Verdict, T, BTreeSet<Place>) {
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
    let seen = after(&view);
    (verdict, seen, view.into_reads())
}

/// What the rules read of the state to judge `event`, and what every bundle shows besides: the rules
/// of the realm and its clock.
#[must_use]
pub fn judged_reads(rules: &RuleSet, state: &dyn StateView, event: &Event) -> BTreeSet<Place> {
    let (_, (), mut reads) = run_rules(rules, state, event, |_| ());
    reads.insert((Component::Realm, RULES_KEY.to_vec()));
    reads.insert((Component::Consensus, FINALITY_KEY.to_vec()));
    reads
}
