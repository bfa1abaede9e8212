//! Trust and finality as pure engines.
//!
//! Each is a function from a view of the state and one event to a verdict and proposed writes.
//! Nothing here reads a clock, draws randomness, keeps anything between two events, or uses a float;
//! what an engine cannot accept is a verdict, never an error.

pub mod finality;
pub mod trust;

pub use finality::FinalityEngine;
pub use trust::TrustEngine;

use pluto_core::{Canonical, Event, VoidReason};

/// Version of the payloads that both engines read.
const PAYLOAD_VERSION: u8 = 1;

/// The payload of an event, or why it has none that can be read.
fn payload<T: Canonical>(event: &Event) -> Result<T, VoidReason> {
    let bytes = event.payload.as_deref().ok_or(VoidReason::PayloadAbsent)?;
    if event.header.payload_version != PAYLOAD_VERSION {
        return Err(VoidReason::MalformedPayload);
    }
    T::decode(bytes).map_err(|_| VoidReason::MalformedPayload)
}

#[cfg(test)]
mod testing;
