//! The cases of a process log as sagas: open ones, because nobody knows at the beginning what will
//! happen to a case.
//!
//! The office, which owns the realm, opens a case on the day of its first step with the time it has until
//! its deadline, closes it on the day the log says it ended, and gives it up at the first checkpoint at or
//! after its deadline. Whoever does a step names it in the saga, with the decision about it as its result:
//! the log shows that it was done, whether it was allowed or not. Nothing takes such steps back, so a case
//! that is given up is stuck, and somebody has to look into it.
//!
//! Realm time moves by days here: what ends on the day of its deadline ends in time.

use std::collections::{BTreeSet, HashMap, HashSet};

use pluto_core::traits::StateView;
use pluto_core::{Canonical, Did, Digest, EventId, RealmId};
use pluto_realm::saga::{
    Intent, OPEN_STEPS_MAX, Report, Reporter, SagaId, SagaProgress, SagaStatus, TIMEOUT_MS_MAX,
    saga, saga_id,
};

use super::{LogEvent, day_of};

/// What came of the cases: what the fold says of their sagas, and what had no place there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseCount {
    /// Closed on the day the log says that they ended.
    pub completed: usize,
    /// Given up, because their deadline passed first.
    pub timed_out: usize,
    /// Neither, when the log ends.
    pub open: usize,
    /// Without a saga: their deadline had passed before their first step.
    pub late: usize,
    /// Steps named in a saga.
    pub steps: usize,
    /// Steps after a case was completed.
    pub steps_after_end: usize,
    /// Steps after a case timed out.
    pub steps_after_timeout: usize,
    /// Steps of cases without a saga.
    pub steps_without: usize,
    /// Steps above the bound of an open saga.
    pub steps_above: usize,
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Open,
    Completed,
    TimedOut,
    Late,
}

struct Case {
    saga: SagaId,
    steps: usize,
    stands: Stands,
}

/// The cases that have begun.
#[derive(Default)]
pub(super) struct Cases {
    all: HashMap<String, Case>,
    /// Deadline and case of those that are open, the next to time out first.
    deadlines: BTreeSet<(u64, String)>,
    count: CaseCount,
}

impl Cases {
    /// What the office says when a day begins: cases that time out, then those that begin.
    pub(super) fn morning(
        &mut self,
        realm: RealmId,
        name: &str,
        day_ms: u64,
        steps: &[LogEvent],
        owner: Did,
    ) -> Vec<SagaProgress> {
        let mut said = Vec::new();
        let later = self.deadlines.split_off(&(day_ms.saturating_add(1), String::new()));
        for (_, case) in std::mem::replace(&mut self.deadlines, later) {
            said.extend(self.end(&case, Stands::TimedOut, Report::Abort));
        }
        for step in steps {
            if !self.all.contains_key(&step.case) {
                said.extend(self.begin(realm, name, day_ms, step, owner));
            }
        }
        said
    }

    /// What the office says when a day is over: cases that ended on it.
    pub(super) fn evening(&mut self, ends: &[String]) -> Vec<SagaProgress> {
        ends.iter().filter_map(|case| self.end(case, Stands::Completed, Report::Close)).collect()
    }

    /// What the doer of a step says about it; nothing when its case has no saga that takes it.
    pub(super) fn step(&mut self, event: &LogEvent, decision: EventId) -> Option<SagaProgress> {
        let case = self.all.get_mut(&event.case)?;
        let missed = match case.stands {
            Stands::Open if case.steps < OPEN_STEPS_MAX => None,
            Stands::Open => Some(&mut self.count.steps_above),
            Stands::Completed => Some(&mut self.count.steps_after_end),
            Stands::TimedOut => Some(&mut self.count.steps_after_timeout),
            Stands::Late => Some(&mut self.count.steps_without),
        };
        if let Some(missed) = missed {
            *missed += 1;
            return None;
        }
        let step = u8::try_from(case.steps).ok()?;
        case.steps += 1;
        Some(SagaProgress::Name {
            saga: case.saga,
            step,
            action: event.activity.clone(),
            compensation: None,
            result: Some(Digest(decision.0)),
        })
    }

    /// What the fold says of the sagas.
    pub(super) fn count(&self, view: &dyn StateView) -> CaseCount {
        let mut count = self.count;
        for case in self.all.values() {
            let Some(record) = saga(view, case.saga) else {
                count.late += 1;
                continue;
            };
            count.steps += record.steps.len();
            match record.status {
                SagaStatus::Completed => count.completed += 1,
                SagaStatus::Running => count.open += 1,
                SagaStatus::Stuck | SagaStatus::Compensating | SagaStatus::Compensated => {
                    count.timed_out += 1;
                }
            }
        }
        count
    }

    fn begin(
        &mut self,
        realm: RealmId,
        name: &str,
        day_ms: u64,
        first: &LogEvent,
        owner: Did,
    ) -> Option<SagaProgress> {
        let deadline_ms = first.deadline_ms.unwrap_or(u64::MAX);
        let timeout_ms = deadline_ms.saturating_sub(day_ms).min(TIMEOUT_MS_MAX);
        let said = SagaProgress::Begin {
            nonce: (self.all.len() as u128).to_be_bytes(),
            intent: Intent::Open {
                about: format!("{name}/{}", first.case),
                reporter: Reporter::Anybody,
            },
            timeout_ms,
        };
        let stands = if timeout_ms == 0 { Stands::Late } else { Stands::Open };
        let saga = saga_id(realm, owner, &said.encode());
        self.all.insert(first.case.clone(), Case { saga, steps: 0, stands });
        if stands == Stands::Late {
            return None;
        }
        self.deadlines.insert((day_ms.saturating_add(timeout_ms), first.case.clone()));
        Some(said)
    }

    fn end(&mut self, case: &str, stands: Stands, report: Report) -> Option<SagaProgress> {
        let case = self.all.get_mut(case).filter(|case| case.stands == Stands::Open)?;
        case.stands = stands;
        Some(SagaProgress::Report { saga: case.saga, report })
    }
}

/// The cases that end on each day. None ends before its own first step, or after the last of the log.
pub(super) fn ends(events: &[LogEvent]) -> HashMap<u64, Vec<String>> {
    let last_ms = events.last().map_or(0, |event| event.time_ms);
    let mut seen = HashSet::new();
    let mut ends: HashMap<u64, Vec<String>> = HashMap::new();
    for first in events {
        if !seen.insert(first.case.as_str()) {
            continue;
        }
        let end_ms = first.end_ms.map(|end_ms| end_ms.max(first.time_ms));
        if let Some(end_ms) = end_ms.filter(|end_ms| *end_ms <= last_ms) {
            ends.entry(day_of(end_ms)).or_default().push(first.case.clone());
        }
    }
    ends
}
