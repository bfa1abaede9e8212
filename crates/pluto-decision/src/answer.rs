//! The answer to a question, as claimed and as recorded: equal bit by bit on every node.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::policy::{Decision, Fault, Gas, Outcome};
use pluto_core::{Digest, Verdict, VoidReason};

use crate::refusal::Refusal;

/// Which of the four answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Said {
    /// No.
    Deny = 0,
    /// Yes.
    Allow = 1,
    /// People have to say.
    Escalate = 2,
    /// It could not be decided; to be treated as no.
    Indeterminate = 3,
}

impl Said {
    /// The name, as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Escalate => "escalate",
            Self::Indeterminate => "indeterminate",
        }
    }

    const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Deny,
            1 => Self::Allow,
            2 => Self::Escalate,
            3 => Self::Indeterminate,
            _ => return None,
        })
    }

    /// The verdict on an event that was answered so.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Allow => Verdict::Effective,
            Self::Deny => Verdict::Void(VoidReason::PolicyDenied),
            Self::Escalate => Verdict::Void(VoidReason::PolicyEscalated),
            Self::Indeterminate => Verdict::Void(VoidReason::PolicyFault),
        }
    }
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which of the four.
    pub said: Said,
    /// Why it could not be decided; only with `Indeterminate`.
    pub fault: Option<Fault>,
    /// Why it was denied before, or beside, any rule of the policy; only with `Deny`.
    pub refusal: Option<Refusal>,
    /// The rule of the policy that decided; 0 for its end, or when no policy was asked.
    pub rule: u16,
    /// What the policy cost.
    pub gas: Gas,
    /// The artifact of the policy; none when no policy was asked.
    pub artifact: Option<Digest>,
}

impl Answer {
    /// What a policy decided.
    #[must_use]
    pub fn of(decision: &Decision, artifact: Digest) -> Self {
        let (said, fault) = match decision.outcome {
            Outcome::Deny => (Said::Deny, None),
            Outcome::Allow => (Said::Allow, None),
            Outcome::Escalate { .. } => (Said::Escalate, None),
            Outcome::Indeterminate(fault) => (Said::Indeterminate, Some(fault)),
        };
        let (rule, gas) = (decision.rule, decision.gas);
        Self { said, fault, refusal: None, rule, gas, artifact: Some(artifact) }
    }

    /// No, for a reason outside the policy.
    #[must_use]
    pub const fn refused(refusal: Refusal) -> Self {
        let (fault, refusal) = (None, Some(refusal));
        Self { said: Said::Deny, fault, refusal, rule: 0, gas: Gas::ZERO, artifact: None }
    }
}

impl Canonical for Answer {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(self.said as u8);
        out.push(self.fault.map_or(0, |fault| fault as u8));
        out.push(self.refusal.map_or(0, Refusal::number));
        out.extend_from_slice(&self.rule.to_be_bytes());
        self.gas.encode_into(out);
        out.extend_from_slice(&self.artifact.unwrap_or(Digest::ZERO).0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let bad = |what, found: u8| CodecError::BadValue { what, found: u64::from(found) };
        let number = input.u8()?;
        let said = Said::from_number(number).ok_or(bad("outcome", number))?;
        let number = input.u8()?;
        let fault = Fault::from_number(number);
        if fault.is_some() != (said == Said::Indeterminate) || fault.is_none() && number != 0 {
            return Err(bad("fault", number));
        }
        let number = input.u8()?;
        let refusal = Refusal::from_number(number);
        if refusal.is_none() && number != 0 || refusal.is_some() && said != Said::Deny {
            return Err(bad("refusal", number));
        }
        let (rule, gas) = (input.u16()?, Gas::decode_from(input)?);
        let artifact = Digest(input.array()?);
        let artifact = (artifact != Digest::ZERO).then_some(artifact);
        Ok(Self { said, fault, refusal, rule, gas, artifact })
    }
}
