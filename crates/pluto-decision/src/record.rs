//! What the state keeps of decisions, in component `Execution`.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::policy::Fallback;
use pluto_core::{Did, Digest, EventId};
use pluto_identity::grant::GrantId;

use crate::answer::Answer;
use crate::payload::{Ended, optional, put_optional};

/// What an escalation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Realm time at which nobody needs to be waited for any more.
    pub until_ms: u64,
    /// What holds then.
    pub fallback: Fallback,
}

/// A decision, under [`decision_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Who acts.
    pub actor: Did,
    /// The digest of the request.
    pub request: Digest,
    /// The grant it was judged under.
    pub grant: Option<GrantId>,
    /// Who stands at the root of the grants.
    pub grantor: Option<Did>,
    /// The answer of the fold.
    pub answer: Answer,
    /// The decision whose approval was used.
    pub approval: Option<EventId>,
    /// What it waits for, when people have to say.
    pub escalation: Option<Escalation>,
    /// What settled it: the completion of an allowed action, or the decision that used the approval.
    pub settled: Option<EventId>,
}

/// A person's answer, under [`approval_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovalRecord {
    /// Who answered.
    pub by: Did,
    /// The event that says so.
    pub event: EventId,
    /// Yes or no.
    pub approve: bool,
}

/// How an allowed action ended, under [`completion_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletionRecord {
    /// The event that says so.
    pub event: EventId,
    /// How it ended.
    pub ended: Ended,
    /// BLAKE3 of the result.
    pub result: Digest,
    /// Bytes of the result.
    pub result_bytes: u64,
}

/// The key of a decision: `d` ‖ event id.
#[must_use]
pub fn decision_key(decision: &EventId) -> Vec<u8> {
    keyed(b'd', decision)
}

/// The key of people's answer to a decision: `a` ‖ event id of the decision.
#[must_use]
pub fn approval_key(decision: &EventId) -> Vec<u8> {
    keyed(b'a', decision)
}

/// The key of the end of a decided action: `c` ‖ event id of the decision.
#[must_use]
pub fn completion_key(decision: &EventId) -> Vec<u8> {
    keyed(b'c', decision)
}

fn keyed(prefix: u8, id: &EventId) -> Vec<u8> {
    let mut key = Vec::with_capacity(33);
    key.push(prefix);
    key.extend_from_slice(&id.0);
    key
}

impl Canonical for Escalation {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.until_ms.to_be_bytes());
        out.push(self.fallback as u8);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let until_ms = input.u64()?;
        let fallback = match input.u8()? {
            0 => Fallback::Deny,
            1 => Fallback::Allow,
            number => {
                let found = u64::from(number);
                return Err(CodecError::BadValue { what: "fallback", found });
            }
        };
        Ok(Self { until_ms, fallback })
    }
}

impl Canonical for DecisionRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.actor.encode_into(out);
        out.extend_from_slice(&self.request.0);
        put_optional(out, self.grant.map(|grant| grant.0));
        out.push(u8::from(self.grantor.is_some()));
        self.grantor.iter().for_each(|grantor| grantor.encode_into(out));
        self.answer.encode_into(out);
        put_optional(out, self.approval.map(|approval| approval.0));
        out.push(u8::from(self.escalation.is_some()));
        self.escalation.iter().for_each(|escalation| escalation.encode_into(out));
        put_optional(out, self.settled.map(|settled| settled.0));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            actor: Did::decode_from(input)?,
            request: Digest(input.array()?),
            grant: optional(input, "grant flag")?.map(GrantId),
            grantor: input.flag("grantor flag")?.then(|| Did::decode_from(input)).transpose()?,
            answer: Answer::decode_from(input)?,
            approval: optional(input, "approval flag")?.map(EventId),
            escalation: input
                .flag("escalation flag")?
                .then(|| Escalation::decode_from(input))
                .transpose()?,
            settled: optional(input, "settled flag")?.map(EventId),
        })
    }
}

impl Canonical for ApprovalRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.by.encode_into(out);
        out.extend_from_slice(&self.event.0);
        out.push(u8::from(self.approve));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            by: Did::decode_from(input)?,
            event: EventId(input.array()?),
            approve: input.flag("approve flag")?,
        })
    }
}

impl Canonical for CompletionRecord {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.event.0);
        self.ended.encode_into(out);
        out.extend_from_slice(&self.result.0);
        out.extend_from_slice(&self.result_bytes.to_be_bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            event: EventId(input.array()?),
            ended: Ended::decode_from(input)?,
            result: Digest(input.array()?),
            result_bytes: input.u64()?,
        })
    }
}

#[cfg(test)]
mod tests;
