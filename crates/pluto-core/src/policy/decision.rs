//! What a policy answers.

use super::gas::Gas;
use super::value::Value;

/// Rules whose conditions are recorded bit by bit; later ones are not.
pub const MASK_BITS: u32 = 40;

/// Why a policy could not be decided. A fault never allows anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fault {
    /// A number left the range of 64 bits.
    Overflow = 1,
    /// A division or remainder by zero.
    DivisionByZero = 2,
    /// A fact was asked about somebody or something that is not known.
    UnknownEntity = 3,
    /// The host does not offer what was asked.
    NotSupported = 4,
    /// The gas limit is below what the decision costs.
    OutOfGas = 5,
    /// The mana account is empty.
    OutOfMana = 6,
    /// No policy of that name is there.
    NoPolicy = 7,
    /// The request does not match the policy's parameters.
    BadRequest = 8,
    /// A text, list or number of effects is above its bound.
    TooLarge = 9,
    /// The engine failed; the policy is not to blame.
    Engine = 10,
}

impl Fault {
    /// All faults, in order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Overflow,
        Self::DivisionByZero,
        Self::UnknownEntity,
        Self::NotSupported,
        Self::OutOfGas,
        Self::OutOfMana,
        Self::NoPolicy,
        Self::BadRequest,
        Self::TooLarge,
        Self::Engine,
    ];

    /// The fault with that number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| *fault as u8 == number)
    }

    /// The name, as printed and as written in tests of policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overflow => "overflow",
            Self::DivisionByZero => "division_by_zero",
            Self::UnknownEntity => "unknown_entity",
            Self::NotSupported => "not_supported",
            Self::OutOfGas => "out_of_gas",
            Self::OutOfMana => "out_of_mana",
            Self::NoPolicy => "no_policy",
            Self::BadRequest => "bad_request",
            Self::TooLarge => "too_large",
            Self::Engine => "engine",
        }
    }
}

/// What happens when nobody answers an escalation in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Fallback {
    /// The action is denied.
    Deny = 0,
    /// The action is allowed.
    Allow = 1,
}

/// The four answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The policy says no, or says nothing.
    Deny,
    /// The policy says yes.
    Allow,
    /// People have to say.
    Escalate {
        /// How long they have, in milliseconds.
        timeout_ms: i64,
        /// What holds after that.
        fallback: Fallback,
    },
    /// The question could not be decided; to be treated as no.
    Indeterminate(Fault),
}

impl Outcome {
    /// The name, as printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Escalate { .. } => "escalate",
            Self::Indeterminate(_) => "indeterminate",
        }
    }
}

/// What an effect asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EffectKind {
    /// Tell observers.
    Emit = 0,
    /// Charge the subject.
    Cost = 1,
    /// Record more about the action.
    Audit = 2,
    /// Write a record; the first field is the key.
    Put = 3,
    /// Remove a record; the first field is the key.
    Delete = 4,
}

/// Something to be done if, and only if, the policy allows; all of them or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What is asked for.
    pub kind: EffectKind,
    /// The name of the event, or of the store; empty for cost and audit.
    pub name: String,
    /// Named values, in the order of the source.
    pub fields: Vec<(String, Value)>,
}

/// The answer of a policy: equal in every engine, bit by bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// The rule that decided, counted from 1 in the order of the source; 0 is the end of the policy.
    /// 0 with a fault.
    pub rule: u16,
    /// Bit `i` says that the condition of rule `i + 1` was evaluated and held. 0 with a fault.
    pub mask: u64,
    /// What it cost. With a fault: the bound of the policy, cut to the limit.
    pub gas: Gas,
    /// What follows; empty unless the outcome is allow.
    pub effects: Vec<Effect>,
}

impl Decision {
    /// The answer when a fault stops the policy.
    #[must_use]
    pub const fn fault(fault: Fault, gas: Gas) -> Self {
        Self { outcome: Outcome::Indeterminate(fault), rule: 0, mask: 0, gas, effects: Vec::new() }
    }

    /// Whether the answer is yes.
    #[must_use]
    pub const fn allows(&self) -> bool {
        matches!(self.outcome, Outcome::Allow)
    }
}
