//! `pluto log`: what agents were allowed and what they did, in the words of people.

use pluto_api::http::shape::ToldShown;
use pluto_core::payload::payload_of;
use pluto_core::{Canonical, Component, Event, Kind};
use pluto_decision::payload::{ActionDecided, ApprovalGiven, ExecutionCompleted};
use pluto_decision::record::{DecisionRecord, decision_key};
use pluto_error::Result;
use pluto_identity::grant::{Grant, GrantRevoked};
use pluto_nervous_system::Snapshot;
use pluto_nervous_system::event_sourcing::{PLACES_MAX, Place};

use super::Context;
use super::names::Names;
use crate::cli::Reading;
use crate::node::load;
use crate::output::{table, time};

/// Kinds of the story of agents.
const KINDS: [Kind; 6] = [
    Kind::PolicyInstalled,
    Kind::DelegationCreated,
    Kind::DelegationRevoked,
    Kind::ActionDecided,
    Kind::ApprovalGiven,
    Kind::ExecutionCompleted,
];

/// One event as it is told.
struct Told {
    what: String,
    outcome: String,
    value: ToldShown,
}

pub(super) fn run(context: &Context, limit: usize, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let names = Names::of(context);
    let mut rows = Vec::new();
    let mut values = Vec::new();
    let mut end = snapshot.roots().position;
    while end > 0 && rows.len() < limit {
        let first = end.saturating_sub(PLACES_MAX.min(1_024));
        let places: Vec<Place> = node.system().ask(realm, move |view| view.places(first..end))?;
        for place in places.iter().rev() {
            let event = load(node.system(), place.id)?;
            let known = kind_of(&event).filter(|_| rows.len() < limit);
            let Some(kind) = known else { continue };
            let told = tell(&snapshot, &names, kind, &event, place);
            let who = names.short(&snapshot, event.header.author);
            rows.push(vec![
                time(event.header.wall_ms),
                who,
                told.what,
                told.outcome,
                event.id.short(),
            ]);
            values.push(told.value);
        }
        end = first;
    }
    node.stop()?;
    rows.push(["WHEN", "WHO", "WHAT", "OUTCOME", "EVENT"].map(str::to_owned).to_vec());
    rows.reverse();
    values.reverse();
    context.out.show_as(&values, &table(&rows));
    Ok(())
}

fn kind_of(event: &Event) -> Option<Kind> {
    event.header.kind.known().filter(|kind| KINDS.contains(kind))
}

/// An event of the story for programs; none for any other.
pub(super) fn told(
    snapshot: &Snapshot,
    names: &Names,
    event: &Event,
    place: &Place,
) -> Option<ToldShown> {
    Some(tell(snapshot, names, kind_of(event)?, event, place).value)
}

fn tell(snapshot: &Snapshot, names: &Names, kind: Kind, event: &Event, place: &Place) -> Told {
    let (what, outcome) = match kind {
        Kind::PolicyInstalled => ("installs a policy".to_owned(), None),
        Kind::DelegationCreated => (granted(snapshot, names, event), None),
        Kind::DelegationRevoked => {
            let gone: Option<GrantRevoked> = payload_of(event).ok();
            let grant = gone.map(|gone| gone.grant.short()).unwrap_or_default();
            (format!("revokes grant {grant}"), None)
        }
        Kind::ActionDecided => decided(snapshot, event),
        Kind::ApprovalGiven => {
            let given: Option<ApprovalGiven> = payload_of(event).ok();
            let about = given.map(|given| given.decision.short()).unwrap_or_default();
            let says = given.map_or("answers", |given| match given.approve {
                true => "approves",
                false => "rejects",
            });
            (format!("{says} {about}"), None)
        }
        _ => {
            let done: Option<ExecutionCompleted> = payload_of(event).ok();
            let about = done.map(|done| done.decision.short()).unwrap_or_default();
            let how = done.map(|done| done.ended.to_string());
            (format!("ends {about}"), how)
        }
    };
    let outcome = match (place.verdict.is_effective(), outcome) {
        (_, Some(outcome)) if kind == Kind::ActionDecided => outcome,
        (true, outcome) => outcome.unwrap_or_else(|| "done".to_owned()),
        (false, _) => place.verdict.to_string(),
    };
    let value = ToldShown {
        event: event.id.to_string(),
        kind: kind.as_str(),
        author: event.header.author.to_string(),
        wall_ms: event.header.wall_ms,
        what: what.clone(),
        outcome: outcome.clone(),
        verdict: place.verdict.to_string(),
    };
    Told { what, outcome, value }
}

fn granted(snapshot: &Snapshot, names: &Names, event: &Event) -> String {
    let grant: Option<Grant> = payload_of(event).ok();
    grant.map_or_else(
        || "gives a grant".to_owned(),
        |grant| {
            let list = |patterns: &[pluto_identity::grant::Pattern]| {
                patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            };
            let to = names.short(snapshot, grant.delegate);
            format!("lets {to} {} on {}", list(&grant.actions), list(&grant.resources))
        },
    )
}

fn decided(snapshot: &Snapshot, event: &Event) -> (String, Option<String>) {
    let Ok(decided) = payload_of::<ActionDecided>(event) else {
        return ("asks for something malformed".to_owned(), None);
    };
    let request = &decided.request;
    let what = format!("asks to {} {}", request.action, request.resource);
    let bytes = snapshot.entries(Component::Execution).get(&decision_key(&event.id));
    let record = bytes.and_then(|bytes| DecisionRecord::decode(bytes).ok());
    let outcome = record.map(|record| match record.answer.refusal {
        Some(refusal) => format!("deny: {}", refusal.as_str()),
        None => format!("{} by rule {}", record.answer.said.as_str(), record.answer.rule),
    });
    (what, outcome)
}
