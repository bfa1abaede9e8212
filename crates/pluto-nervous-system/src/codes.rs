//! Error codes of this crate.

use pluto_error::{Code, Kind};

/// A lane of the event bus, or the share of one source in it, is full.
pub const BUS_BUSY: Code =
    Code::new("NRV-0101", Kind::Busy, "the node is busy; try again a little later");
/// The event bus takes nothing more.
pub const BUS_CLOSED: Code = Code::new("NRV-0102", Kind::Retry, "the node is shutting down");
/// The system mode cannot be left this way.
pub const MODE_FORBIDDEN: Code =
    Code::new("NRV-0103", Kind::Denied, "this change of the system mode is not allowed");
/// The system mode does not allow the operation.
pub const MODE_REFUSES: Code =
    Code::new("NRV-0104", Kind::Denied, "the system mode does not allow this now");
