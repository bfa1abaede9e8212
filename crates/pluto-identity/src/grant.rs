//! Grants: narrow, expiring rights that one party hands to another, and hands on.
//!
//! A grant is made by an event, recorded in component `Controller`, and asked by walking from the
//! grant an actor holds up to the member who gave the first one. A grant never allows more than the
//! one above it: the engine refuses it otherwise, so that a check may stop at the first hop that says
//! no. A revocation marks one record; whatever hangs below it is dead because every check passes it.
//!
//! Everything here is pure: a view of the state in, an answer or proposed writes out.

mod chain;
mod engine;
mod find;
mod id;
mod pattern;
mod payload;
mod record;
mod refusal;

pub use chain::{Asked, Chain, authorise, charge, standing};
pub use engine::{GrantEngine, beyond, may_give, may_revoke};
pub use find::covering;
pub use id::{GrantId, grant_id, grant_key, usage_key};
pub use pattern::{PATTERN_BYTES_MAX, Pattern};
pub use payload::{
    APPROVERS_MAX, FACTOR_PPM_MAX, Grant, GrantRef, GrantRevoked, HOPS_MAX, PATTERNS_MAX, Rate,
};
pub use record::{GrantRecord, GrantRecordRef, UsageRecord};
pub use refusal::Refusal;

/// Most grants in one chain: the first one and seven hops.
pub const CHAIN_GRANTS_MAX: usize = HOPS_MAX as usize + 1;

#[cfg(test)]
mod test_world;
