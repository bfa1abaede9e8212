//! Observer hub.
