//! Random policies of the policy language, well-typed by construction, with questions to them.
//!
//! For comparing engines: everything is a function of [`Choices`], so a fuzzer steers it by bytes and a
//! test by a seed. Programs are trees, not source: what the checker would accept and more, such as
//! facts about computed identities and lists inside records.

mod choices;
mod expressions;
mod numbers;
mod statements;
mod types;
mod world;

pub use choices::Choices;
pub use world::{RandomFacts, limit, request, request_for};

use pluto_ecl::hir::Bundle;

/// A bundle with one policy and one store.
#[must_use]
pub fn bundle(choices: &mut Choices<'_>) -> Bundle {
    let (types, stores) = types::fixed();
    let mut bundle = Bundle { types, stores, ..Bundle::default() };
    let policy = statements::policy(choices, &bundle);
    bundle.policies.push(policy);
    bundle
}
