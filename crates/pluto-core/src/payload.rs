//! Payloads of the kinds that have effect, each with its canonical encoding.
//!
//! A payload that does not decode makes its event void, never absent; so decoders here may be strict.
//! Layouts are listed in `docs/formats/payloads.md`.

mod attestation;
mod checkpoint;
mod identity;
mod realm;
mod record;

pub(crate) use identity::decode_dids;

pub use attestation::{ATTESTATION_VALUE_MAX, Attestation};
pub use checkpoint::{ChainedCheckpoint, CheckpointSigned, RoundVote, heads_root};
pub use identity::{GUARDIANS_MAX, Inception, Recovery, inception, inception_of};
pub use realm::{
    Admission, MembershipAction, MembershipChange, RealmGenesis, Role, TRUST_ROOTS_MAX,
};
pub use record::{RECORD_KEY_BYTES_MAX, RecordDeleted, RecordPut, RecordPutRef};

use crate::{Canonical, Event, VoidReason};

/// Version of every payload this build reads and writes, but for that of a [`ChainedCheckpoint`].
pub const PAYLOAD_VERSION: u8 = 1;
/// Version of the payload of a [`ChainedCheckpoint`].
pub const CHAINED_VERSION: u8 = 2;
/// Version of the payload of a [`RoundVote`].
pub const ROUND_VERSION: u8 = 3;

/// The payload of an event, or why it has none that can be read.
///
/// # Errors
/// The reason for which the event is void: the payload is absent, of another version, or malformed.
pub fn payload_of<T: Canonical>(event: &Event) -> Result<T, VoidReason> {
    T::decode(payload_bytes(event)?).map_err(|_| VoidReason::MalformedPayload)
}

/// The bytes of a payload of this version.
///
/// # Errors
/// As [`payload_of`].
pub fn payload_bytes(event: &Event) -> Result<&[u8], VoidReason> {
    bytes_of(event, PAYLOAD_VERSION)
}

/// What an event of kind `CheckpointSigned` says of a chained checkpoint, in version 2 or 3.
///
/// # Errors
/// As [`payload_of`].
pub fn vote_of(event: &Event) -> Result<RoundVote, VoidReason> {
    let version = event.header.payload_version.clamp(CHAINED_VERSION, ROUND_VERSION);
    let alone = |chained| RoundVote { chained, round: 0, commits: true };
    let vote = match version {
        CHAINED_VERSION => ChainedCheckpoint::decode(bytes_of(event, version)?).map(alone),
        _ => RoundVote::decode(bytes_of(event, version)?),
    };
    let is_word = |vote: &RoundVote| (vote.round == 0) == (version == CHAINED_VERSION);
    vote.ok().filter(is_word).ok_or(VoidReason::MalformedPayload)
}

fn bytes_of(event: &Event, version: u8) -> Result<&[u8], VoidReason> {
    let bytes = event.payload.as_deref().ok_or(VoidReason::PayloadAbsent)?;
    if event.header.payload_version != version {
        return Err(VoidReason::MalformedPayload);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
