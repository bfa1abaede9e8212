//! The reference evaluator: walks the typed tree, big-step, slow, and meant to be obviously right.
//!
//! It *is* the meaning of the language; every engine must give the same [`Decision`] bit by bit. The
//! rules that are not plain from the types:
//!
//! **Request.** Arguments are checked against the parameters before anything else, in order, depth
//! first; the first that does not fit decides. A text above its length, a symbol above 64 bytes or a
//! list above its bound is `too_large`; everything else that does not fit is `bad_request`: a wrong
//! number of arguments, another type, a variant the enum does not have, a record whose fields are not
//! those of the type in its order, a dimension of trust above one whole. A set may name a variant
//! twice. A policy index without policy is `no_policy`.
//!
//! **Order.** Operands are evaluated left to right, statements in order, the values of an effect in
//! the order of its site. Of several faults the first in this order is the answer. Skipped without
//! being evaluated (no fault, no gas, no read): the right side of `&&` and `||` when the left decides,
//! the branch not taken of `if` and of a choice, arms not taken, statements after the deciding one.
//! Everything else is evaluated, also what does not matter: both arguments of `or_else`, both sides
//! of an option comparison whose left is none.
//!
//! **Lists.** A comprehension looks at every item, in order. For each: condition, and then, for `sum`
//! when the condition holds, value. On no items `any` is false, `all` true, `count` and `sum` zero. A
//! partial sum that leaves the range is an overflow even if a later item would bring it back.
//!
//! **Options.** `o?.f` is none when `o` is none; where the field is an option itself it is that option
//! and not an option of one. A comparison whose left is none is false whatever the operator.
//!
//! **Numbers.** As [`crate::numeric`] has them: 128 bits in between, toward zero, `%` with the sign of
//! its left side, `-` and `abs` of the smallest number and the root of a negative one overflow. Sums
//! and differences of moments and spans are those of their milliseconds. `clamp` with `low` above
//! `high` is `high`. The norm is the one of `pluto_core` with its default weights.
//!
//! **Texts.** Equality is by content, in bytes. Questions are answered by [`crate::text`].
//!
//! **Facts.** Read when they are reached. A host that answers with something that does not fit (a
//! dimension above one whole, a record that is not of its schema, also in its bounds) is the fault
//! `engine`; its own faults are passed on as they are.
//!
//! **Rules and mask.** Bit `n - 1` is set when the condition of rule `n`, `n` up to 40, was evaluated
//! and held: for `deny if` that means it denied. A rule without condition has no bit.
//!
//! **Effects.** Collected in order, dropped unless the outcome is allow. The one above
//! [`crate::limits::EFFECTS_MAX`] is `too_large`.
//!
//! **Gas.** [`crate::gas`], by construct, when it is evaluated; a comprehension pays
//! [`crate::gas::PER_ITEM`] for each item. An engine may charge a straight stretch in advance, so with
//! a limit that does not cover the bound of the policy it would be open which of two faults comes
//! first. Therefore: **when the limit does not cover the bound, every fault of the evaluation is
//! answered as `out_of_gas`**; faults of the request stay what they are. Without a fault, a cost above
//! the limit in any layer is `out_of_gas`. Every fault costs the bound, cut to the limit.
//!
//! [`Decision`]: pluto_core::policy::Decision

mod expressions;
mod migrate;
mod statements;
pub(crate) mod trace;
mod value;

use pluto_core::policy::{Decision, Facts, Fault, Gas, Outcome, Request};

use crate::hir::{Bundle, Constant, Expr, Policy};
pub use migrate::migrate;
use statements::Machine;
use trace::Trace;
use value::Val;

/// The answer of policy `index` to `request`.
///
/// `bound` is the worst-case gas of the policy, as its compiled form states it: the price of a fault,
/// and what decides whether `limit` is short.
#[must_use]
pub fn decide(
    bundle: &Bundle,
    index: usize,
    request: &Request,
    facts: &dyn Facts,
    limit: Gas,
    bound: Gas,
) -> Decision {
    let question = Question { request, facts, limit, bound };
    decide_traced(bundle, index, &question, &mut Trace::off())
}

/// Everything about a question but the policy.
pub(crate) struct Question<'a> {
    pub(crate) request: &'a Request,
    pub(crate) facts: &'a dyn Facts,
    pub(crate) limit: Gas,
    pub(crate) bound: Gas,
}

/// As [`decide`], and writes down what it sees.
pub(crate) fn decide_traced(
    bundle: &Bundle,
    index: usize,
    question: &Question<'_>,
    trace: &mut Trace,
) -> Decision {
    let Question { request, facts, limit, bound } = *question;
    let fault = |fault| Decision::fault(fault, bound.min(limit));
    let Some(policy) = bundle.policies.get(index) else { return fault(Fault::NoPolicy) };
    let params = match arguments(bundle, policy, request) {
        Ok(params) => params,
        Err(refused) => return fault(refused),
    };
    let mut machine = Machine::new(bundle, policy, request.subject, facts, params, trace);
    match machine.run() {
        Ok(decision) if decision.gas.fits(limit) => decision,
        Err(stopped) if bound.fits(limit) => fault(stopped),
        _ => fault(Fault::OutOfGas),
    }
}

fn arguments(bundle: &Bundle, policy: &Policy, request: &Request) -> Result<Vec<Val>, Fault> {
    if policy.params.len() != request.arguments.len() {
        return Err(Fault::BadRequest);
    }
    let pairs = policy.params.iter().zip(&request.arguments);
    pairs.map(|((_, ty), argument)| Val::accept(&bundle.types, ty, argument)).collect()
}

/// The value of an expression that reads nothing of the question.
pub(crate) fn constant(expr: &Expr) -> Result<Constant, Fault> {
    migrate::constant(expr)
}

/// What an ending without effects looks like before the price is known.
const fn outcome_of(allows: bool) -> Outcome {
    if allows { Outcome::Allow } else { Outcome::Deny }
}

#[cfg(test)]
mod tests;
