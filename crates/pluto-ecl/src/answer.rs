//! The answer of a policy in words: what engines hand back without allocating.
//!
//! Answer: outcome in bits 0 to 7 (0 deny, 1 allow, 2 escalate, 3 fault), rule or number of the fault
//! in bits 8 to 23, mask in bits 24 to 63. Gas: compute and network in one word, storage and realm in
//! another, 32 bits each; no layer reaches 32 bits, so adding words adds layers.

use pluto_core::policy::{Fault, Gas};

use crate::code::{Ending, Fact};

/// Where the mask begins.
pub const MASK_SHIFT: i64 = 24;
/// The outcome number of a fault.
pub const FAULT: u8 = 3;
const RULE_SHIFT: u32 = 8;

/// The answer word of an ending by a rule, with an empty mask.
#[must_use]
pub fn ending(ending: Ending, rule: u16) -> i64 {
    i64::from(ending as u8) | i64::from(rule) << RULE_SHIFT
}

/// The answer word of a fault.
#[must_use]
pub fn fault(fault: Fault) -> i64 {
    i64::from(FAULT) | i64::from(fault as u8) << RULE_SHIFT
}

/// An answer word, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// How the policy ended, the rule, and the mask.
    Ended(Ending, u16, u64),
    /// A fault.
    Fault(Fault),
}

/// Takes an answer word apart; what no engine writes is a fault of the engine.
#[must_use]
pub fn decode(word: i64) -> Answer {
    let word = word.cast_unsigned();
    let rule = u16::try_from(word >> RULE_SHIFT & 0xffff).unwrap_or_default();
    let mask = word >> MASK_SHIFT;
    match word & 0xff {
        0 => Answer::Ended(Ending::Deny, rule, mask),
        1 => Answer::Ended(Ending::Allow, rule, mask),
        2 => Answer::Ended(Ending::Escalate, rule, mask),
        _ => {
            let number = u8::try_from(rule).unwrap_or_default();
            Answer::Fault(Fault::from_number(number).unwrap_or(Fault::Engine))
        }
    }
}

/// Gas as two words.
#[must_use]
pub fn gas_words(gas: Gas) -> [i64; 2] {
    let pack = |low: u32, high: u32| (u64::from(low) | u64::from(high) << 32).cast_signed();
    [pack(gas.compute, gas.network), pack(gas.storage, gas.realm)]
}

/// Two words as gas.
#[must_use]
pub fn gas([first, second]: [i64; 2]) -> Gas {
    let low = |word: i64| u32::try_from(word.cast_unsigned() & 0xffff_ffff).unwrap_or(u32::MAX);
    let high = |word: i64| u32::try_from(word.cast_unsigned() >> 32).unwrap_or(u32::MAX);
    Gas { compute: low(first), network: high(first), storage: low(second), realm: high(second) }
}

/// A fact as two numbers: which, and its literal or store.
#[must_use]
pub fn fact_numbers(fact: Fact) -> (i32, i32) {
    match fact {
        Fact::Trust => (0, 0),
        Fact::Balance => (1, 0),
        Fact::Known => (2, 0),
        Fact::Has(kind, literal) => (3 + kind as i32, i32::from(literal)),
        Fact::Record(store) => (6, i32::from(store)),
    }
}

/// The fact of two numbers.
#[must_use]
pub fn fact_of_numbers(number: i32, literal: i32) -> Option<Fact> {
    use crate::hir::ClaimKind;
    let literal = u16::try_from(literal).ok()?;
    Some(match number {
        0 => Fact::Trust,
        1 => Fact::Balance,
        2 => Fact::Known,
        3 => Fact::Has(ClaimKind::Credential, literal),
        4 => Fact::Has(ClaimKind::Capability, literal),
        5 => Fact::Has(ClaimKind::Role, literal),
        6 => Fact::Record(literal),
        _ => return None,
    })
}
