//! What installs a policy: the payload of kind 71.

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::limits::{NAME_BYTES_MAX, PAYLOAD_BYTES_MAX};

/// Largest artifact of a policy in bytes: it fits one payload beside the name of its slot.
pub const POLICY_ARTIFACT_BYTES_MAX: usize = PAYLOAD_BYTES_MAX - NAME_BYTES_MAX - 8;

/// The payload of `PolicyInstalled`: puts compiled policies into a slot of the realm, or clears it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyInstalled {
    /// The slot, 1 to 128 bytes; `admission` judges every event of the realm.
    pub slot: String,
    /// The `.eclc` bytes; empty clears the slot.
    pub artifact: Vec<u8>,
}

impl Canonical for PolicyInstalled {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.slot.as_bytes());
        put_bytes(out, &self.artifact);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let slot = input.text("policy slot", NAME_BYTES_MAX)?.to_owned();
        if slot.is_empty() {
            return Err(CodecError::BadValue { what: "policy slot length", found: 0 });
        }
        let artifact = input.bytes("policy artifact", POLICY_ARTIFACT_BYTES_MAX)?.to_vec();
        Ok(Self { slot, artifact })
    }
}
