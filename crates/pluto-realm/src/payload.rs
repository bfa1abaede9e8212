//! Reading the payload of an event, with the reason when it cannot be read.

use pluto_core::codec::Canonical;
use pluto_core::{Event, VoidReason};

/// The version of the payloads these engines read.
pub const PAYLOAD_VERSION: u8 = 1;

pub(crate) fn payload<T: Canonical>(event: &Event) -> Result<T, VoidReason> {
    T::decode(payload_bytes(event)?).map_err(|_| VoidReason::MalformedPayload)
}

/// The payload of an event in the version these engines read.
pub(crate) fn payload_bytes(event: &Event) -> Result<&[u8], VoidReason> {
    let bytes = event.payload.as_deref().ok_or(VoidReason::PayloadAbsent)?;
    if event.header.payload_version != PAYLOAD_VERSION {
        return Err(VoidReason::MalformedPayload);
    }
    Ok(bytes)
}
