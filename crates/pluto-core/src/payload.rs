//! Payloads of the kinds that have effect, each with its canonical encoding.
//!
//! A payload that does not decode makes its event void, never absent; so decoders here may be strict.
//! Layouts are listed in `docs/formats/payloads.md`.

mod attestation;
mod checkpoint;
mod identity;
mod policy;
mod realm;
mod record;

pub(crate) use identity::decode_dids;

pub use attestation::{ATTESTATION_VALUE_MAX, Attestation};
pub use checkpoint::{CheckpointSigned, heads_root};
pub use identity::{GUARDIANS_MAX, Inception, Recovery, inception_of};
pub use policy::{POLICY_ARTIFACT_BYTES_MAX, PolicyInstalled};
pub use realm::{
    Admission, MembershipAction, MembershipChange, RealmGenesis, Role, TRUST_ROOTS_MAX,
};
pub use record::{RECORD_KEY_BYTES_MAX, RecordDeleted, RecordPut};

#[cfg(test)]
mod tests;
