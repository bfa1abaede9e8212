//! Flattens portable code: from structure to jumps, from many registers to few places.
//!
//! - What a register holds for good needs no instruction: inputs lie in the first registers, copies
//!   are another name, constants go into the instruction that uses them.
//! - A comparison that only decides a branch becomes the branch.
//! - Blocks that end the policy stand behind the rest, so that going on means going straight on.
//! - Gas and mask are known at an exit when all ways to it agree; they stand there as constants and
//!   cost nothing on the way. Only where ways of different price meet, and in loops, is something
//!   added while running.
//!
//! Takes verified code only; what would be out of range in other code gives none.

mod blocks;
mod branches;
mod operations;

use pluto_core::policy::Gas;

use super::instruction::Instruction;
use crate::code::{Ending, Fact, Module, Policy};

/// What was due on the way, and which conditions held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) gas: Gas,
    pub(super) mask: u64,
}

/// An end of the policy, with what is due on the way and not added by instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exit {
    pub(super) ending: Ending,
    pub(super) rule: u16,
    pub(super) due: Due,
}

/// Where a word of an effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Place(u16),
    Const(i64),
}

/// Tables that instructions refer to by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tables {
    pub(super) wide: Vec<i64>,
    pub(super) dues: Vec<Due>,
    pub(super) exits: Vec<Exit>,
    pub(super) facts: Vec<Fact>,
    pub(super) effects: Vec<(u16, Vec<Operand>)>,
}

/// Instructions in the smallest form they fit.
#[derive(Clone, Debug)]
pub(super) enum Code {
    Narrow(Vec<Instruction<u8, u16>>),
    Wide(Vec<Instruction<u16, u32>>),
}

/// The flat form of a policy.
#[derive(Clone, Debug)]
pub(super) struct Flat {
    pub(super) code: Code,
    pub(super) tables: Tables,
    pub(super) places: usize,
}

/// Flattens a policy; with `careful`, inputs that may have faulted are checked where they are used.
pub(super) fn flatten(module: &Module, policy: &Policy, careful: bool) -> Option<Flat> {
    let mut flattener = blocks::Flattener::new(module, policy, careful);
    flattener.policy()?;
    let (code, tables, places) = flattener.finish();
    let narrow: Option<Vec<_>> = match places {
        0..=256 => code.iter().map(|instruction| instruction.narrow()).collect(),
        _ => None,
    };
    let code = narrow.map_or(Code::Wide(code), Code::Narrow);
    Some(Flat { code, tables, places })
}

#[cfg(test)]
mod tests;
