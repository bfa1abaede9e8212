//! Sagas as the state keeps them.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::NAME_BYTES_MAX;
use pluto_core::{Did, Digest, EventId, RealmId};

use super::intent::{
    Intent, OPEN_STEPS_MAX, STEPS_MAX, Step, compensation, put_compensation, some_text,
};
use super::reporter::Reporter;

pluto_core::domains! {
    SAGA = "pluto saga v1";
    STEP = "pluto saga step v1";
}

/// Names a saga: hash over realm, author and the whole of its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SagaId(pub [u8; 32]);

/// Where a saga stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SagaStatus {
    /// Steps are being taken.
    Running = 0,
    /// Steps are being taken back, last first.
    Compensating = 1,
    /// Every step is done. Terminal.
    Completed = 2,
    /// Every step that was begun is taken back. Terminal.
    Compensated = 3,
    /// A step cannot be taken back; an operator is needed. Terminal until one says to try again.
    Stuck = 4,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum StepStatus {
    /// Not begun.
    Pending = 0,
    /// Begun: whether it had an effect is not known.
    Running = 1,
    /// Done.
    Done = 2,
    /// Ended, without any effect.
    Failed = 3,
    /// Taken back.
    Compensated = 4,
}

/// A saga in component `SagaComposer`, under [`saga_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SagaRecord {
    /// Who wants it, and reports on it.
    pub owner: Did,
    /// The event that began it.
    pub event: EventId,
    /// What it wants.
    pub intent: Intent,
    /// Realm time after which no step is begun or done.
    pub deadline_ms: u64,
    /// Where it stands.
    pub status: SagaStatus,
    /// How often taking back the step in question failed.
    pub attempts: u8,
    /// Where each step stands.
    pub steps: Vec<StepStatus>,
    /// The steps of an open saga, one for each of `steps`; none of a planned one.
    pub named: Vec<NamedStep>,
}

/// A step of an open saga.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStep {
    /// What is done; 1 to 128 bytes.
    pub action: String,
    /// What takes it back.
    pub compensation: Option<String>,
    /// Who named it.
    pub by: Did,
    /// Digest of what came of it, once that is known.
    pub result: Option<Digest>,
}

impl SagaRecord {
    /// Its steps: those that were planned, or named so far.
    #[must_use]
    pub fn plan(&self) -> Vec<Step> {
        let Intent::Open { about, reporter } = &self.intent else { return self.intent.plan() };
        let step = |named: &NamedStep| Step {
            action: named.action.clone(),
            resource: about.clone(),
            amount: 0,
            compensation: named.compensation.clone(),
            reporter: reporter.clone(),
        };
        self.named.iter().map(step).collect()
    }

    /// Whether its steps are named as they come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.intent, Intent::Open { .. })
    }

    /// Who reports on a step; of an open saga on every one.
    #[must_use]
    pub fn reporter(&self, step: u8) -> Reporter {
        match &self.intent {
            Intent::Transfer { .. } => Reporter::Owner,
            Intent::Steps(steps) => {
                steps.get(usize::from(step)).map(|step| step.reporter.clone()).unwrap_or_default()
            }
            Intent::Open { reporter, .. } => reporter.clone(),
        }
    }
}

/// The name of the saga that this beginning begins.
#[must_use]
pub fn saga_id(realm: RealmId, owner: Did, begin: &[u8]) -> SagaId {
    SagaId(SAGA.hash_parts(&[&realm.0, &owner.to_bytes(), begin]).0)
}

/// The key under which a step is taken, or taken back: whoever carries it out does so once for each key,
/// however often it is asked.
#[must_use]
pub fn idempotency_key(saga: SagaId, step: u8, compensation: bool) -> Digest {
    STEP.hash_parts(&[&saga.0, &[step, u8::from(compensation)]])
}

/// The key of a saga: `s` ‖ id.
#[must_use]
pub fn saga_key(saga: SagaId) -> Vec<u8> {
    [&b"s"[..], &saga.0].concat()
}

impl SagaStatus {
    /// The name, as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Compensating => "compensating",
            Self::Completed => "completed",
            Self::Compensated => "compensated",
            Self::Stuck => "stuck",
        }
    }

    /// Whether nothing moves it any more but an operator.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Compensated | Self::Stuck)
    }

    fn from_number(number: u8) -> Decoded<Self> {
        let all =
            [Self::Running, Self::Compensating, Self::Completed, Self::Compensated, Self::Stuck];
        let bad = CodecError::BadValue { what: "status of a saga", found: number.into() };
        all.get(usize::from(number)).copied().ok_or(bad)
    }
}

impl StepStatus {
    /// The name, as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Compensated => "compensated",
        }
    }

    fn from_number(number: u8) -> Decoded<Self> {
        let all = [Self::Pending, Self::Running, Self::Done, Self::Failed, Self::Compensated];
        let bad = CodecError::BadValue { what: "status of a step", found: number.into() };
        all.get(usize::from(number)).copied().ok_or(bad)
    }
}

impl Canonical for SagaRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.owner.encode_into(out);
        out.extend_from_slice(&self.event.0);
        self.intent.encode_into(out);
        out.extend_from_slice(&self.deadline_ms.to_be_bytes());
        out.extend_from_slice(&[self.status as u8, self.attempts]);
        out.push(u8::try_from(self.steps.len()).unwrap_or(u8::MAX));
        out.extend(self.steps.iter().map(|step| *step as u8));
        self.named.iter().for_each(|step| step.encode_into(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let owner = Did::decode_from(input)?;
        let event = EventId(input.array()?);
        let intent = Intent::decode_from(input)?;
        let deadline_ms = input.u64()?;
        let status = SagaStatus::from_number(input.u8()?)?;
        let attempts = input.u8()?;
        let count = usize::from(input.u8()?);
        let is_open = matches!(intent, Intent::Open { .. });
        let max = if is_open { OPEN_STEPS_MAX } else { STEPS_MAX };
        if count > max {
            return Err(CodecError::TooLarge { what: "steps", found: count, max });
        }
        if !is_open && count != intent.plan().len() {
            return Err(CodecError::BadValue { what: "steps", found: count as u64 });
        }
        let steps = input.take(count)?.iter().map(|number| StepStatus::from_number(*number));
        let steps = steps.collect::<Decoded<Vec<_>>>()?;
        let named = if is_open { count } else { 0 };
        let named = (0..named).map(|_| NamedStep::decode_from(input)).collect::<Decoded<_>>()?;
        Ok(Self { owner, event, intent, deadline_ms, status, attempts, steps, named })
    }
}

impl Canonical for NamedStep {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.action.as_bytes());
        put_compensation(out, self.compensation.as_deref());
        self.by.encode_into(out);
        out.push(u8::from(self.result.is_some()));
        self.result.iter().for_each(|result| out.extend_from_slice(&result.0));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            action: some_text(input, "action", NAME_BYTES_MAX)?,
            compensation: compensation(input)?,
            by: Did::decode_from(input)?,
            result: digest(input)?,
        })
    }
}

pub(super) fn digest(input: &mut Reader<'_>) -> Decoded<Option<Digest>> {
    let known = input.flag("result")?;
    known.then(|| Ok(Digest(input.array()?))).transpose()
}
