//! The error codes of process logs, one per line; never reused.

use pluto_error::{Code, Kind};

/// A line that is no event.
pub const EVENT_MALFORMED: Code =
    Code::new("NOD-0111", Kind::Reject, "a line of the process log is malformed");
/// A line or field above its bound.
pub const EVENT_TOO_LONG: Code =
    Code::new("NOD-0112", Kind::Reject, "a line of the process log is too long");
/// More events than the bound.
pub const EVENTS_TOO_MANY: Code =
    Code::new("NOD-0113", Kind::Reject, "the process log has too many events");
/// No event at all.
pub const EVENTS_NONE: Code = Code::new("NOD-0114", Kind::Reject, "the process log has no events");
/// The log cannot be read.
pub const EVENTS_UNREADABLE: Code =
    Code::new("NOD-0115", Kind::Environment, "the process log cannot be read");
/// A column is missing.
pub const COLUMN_MISSING: Code =
    Code::new("NOD-0116", Kind::Reject, "a column of the process log is missing");
/// The node and the rehearsal came to different roots.
pub const FOLDS_DIFFER: Code =
    Code::new("NOD-0117", Kind::Bug, "two folds of one log came to different roots");
