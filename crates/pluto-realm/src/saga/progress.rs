//! The events that move sagas.
//!
//! Version 2 of the payload says what version 1 cannot: reporters, open sagas, longer times. What
//! version 1 can say is said in version 1, so there is one way to say each thing.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::NAME_BYTES_MAX;
use pluto_core::payload::PAYLOAD_VERSION;
use pluto_core::{Digest, Event, VoidReason};

use super::intent::{Intent, compensation, put_compensation, some_text};
use super::record::{SagaId, digest};

/// Version of the payload that says what version 1 cannot.
pub const LATE_VERSION: u8 = 2;

/// Longest time a saga of version 1 may have, in milliseconds of realm time: 30 days.
pub const FIRST_TIMEOUT_MS_MAX: u64 = 30 * 86_400_000;
/// Longest time a saga may have: ten years of 365 days. Cases of offices, guarantees and retention go
/// on for years; what is longer is rather a slip of units, and would never be given up.
pub const TIMEOUT_MS_MAX: u64 = 3_650 * 86_400_000;

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
    /// The next step of an open saga.
    Name {
        /// Which saga.
        saga: SagaId,
        /// Which it is, counted from 0.
        step: u8,
        /// What is done; 1 to 128 bytes.
        action: String,
        /// What takes it back.
        compensation: Option<String>,
        /// Digest of what came of it, for one that was taken before; else it begins now.
        result: Option<Digest>,
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
    /// An open saga is at its end: every step that was named is done.
    Close,
}

impl SagaProgress {
    /// The version of the payload that says it.
    #[must_use]
    pub fn version(&self) -> u8 {
        let is_long = |timeout_ms| timeout_ms > FIRST_TIMEOUT_MS_MAX;
        match self {
            Self::Begin { timeout_ms, .. } if is_long(*timeout_ms) => LATE_VERSION,
            _ if self.is_late() => LATE_VERSION,
            _ => PAYLOAD_VERSION,
        }
    }

    /// Whether it has words that version 1 does not know.
    #[must_use]
    pub fn is_late(&self) -> bool {
        match self {
            Self::Begin { intent, .. } => intent.is_late(),
            Self::Report { report, .. } => *report == Report::Close,
            Self::Name { .. } => true,
        }
    }

    /// What an event says about a saga.
    ///
    /// # Errors
    /// The reason for which the event is void: the payload is absent, malformed, or of a version that
    /// does not say this.
    pub(super) fn of(event: &Event) -> Result<Self, VoidReason> {
        let bytes = event.payload.as_deref().ok_or(VoidReason::PayloadAbsent)?;
        let said = Self::decode(bytes).map_err(|_| VoidReason::MalformedPayload)?;
        // A time too long for version 1 was always said there, and was out of range.
        let fits = match event.header.payload_version {
            PAYLOAD_VERSION => !said.is_late(),
            version => version == LATE_VERSION && said.version() == LATE_VERSION,
        };
        if fits { Ok(said) } else { Err(VoidReason::MalformedPayload) }
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
            Self::Name { saga, step, action, compensation, result } => {
                out.push(2);
                out.extend_from_slice(&saga.0);
                out.push(*step);
                put_bytes(out, action.as_bytes());
                put_compensation(out, compensation.as_deref());
                out.push(u8::from(result.is_some()));
                result.iter().for_each(|result| out.extend_from_slice(&result.0));
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
            2 => Ok(Self::Name {
                saga: SagaId(input.array()?),
                step: input.u8()?,
                action: some_text(input, "action", NAME_BYTES_MAX)?,
                compensation: compensation(input)?,
                result: digest(input)?,
            }),
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
            Self::Close => out.push(7),
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
            7 => Self::Close,
            other => {
                return Err(CodecError::BadValue { what: "saga report", found: other.into() });
            }
        })
    }
}
