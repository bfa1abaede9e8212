//! Every bound that an event must respect, in one place.
//!
//! They are part of the format: raising one makes events that older nodes refuse.

/// Largest payload of one event in bytes; larger things are blobs.
pub const PAYLOAD_BYTES_MAX: usize = 64 * 1024;
/// Most parents of one event.
pub const PARENTS_MAX: usize = 16;
/// Most events under one signature.
pub const RUN_EVENTS_MAX: usize = 256;
/// Largest encoded run in bytes.
pub const RUN_BYTES_MAX: usize = 1024 * 1024;
/// Most hashes in the path from one event to the signature of its run: log₂ of the events.
pub const RUN_PATH_MAX: usize = 8;
/// Longest key of a state entry in bytes.
pub const STATE_KEY_BYTES_MAX: usize = 512;
/// Longest value of a state entry in bytes.
pub const STATE_VALUE_BYTES_MAX: usize = PAYLOAD_BYTES_MAX;
/// Longest human-given name (realm, record collection) in bytes.
pub const NAME_BYTES_MAX: usize = 128;
