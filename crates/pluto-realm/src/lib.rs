//! What a realm is made of: its rules, its members and the records they keep.
//!
//! Pure steps over a view of the state: nothing here stores, signs, or reads a clock. Whether an
//! author proved to be who they say is settled before the fold; that their first event fits their DID
//! is the identity engine's part.

pub mod archive;
pub mod blueprint;
pub mod bucket;
pub mod codes;
pub mod final_state;
pub mod gateway;
pub mod governance;
pub mod hierarchy;
pub mod lattice;
mod membership;
pub mod quota;
mod reading;
mod record;
pub mod room;
pub mod rule_set;
mod rules;
pub mod saga;
pub mod standing;

pub use membership::{OWNERS_KEY, RealmEngine};
pub use reading::{Reader, may_read};
pub use record::{RecordEngine, STORED_VALUE_BYTES_MAX, StoredRecord};
pub use rule_set::{Isolation, Limit, Rule, RuleSet, Weakened};
pub use rules::{RealmRules, active_member};

#[cfg(test)]
mod test_realm;
