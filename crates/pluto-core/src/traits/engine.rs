//! Engines: pure steps from a state and an event to proposed effects.

use std::sync::Arc;

use crate::component::Component;
use crate::did::Did;
use crate::ids::RealmId;
use crate::kind::Kind;
use crate::policy::Effect;
use crate::run::Event;
use crate::verdict::Verdict;

/// A realm's state as a step sees it: everything before the event, and what earlier engines wrote
/// for the same event.
pub trait StateView {
    /// The realm.
    fn realm(&self) -> RealmId;

    /// The value of a state entry.
    fn get(&self, component: Component, key: &[u8]) -> Option<Arc<[u8]>>;

    /// Realm time in Unix milliseconds: the time of the last checkpoint signed, 0 before the first.
    fn time_ms(&self) -> u64;
}

/// One change to a state entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The component.
    pub component: Component,
    /// The key, at most 512 bytes.
    pub key: Vec<u8>,
    /// The new value; `None` removes the entry.
    pub value: Option<Arc<[u8]>>,
}

/// Something the fold found out, told to observers and not part of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// A kind of class `Journal`.
    pub kind: Kind,
    /// What is said, in one line.
    pub text: String,
}

/// What a policy that allowed an event asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The slot of the policy.
    pub slot: String,
    /// What is to be done: all of it, or none.
    pub effects: Vec<Effect>,
}

/// What a step proposes.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Changes, in order.
    pub writes: Vec<Write>,
    /// Facts, in order.
    pub facts: Vec<Fact>,
    /// What policies ask for, if the event has effect: only a decider has use for it.
    pub asked: Vec<Asked>,
}

impl Effects {
    /// Proposes to set an entry.
    pub fn put(&mut self, component: Component, key: Vec<u8>, value: impl Into<Arc<[u8]>>) {
        self.writes.push(Write { component, key, value: Some(value.into()) });
    }

    /// Proposes to remove an entry.
    pub fn remove(&mut self, component: Component, key: Vec<u8>) {
        self.writes.push(Write { component, key, value: None });
    }
}

/// A pure engine: same view and event, same verdict and effects, on every machine.
pub trait Engine: Send + Sync {
    /// The component whose entries it writes; also its place in the order of engines.
    fn component(&self) -> Component;

    /// The kinds it steps on.
    fn kinds(&self) -> &'static [Kind];

    /// Judges the event and proposes effects. When it answers void, nothing of the event is kept.
    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict;

    /// The rule of final checkpoints, if it is the engine that has it.
    fn finality(&self) -> Option<&dyn Finality> {
        None
    }
}

/// When a checkpoint that names what it extends is final, and what changes at the border it makes.
pub trait Finality: Send + Sync {
    /// Whose cosignatures make final what extends this state, and how many of them; `None` before a
    /// genesis has effect.
    fn quorum(&self, view: &dyn StateView) -> Option<(Vec<Did>, usize)>;

    /// What changes when everything that the proposal `event` covers has been folded.
    fn close(&self, view: &dyn StateView, event: &Event, out: &mut Effects);
}

/// Decides on an event before any engine sees it.
pub trait PolicyDecider: Send + Sync {
    /// `Effective` lets the engines go on; void ends the matter. What it proposes is kept either way:
    /// how it judged, and what judging cost.
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict;

    /// Carries out what `decide` left in [`Effects::asked`], on the state the engines left. Void takes
    /// back all that was written for the event, but for what `decide` wrote.
    fn follow(&self, _: &dyn StateView, _: &Event, _: &[Asked], _: &mut Effects) -> Verdict {
        Verdict::Effective
    }
}
