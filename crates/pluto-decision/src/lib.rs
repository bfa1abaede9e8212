//! Decisions on actions: what agents may do, judged by grants and policy, and proven to strangers.
//!
//! [`Judge`] answers on one state; [`Decisions`] has it answer inside the fold; [`rules`] is
//! everything that decides an event in this build, the same for a node and for a verifier; [`bundle`]
//! is the file from which a stranger runs a decision again, under a checkpoint that [`witnessing`]
//! vouches for. Nothing here does input or output.

mod answer;
mod arguments;
pub mod audit;
pub mod bundle;
pub mod codes;
mod decisions;
pub mod epoch;
mod error;
mod facts;
pub mod forks;
mod judge;
pub mod payload;
pub mod realm_footing;
pub mod realm_proof;
pub mod record;
mod refusal;
pub mod request;
mod rules;
mod spent;
pub mod witnessing;

pub use answer::{Answer, Said};
pub use decisions::{DecisionEngine, Decisions};
pub use error::DecisionError;
pub use judge::{ACTION_POLICY, ACTIONS_SLOT, Judge, Judgement, Question, acts_alone, rule_reason};
pub use refusal::Refusal;
pub use request::{ActionRequest, ContextValue};
pub use rules::{READERS, RuleSet, STANDING, rules, rules_with};

#[cfg(test)]
mod test_world;
