//! Sagas: several actions that are all done, or all taken back.
//!
//! The machine is in the state, moved by events alone; whoever carries steps out keeps nothing that
//! could be lost. A crash anywhere leaves a saga that says what to do next ([`SagaRecord::next`]), and
//! every doing has an idempotency key, so doing it again changes nothing.
//!
//! ```text
//! Begin ─► Running ── every step Done ─────────────────► Completed
//!             │ Failed, Abort, or the deadline and Abort
//!             ▼
//!        Compensating ── every begun step Compensated ─► Compensated
//!             │  ▲ Retry, by an operator
//!             ▼  │
//!            Stuck
//! ```
//!
//! - *Running* is said before a step is taken. From then on the step may have had an effect: giving up
//!   takes it back too, unless *Failed* said that it had none.
//! - Steps are taken in order and taken back in reverse order, one at a time.
//! - *Compensated* is reached only over the compensation event of each such step. A step that failed to be
//!   taken back [`ATTEMPTS_MAX`] times, or that nothing takes back, makes the saga stuck.

mod intent;
mod record;

use pluto_core::payload::{Role, payload_bytes, payload_of};
use pluto_core::state::read;
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Canonical, Component, Event, Kind, Verdict, VoidReason};

use crate::rules::active_member;

pub use intent::{Intent, RESOURCE_BYTES_MAX, STEPS_MAX, Step};
pub use record::{
    Report, SagaId, SagaProgress, SagaRecord, SagaStatus, StepStatus, idempotency_key, saga_id,
    saga_key,
};

/// How often taking a step back may fail before an operator is needed.
pub const ATTEMPTS_MAX: u8 = 5;
/// Longest time a saga may have, in milliseconds of realm time: 30 days.
pub const TIMEOUT_MS_MAX: u64 = 30 * 86_400_000;
/// The time it has by default: a day.
pub const TIMEOUT_MS_DEFAULT: u64 = 86_400_000;

/// Steps on `SagaProgress`; writes sagas in component `SagaComposer`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SagaEngine;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Say that the step is running, then take it.
    Begin(u8),
    /// Take the step, again if need be, and say what came of it.
    Take(u8),
    /// Take the step back, again if need be, and say what came of it.
    TakeBack(u8),
    /// The time is over: give the saga up.
    GiveUp,
    /// Nothing.
    Nothing,
}

impl Engine for SagaEngine {
    fn component(&self) -> Component {
        Component::SagaComposer
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::SagaProgress]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = payload_of(event).and_then(|said| match said {
            SagaProgress::Begin { intent, timeout_ms, .. } => {
                begin(view, event, intent, timeout_ms, out)
            }
            SagaProgress::Report { saga, report } => move_on(view, event, saga, report, out),
        });
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn begin(
    view: &dyn StateView,
    event: &Event,
    intent: Intent,
    timeout_ms: u64,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    if timeout_ms == 0 || timeout_ms > TIMEOUT_MS_MAX {
        return Err(VoidReason::OutOfRange);
    }
    // Before the first checkpoint realm time stands at 0, and then every deadline has passed.
    if view.time_ms() == 0 {
        return Err(VoidReason::Expired);
    }
    let owner = event.header.author;
    let key = saga_key(saga_id(view.realm(), owner, payload_bytes(event)?));
    if view.get(Component::SagaComposer, &key).is_some() {
        return Err(VoidReason::AlreadyExists);
    }
    let saga = SagaRecord {
        owner,
        event: event.id,
        steps: vec![StepStatus::Pending; intent.plan().len()],
        intent,
        deadline_ms: view.time_ms().saturating_add(timeout_ms),
        status: SagaStatus::Running,
        attempts: 0,
    };
    out.put(Component::SagaComposer, key, saga.encode());
    Ok(())
}

fn move_on(
    view: &dyn StateView,
    event: &Event,
    id: SagaId,
    report: Report,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let mut record = saga(view, id).ok_or(VoidReason::NotFound)?;
    let now_ms = view.time_ms();
    let is_owner = event.header.author == record.owner;
    let allowed = match report {
        Report::Abort => is_owner || now_ms >= record.deadline_ms,
        Report::Retry => active_member(view, event.header.author)
            .is_some_and(|member| member.role >= Role::Admin),
        _ => is_owner,
    };
    if !allowed {
        return Err(VoidReason::NotAllowed);
    }
    record.apply(id, report, now_ms)?;
    out.put(Component::SagaComposer, saga_key(id), record.encode());
    Ok(())
}

/// The saga with that name.
#[must_use]
pub fn saga(view: &dyn StateView, id: SagaId) -> Option<SagaRecord> {
    read(view, Component::SagaComposer, &saga_key(id))
}

impl SagaRecord {
    /// What is to be done next, at that realm time.
    #[must_use]
    pub fn next(&self, now_ms: u64) -> Next {
        match self.status {
            SagaStatus::Running if now_ms >= self.deadline_ms => Next::GiveUp,
            SagaStatus::Running => match self.current() {
                Some((step, StepStatus::Pending)) => Next::Begin(step),
                Some((step, _)) => Next::Take(step),
                None => Next::Nothing,
            },
            SagaStatus::Compensating => self.last_begun().map_or(Next::Nothing, Next::TakeBack),
            SagaStatus::Completed | SagaStatus::Compensated | SagaStatus::Stuck => Next::Nothing,
        }
    }

    fn apply(&mut self, id: SagaId, report: Report, now_ms: u64) -> Result<(), VoidReason> {
        match report {
            Report::Running { step } => {
                self.expect_step(step, StepStatus::Pending, now_ms)?;
                self.set(step, StepStatus::Running);
            }
            Report::Done { step, key, .. } => {
                self.expect_step(step, StepStatus::Running, now_ms)?;
                expect_key(key == idempotency_key(id, step, false))?;
                self.set(step, StepStatus::Done);
                if self.current().is_none() {
                    self.status = SagaStatus::Completed;
                }
            }
            Report::Failed { step } => {
                self.expect(SagaStatus::Running)?;
                if self.current() != Some((step, StepStatus::Running)) {
                    return Err(VoidReason::NotMonotone);
                }
                self.set(step, StepStatus::Failed);
                self.turn_back();
            }
            Report::Abort => {
                self.expect(SagaStatus::Running)?;
                self.turn_back();
            }
            Report::Compensated { step, key } => {
                self.expect_back(step)?;
                expect_key(key == idempotency_key(id, step, true))?;
                self.set(step, StepStatus::Compensated);
                self.turn_back();
            }
            Report::CompensationFailed { step } => {
                self.expect_back(step)?;
                self.attempts = self.attempts.saturating_add(1);
                if self.attempts >= ATTEMPTS_MAX {
                    self.status = SagaStatus::Stuck;
                }
            }
            Report::Retry => {
                self.expect(SagaStatus::Stuck)?;
                self.attempts = 0;
                self.status = SagaStatus::Compensating;
            }
        }
        Ok(())
    }

    /// The first step that is not done.
    fn current(&self) -> Option<(u8, StepStatus)> {
        self.numbered().find(|(_, status)| *status != StepStatus::Done)
    }

    /// The last step that may have had an effect.
    fn last_begun(&self) -> Option<u8> {
        let begun = |status| matches!(status, StepStatus::Running | StepStatus::Done);
        self.numbered().filter(|(_, status)| begun(*status)).map(|(step, _)| step).last()
    }

    fn numbered(&self) -> impl Iterator<Item = (u8, StepStatus)> {
        (0_u8..).zip(self.steps.iter().copied())
    }

    fn set(&mut self, step: u8, status: StepStatus) {
        if let Some(slot) = self.steps.get_mut(usize::from(step)) {
            *slot = status;
        }
    }

    /// Looks at what is to be taken back next: nothing, something, or what nothing takes back.
    fn turn_back(&mut self) {
        self.attempts = 0;
        self.status = match self.last_begun() {
            None => SagaStatus::Compensated,
            Some(step) if self.is_final(step) => SagaStatus::Stuck,
            Some(_) => SagaStatus::Compensating,
        };
    }

    fn is_final(&self, step: u8) -> bool {
        let plan = self.intent.plan();
        plan.get(usize::from(step)).is_none_or(|step| step.compensation.is_none())
    }

    fn expect(&self, status: SagaStatus) -> Result<(), VoidReason> {
        if self.status == status { Ok(()) } else { Err(VoidReason::NotAllowed) }
    }

    /// Steps go forward in order, and not after the deadline.
    fn expect_step(&self, step: u8, status: StepStatus, now_ms: u64) -> Result<(), VoidReason> {
        self.expect(SagaStatus::Running)?;
        if now_ms >= self.deadline_ms {
            return Err(VoidReason::Expired);
        }
        if self.current() == Some((step, status)) { Ok(()) } else { Err(VoidReason::NotMonotone) }
    }

    /// Steps go back in reverse order.
    fn expect_back(&self, step: u8) -> Result<(), VoidReason> {
        self.expect(SagaStatus::Compensating)?;
        if self.last_begun() == Some(step) { Ok(()) } else { Err(VoidReason::NotMonotone) }
    }
}

const fn expect_key(holds: bool) -> Result<(), VoidReason> {
    if holds { Ok(()) } else { Err(VoidReason::InvalidProof) }
}

#[cfg(test)]
mod tests;
