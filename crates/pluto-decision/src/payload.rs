//! Payloads of decided actions: the decision, what came of it, and people's approval.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::{Digest, EventId};
use pluto_identity::grant::GrantId;

use crate::answer::Answer;
use crate::request::ActionRequest;

/// What the one who decided knew and found. The fold judges again; where both differ, both are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// How many events the state covered.
    pub position: u64,
    /// The state root.
    pub state_root: Digest,
    /// The answer on that state.
    pub answer: Answer,
}

/// The payload of `ActionDecided`: its author acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionDecided {
    /// What is to be done.
    pub request: ActionRequest,
    /// The grant it is done under; none for members in their own right.
    pub grant: Option<GrantId>,
    /// The decision that asked people first, when they have answered.
    pub approval: Option<EventId>,
    /// The clock of the one who decided, in Unix milliseconds: it can only bring an expiry forward.
    pub at_ms: u64,
    /// What was known and found.
    pub claim: Claim,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The program ended with this code, or the tool returned; 0 is success.
    Exited(i32),
    /// A signal ended it.
    Signalled(i32),
    /// It ran out of time.
    TimedOut,
    /// It could not be started, or what it was asked of failed.
    Failed,
}

/// The payload of `ExecutionCompleted`: what came of an allowed action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutionCompleted {
    /// The decision that allowed it.
    pub decision: EventId,
    /// How it ended.
    pub ended: Ended,
    /// BLAKE3 of the result: what was written to standard output, or what the tool returned.
    pub result: Digest,
    /// Bytes of the result.
    pub result_bytes: u64,
}

/// The payload of `ApprovalGiven`: a person's answer to a decision that asks people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovalGiven {
    /// The decision that asks.
    pub decision: EventId,
    /// Yes or no.
    pub approve: bool,
}

impl Canonical for Claim {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.position.to_be_bytes());
        out.extend_from_slice(&self.state_root.0);
        self.answer.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            position: input.u64()?,
            state_root: Digest(input.array()?),
            answer: Answer::decode_from(input)?,
        })
    }
}

impl Canonical for ActionDecided {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.request.encode_into(out);
        put_optional(out, self.grant.map(|grant| grant.0));
        put_optional(out, self.approval.map(|approval| approval.0));
        out.extend_from_slice(&self.at_ms.to_be_bytes());
        self.claim.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            request: ActionRequest::decode_from(input)?,
            grant: optional(input, "grant flag")?.map(GrantId),
            approval: optional(input, "approval flag")?.map(EventId),
            at_ms: input.u64()?,
            claim: Claim::decode_from(input)?,
        })
    }
}

/// 32 bytes behind a flag that says whether they are there.
pub(crate) fn put_optional(out: &mut Vec<u8>, bytes: Option<[u8; 32]>) {
    out.push(u8::from(bytes.is_some()));
    out.extend(bytes.into_iter().flatten());
}

pub(crate) fn optional(input: &mut Reader<'_>, what: &'static str) -> Decoded<Option<[u8; 32]>> {
    input.flag(what)?.then(|| input.array()).transpose()
}

impl Canonical for Ended {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let (kind, number) = match self {
            Self::Exited(code) => (0_u8, *code),
            Self::Signalled(signal) => (1, *signal),
            Self::TimedOut => (2, 0),
            Self::Failed => (3, 0),
        };
        out.push(kind);
        out.extend_from_slice(&number.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let kind = input.u8()?;
        let number = i32::from_be_bytes(input.array()?);
        match (kind, number) {
            (0, code) => Ok(Self::Exited(code)),
            (1, signal) => Ok(Self::Signalled(signal)),
            (2, 0) => Ok(Self::TimedOut),
            (3, 0) => Ok(Self::Failed),
            (2 | 3, _) => Err(CodecError::NotCanonical("end of an execution")),
            _ => {
                let found = u64::from(kind);
                Err(CodecError::BadValue { what: "end of an execution", found })
            }
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "ended with code {code}"),
            Self::Signalled(signal) => write!(f, "ended by signal {signal}"),
            Self::TimedOut => f.write_str("ran out of time"),
            Self::Failed => f.write_str("failed to run"),
        }
    }
}

impl Canonical for ExecutionCompleted {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.decision.0);
        self.ended.encode_into(out);
        out.extend_from_slice(&self.result.0);
        out.extend_from_slice(&self.result_bytes.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            decision: EventId(input.array()?),
            ended: Ended::decode_from(input)?,
            result: Digest(input.array()?),
            result_bytes: input.u64()?,
        })
    }
}

impl Canonical for ApprovalGiven {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.decision.0);
        out.push(u8::from(self.approve));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { decision: EventId(input.array()?), approve: input.flag("approve flag")? })
    }
}

#[cfg(test)]
pub(crate) mod tests;
