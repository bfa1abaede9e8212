//! `pluto policy simulate`: what a proposed policy would have said about the events of a realm.
//!
//! The log is folded once more in memory, by the rules as they are. At each event the proposed policy
//! is asked as well, on the state that really was there; where it says something else, the event is
//! listed. Nothing is written.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pluto_api::http::shape::{ChangeShown, SimulatedShown};
use pluto_core::traits::{Asked, Effects, PolicyDecider, StateView};
use pluto_core::{Event, EventId, KindNumber, RealmId, Verdict};
use pluto_eclvm::{AdmissionPolicies, Program, Vm, is_admission, verdict};
use pluto_error::Result;

use super::super::{Context, ecl};
use crate::cli::Reading;
use crate::error::NodeError;
use crate::node::{Node, rules_with};
use crate::output::{count, table};
use pluto_decision::READERS;

/// Differences listed; all are counted.
const LISTED_MAX: usize = 1_000;

pub(super) fn run(context: &Context, file: &Path, from: u64, reading: &Reading) -> Result<()> {
    let vm = Arc::new(Vm::new(context.mode, None)?);
    let artifact = ecl::artifact(context, file)?;
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let counter = context.out.counter("folding the log again");
    let found = trial(&node, &vm, realm, &artifact, from, &|events| counter.set_position(events))?;
    counter.finish_and_clear();
    node.stop()?;
    show(context, &found);
    Ok(())
}

/// Folds the log of a realm once more with the proposed policy beside.
pub(in crate::commands) fn trial(
    node: &Node,
    vm: &Arc<Vm>,
    realm: RealmId,
    artifact: &[u8],
    from_ms: u64,
    progress: &dyn Fn(u64),
) -> Result<Found> {
    let program = vm.load_program(artifact)?;
    if !is_admission(&program) {
        return Err(NodeError::BadArgument(
            "expected a policy named `admission` with the parameters of docs/ecl.md, \"Admission\""
                .to_owned(),
        )
        .into());
    }
    let trial = Arc::new(Trial {
        realm,
        from_ms,
        policies: AdmissionPolicies::new(Arc::clone(vm), READERS),
        program,
        found: Mutex::default(),
    });
    node.refold(rules_with(vm, trial.clone()), &|events| {
        progress(events);
        ControlFlow::Continue(())
    })?;
    Ok(std::mem::take(&mut *trial.found.lock().unwrap_or_else(PoisonError::into_inner)))
}

fn show(context: &Context, found: &Found) {
    let heading = ["EVENT", "KIND", "NOW", "PROPOSED"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(found.changes.iter().map(|change| {
        let verdicts = [change.now.to_string(), change.proposed.to_string()];
        [vec![change.event.short(), change.kind.to_string()], verdicts.to_vec()].concat()
    }));
    let summary = format!(
        "{} events judged, {} would be judged otherwise",
        count(found.judged),
        count(found.changed)
    );
    let text = match found.changes.is_empty() {
        true => summary,
        false => format!("{}{summary}", table(&rows)),
    };
    context.out.show_as(&data(found), &text);
}

/// What was found, for programs.
pub(in crate::commands) fn data(found: &Found) -> SimulatedShown {
    let changes = found.changes.iter().map(|change| ChangeShown {
        event: change.event.to_string(),
        kind: change.kind.to_string(),
        now: change.now.to_string(),
        proposed: change.proposed.to_string(),
    });
    SimulatedShown { judged: found.judged, changed: found.changed, changes: changes.collect() }
}

/// How the proposed policy differs.
#[derive(Default)]
pub(in crate::commands) struct Found {
    judged: u64,
    changed: u64,
    changes: Vec<Change>,
}

struct Change {
    event: EventId,
    kind: KindNumber,
    now: Verdict,
    proposed: Verdict,
}

/// Decides as always, and asks the proposed policy beside.
struct Trial {
    realm: RealmId,
    from_ms: u64,
    policies: AdmissionPolicies,
    program: Arc<Program>,
    found: Mutex<Found>,
}

impl Trial {
    fn compare(&self, view: &dyn StateView, event: &Event, now: Verdict) {
        if view.realm() != self.realm || event.header.wall_ms < self.from_ms {
            return;
        }
        let Some(judgement) = self.policies.judge_proposed(view, event, &self.program) else {
            return;
        };
        let proposed = verdict(judgement.decision.outcome);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.judged += 1;
        if proposed != now {
            found.changed += 1;
            if found.changes.len() < LISTED_MAX {
                let (event, kind) = (event.id, event.header.kind);
                found.changes.push(Change { event, kind, now, proposed });
            }
        }
    }
}

impl PolicyDecider for Trial {
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let now = self.policies.decide(view, event, out);
        self.compare(view, event, now);
        now
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
