//! Whether code from elsewhere may run.
//!
//! Code that passes ends, reads only what it set, asks only for what its types allow and costs what
//! it says:
//!
//! 1. types, lists, inputs, rules and sites are in range and fit each other ([`table`]);
//! 2. every operation reads registers of the kind it takes ([`operation`]), set on every path, and
//!    every path ends in one decision ([`flow`]);
//! 3. migrations of stores read the old record and put the new one ([`history`]);
//! 4. the stated worst case is the one of the code ([`cost`]), and work is paid for: on every path at
//!    most [`FREE_WORK_MAX`] nodes and [`WORK_PER_GAS`] for each unit of compute, and reads and
//!    effects at least by their price. What the source would have cost cannot be known from code; this
//!    bounds what a forger can get for nothing.
//!
//! [`FREE_WORK_MAX`]: crate::limits::FREE_WORK_MAX
//! [`WORK_PER_GAS`]: crate::limits::WORK_PER_GAS

mod cost;
mod flow;
mod history;
mod operation;
mod table;

use pluto_core::policy::Gas;
use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::code::Module;
use crate::codes;

pub use cost::bound;

/// Which rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Something is above its bound.
    Bound(&'static str),
    /// A number names nothing.
    Range(&'static str),
    /// A type breaks a rule of types.
    Type(&'static str),
    /// A register is read on a path that does not set it.
    Unset(u16),
    /// A register holds something else than the operation takes.
    Kind(u16),
    /// A node stands where it may not.
    Place(&'static str),
    /// The stated worst case is not the one of the code.
    WrongBound,
    /// Gas does not pay for the work.
    Unpaid,
}

impl Refusal {
    fn show(self) -> String {
        match self {
            Self::Bound(what) => format!("too many or too large: {what}"),
            Self::Range(what) => format!("no such {what}"),
            Self::Type(what) => format!("a type that cannot be: {what}"),
            Self::Unset(reg) => format!("register `{reg}` is read before it is set"),
            Self::Kind(reg) => format!("register `{reg}` is of another kind than is read or set"),
            Self::Place(what) => format!("out of place: {what}"),
            Self::WrongBound => "the stated worst case is not the one of the code".to_owned(),
            Self::Unpaid => "gas does not pay for the work".to_owned(),
        }
    }
}

/// Why code may not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("code is refused: {}", rule.show())]
pub struct CodeError {
    /// The policy, by index; none for what all share.
    pub policy: Option<u16>,
    /// The broken rule.
    pub rule: Refusal,
}

impl Coded for CodeError {
    fn code(&self) -> Code {
        codes::CODE_REFUSED
    }
}

type Verified<T> = Result<T, Refusal>;

/// Checks all rules. Takes time and memory in proportion to the module.
///
/// # Errors
/// `ECL-0010` with the first broken rule.
pub fn verify(module: &Module) -> Result<(), CodeError> {
    check(module, |found, stated| found == stated)
}

/// The same for what the optimiser made: the stated worst case is still that of the source, and code
/// may have lost the branch that would have cost it.
///
/// # Errors
/// As [`verify`].
pub fn verify_optimised(module: &Module) -> Result<(), CodeError> {
    check(module, |found, stated| found.fits(*stated))
}

fn check(module: &Module, agrees: fn(&Gas, &Gas) -> bool) -> Result<(), CodeError> {
    types(module)?;
    history::all(module).map_err(|rule| CodeError { policy: None, rule })?;
    for (at, policy) in (0_u16..).zip(&module.policies) {
        let refused = |rule| CodeError { policy: Some(at), rule };
        table::policy(module, policy).map_err(refused)?;
        let tests = flow::policy(module, policy).map_err(refused)?;
        if !agrees(&bound(&policy.body, &policy.lists), &policy.bound) {
            return Err(refused(Refusal::WrongBound));
        }
        cost::policy(module, policy, &tests).map_err(refused)?;
    }
    Ok(())
}

/// Checks what policies share: types, literals, stores.
pub(crate) fn types(module: &Module) -> Result<(), CodeError> {
    table::shared(module).map_err(|rule| CodeError { policy: None, rule })
}

#[cfg(test)]
mod tests;
