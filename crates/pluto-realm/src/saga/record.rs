//! Sagas as the state keeps them, and the events that move them.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::{Did, Digest, EventId, RealmId};

use super::intent::{Intent, STEPS_MAX};

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
}

/// The payload of `SagaProgress`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SagaProgress {
    /// A saga begins.
    Begin {
        /// Tells sagas of equal content apart.
        nonce: [u8; 16],
        /// What it wants.
        intent: Intent,
        /// Realm time it has, in milliseconds.
        timeout_ms: u64,
    },
    /// Something happened to it.
    Report {
        /// Which saga.
        saga: SagaId,
        /// What happened.
        report: Report,
    },
}

/// What happened to a saga. Steps are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// The step is about to be taken: said before anything is done.
    Running {
        /// Which.
        step: u8,
    },
    /// The step was taken, under its idempotency key.
    Done {
        /// Which.
        step: u8,
        /// The key it was taken under: [`idempotency_key`].
        key: Digest,
        /// Digest of what came of it.
        result: Digest,
    },
    /// The step ended and had no effect; everything before it is taken back.
    Failed {
        /// Which.
        step: u8,
    },
    /// The saga is given up; after its deadline anybody says so.
    Abort,
    /// The step was taken back, under its idempotency key.
    Compensated {
        /// Which.
        step: u8,
        /// The key it was taken back under: [`idempotency_key`].
        key: Digest,
    },
    /// Taking the step back failed.
    CompensationFailed {
        /// Which.
        step: u8,
    },
    /// An operator says to try again.
    Retry,
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
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let owner = Did::decode_from(input)?;
        let event = EventId(input.array()?);
        let intent = Intent::decode_from(input)?;
        let deadline_ms = input.u64()?;
        let status = SagaStatus::from_number(input.u8()?)?;
        let attempts = input.u8()?;
        let count = usize::from(input.u8()?);
        if count > STEPS_MAX {
            return Err(CodecError::TooLarge { what: "steps", found: count, max: STEPS_MAX });
        }
        let steps = input.take(count)?.iter().map(|number| StepStatus::from_number(*number));
        let steps = steps.collect::<Decoded<Vec<_>>>()?;
        if steps.len() != intent.plan().len() {
            return Err(CodecError::BadValue { what: "steps", found: count as u64 });
        }
        Ok(Self { owner, event, intent, deadline_ms, status, attempts, steps })
    }
}

impl Canonical for SagaProgress {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Begin { nonce, intent, timeout_ms } => {
                out.push(0);
                out.extend_from_slice(nonce);
                intent.encode_into(out);
                out.extend_from_slice(&timeout_ms.to_be_bytes());
            }
            Self::Report { saga, report } => {
                out.push(1);
                out.extend_from_slice(&saga.0);
                report.encode_into(out);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        match input.u8()? {
            0 => Ok(Self::Begin {
                nonce: input.array()?,
                intent: Intent::decode_from(input)?,
                timeout_ms: input.u64()?,
            }),
            1 => {
                let saga = SagaId(input.array()?);
                Ok(Self::Report { saga, report: Report::decode_from(input)? })
            }
            other => Err(CodecError::BadValue { what: "saga progress", found: other.into() }),
        }
    }
}

impl Canonical for Report {
    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Running { step } => out.extend_from_slice(&[0, *step]),
            Self::Done { step, key, result } => {
                out.extend_from_slice(&[1, *step]);
                out.extend_from_slice(&key.0);
                out.extend_from_slice(&result.0);
            }
            Self::Failed { step } => out.extend_from_slice(&[2, *step]),
            Self::Abort => out.push(3),
            Self::Compensated { step, key } => {
                out.extend_from_slice(&[4, *step]);
                out.extend_from_slice(&key.0);
            }
            Self::CompensationFailed { step } => out.extend_from_slice(&[5, *step]),
            Self::Retry => out.push(6),
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(match input.u8()? {
            0 => Self::Running { step: input.u8()? },
            1 => Self::Done {
                step: input.u8()?,
                key: Digest(input.array()?),
                result: Digest(input.array()?),
            },
            2 => Self::Failed { step: input.u8()? },
            3 => Self::Abort,
            4 => Self::Compensated { step: input.u8()?, key: Digest(input.array()?) },
            5 => Self::CompensationFailed { step: input.u8()? },
            6 => Self::Retry,
            other => {
                return Err(CodecError::BadValue { what: "saga report", found: other.into() });
            }
        })
    }
}
