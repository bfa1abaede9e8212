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
//! - Who wants a saga gives it up, closes it, and may take back what it did; who says what became of a
//!   step is said with the step ([`Reporter`]).
//! - An open saga has no plan: its reporters name the steps, and it is completed when its owner closes
//!   it. A step is named when it begins, or, where a log tells of what was done, afterwards.
//! - *Compensated* is reached only over the compensation event of each such step. A step that failed to be
//!   taken back [`ATTEMPTS_MAX`] times, or that nothing takes back, makes the saga stuck.

mod intent;
mod progress;
mod record;
mod reporter;

use pluto_core::payload::{PAYLOAD_VERSION, Role};
use pluto_core::state::read;
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Canonical, Component, Did, Event, Kind, Verdict, VoidReason};

use crate::rules::active_member;
use crate::standing::Standing;

pub use intent::{Intent, OPEN_STEPS_MAX, RESOURCE_BYTES_MAX, STEPS_MAX, Step};
pub use progress::{FIRST_TIMEOUT_MS_MAX, LATE_VERSION, Report, SagaProgress, TIMEOUT_MS_MAX};
pub use record::{
    NamedStep, SagaId, SagaRecord, SagaStatus, StepStatus, idempotency_key, saga_id, saga_key,
};
pub use reporter::Reporter;

/// How often taking a step back may fail before an operator is needed.
pub const ATTEMPTS_MAX: u8 = 5;
/// The time a saga has by default: a day.
pub const TIMEOUT_MS_DEFAULT: u64 = 86_400_000;

/// Steps on `SagaProgress`; writes sagas in component `SagaComposer`.
#[derive(Clone, Copy, Debug)]
pub struct SagaEngine {
    standing: Standing,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Say that the step is running, then take it.
    Begin(u8),
    /// Take the step, again if need be, and say what came of it.
    Take(u8),
    /// Take the step back, again if need be, and say what came of it.
    TakeBack(u8),
    /// Name the next step of an open saga, or close it.
    Name(u8),
    /// Close an open saga: it has as many steps as it can.
    Close,
    /// The time is over: give the saga up.
    GiveUp,
    /// Nothing.
    Nothing,
}

impl SagaEngine {
    /// An engine that asks `standing` who holds the credential of a reporter.
    #[must_use]
    pub const fn new(standing: Standing) -> Self {
        Self { standing }
    }

    fn move_on(
        self,
        view: &dyn StateView,
        event: &Event,
        id: SagaId,
        report: Report,
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        let mut record = saga(view, id).ok_or(VoidReason::NotFound)?;
        let (who, now_ms) = (event.header.author, view.time_ms());
        let is_owner = who == record.owner;
        let reports = |step| self.reports(view, who, &record, step);
        let allowed = match report {
            Report::Abort => is_owner || now_ms >= record.deadline_ms,
            Report::Retry => {
                active_member(view, who).is_some_and(|member| member.role >= Role::Admin)
            }
            Report::Close => is_owner,
            Report::Running { step } | Report::Done { step, .. } | Report::Failed { step } => {
                reports(step)
            }
            Report::Compensated { step, .. } | Report::CompensationFailed { step } => {
                is_owner || reports(step)
            }
        };
        if !allowed {
            return Err(VoidReason::NotAllowed);
        }
        record.apply(id, report, now_ms)?;
        out.put(Component::SagaComposer, saga_key(id), record.encode());
        Ok(())
    }

    fn name(
        self,
        view: &dyn StateView,
        event: &Event,
        id: SagaId,
        step: u8,
        named: NamedStep,
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        let mut record = saga(view, id).ok_or(VoidReason::NotFound)?;
        if !self.reports(view, event.header.author, &record, step) {
            return Err(VoidReason::NotAllowed);
        }
        record.name(step, named, view.time_ms())?;
        out.put(Component::SagaComposer, saga_key(id), record.encode());
        Ok(())
    }

    /// Whether `who` says what became of that step.
    fn reports(self, view: &dyn StateView, who: Did, record: &SagaRecord, step: u8) -> bool {
        match record.reporter(step) {
            Reporter::Owner => who == record.owner,
            Reporter::Holder(schema) => (self.standing.holds)(view, &who, &schema),
            Reporter::Anybody => true,
        }
    }
}

impl Engine for SagaEngine {
    fn component(&self) -> Component {
        Component::SagaComposer
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::SagaProgress]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = SagaProgress::of(event).and_then(|said| match said {
            SagaProgress::Begin { intent, timeout_ms, .. } => {
                begin(view, event, intent, timeout_ms, out)
            }
            SagaProgress::Report { saga, report } => self.move_on(view, event, saga, report, out),
            SagaProgress::Name { saga, step, action, compensation, result } => {
                let named = NamedStep { action, compensation, by: event.header.author, result };
                self.name(view, event, saga, step, named, out)
            }
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
    let max_ms = match event.header.payload_version {
        PAYLOAD_VERSION => FIRST_TIMEOUT_MS_MAX,
        _ => TIMEOUT_MS_MAX,
    };
    if timeout_ms == 0 || timeout_ms > max_ms {
        return Err(VoidReason::OutOfRange);
    }
    // Before the first checkpoint realm time stands at 0, and then every deadline has passed.
    if view.time_ms() == 0 {
        return Err(VoidReason::Expired);
    }
    let owner = event.header.author;
    let payload = event.payload.as_deref().ok_or(VoidReason::PayloadAbsent)?;
    let key = saga_key(saga_id(view.realm(), owner, payload));
    if view.get(Component::SagaComposer, &key).is_some() {
        return Err(VoidReason::AlreadyExists);
    }
    let saga = SagaRecord {
        owner,
        event: event.id,
        steps: vec![StepStatus::Pending; intent.plan().len()],
        named: Vec::new(),
        intent,
        deadline_ms: view.time_ms().saturating_add(timeout_ms),
        status: SagaStatus::Running,
        attempts: 0,
    };
    out.put(Component::SagaComposer, key, saga.encode());
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
                None if !self.is_open() => Next::Nothing,
                None if self.steps.len() >= OPEN_STEPS_MAX => Next::Close,
                None => Next::Name(u8::try_from(self.steps.len()).unwrap_or(u8::MAX)),
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
            Report::Done { step, key, result } => {
                self.expect_step(step, StepStatus::Running, now_ms)?;
                expect_key(key == idempotency_key(id, step, false))?;
                self.set(step, StepStatus::Done);
                if let Some(named) = self.named.get_mut(usize::from(step)) {
                    named.result = Some(result);
                }
                if self.current().is_none() && !self.is_open() {
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
            Report::Close => {
                self.expect_between_steps(now_ms)?;
                self.status = SagaStatus::Completed;
            }
        }
        Ok(())
    }

    fn name(&mut self, step: u8, named: NamedStep, now_ms: u64) -> Result<(), VoidReason> {
        self.expect_between_steps(now_ms)?;
        if self.steps.len() >= OPEN_STEPS_MAX {
            return Err(VoidReason::LimitReached);
        }
        // Said twice, it would be taken for two.
        if usize::from(step) != self.steps.len() {
            return Err(VoidReason::NotMonotone);
        }
        let was_taken = named.result.is_some();
        self.steps.push(if was_taken { StepStatus::Done } else { StepStatus::Running });
        self.named.push(named);
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
        let plan = self.plan();
        plan.get(usize::from(step)).is_none_or(|step| step.compensation.is_none())
    }

    fn expect(&self, status: SagaStatus) -> Result<(), VoidReason> {
        if self.status == status { Ok(()) } else { Err(VoidReason::NotAllowed) }
    }

    fn expect_in_time(&self, now_ms: u64) -> Result<(), VoidReason> {
        self.expect(SagaStatus::Running)?;
        if now_ms < self.deadline_ms { Ok(()) } else { Err(VoidReason::Expired) }
    }

    /// An open saga is named steps, and closed, while none of them is under way.
    fn expect_between_steps(&self, now_ms: u64) -> Result<(), VoidReason> {
        if !self.is_open() {
            return Err(VoidReason::NotAllowed);
        }
        self.expect_in_time(now_ms)?;
        if self.current().is_none() { Ok(()) } else { Err(VoidReason::NotMonotone) }
    }

    /// Steps go forward in order, and not after the deadline.
    fn expect_step(&self, step: u8, status: StepStatus, now_ms: u64) -> Result<(), VoidReason> {
        self.expect_in_time(now_ms)?;
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
