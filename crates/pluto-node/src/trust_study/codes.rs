//! The error codes of the trust study, one per line; never reused.

use pluto_error::{Code, Kind};

/// A line that is no rating.
pub const RATING_MALFORMED: Code =
    Code::new("NOD-0101", Kind::Reject, "a line of the ratings is malformed");
/// A line above its bound.
pub const RATING_TOO_LONG: Code =
    Code::new("NOD-0102", Kind::Reject, "a line of the ratings is too long");
/// More ratings than the bound.
pub const RATINGS_TOO_MANY: Code = Code::new("NOD-0103", Kind::Reject, "too many ratings");
/// No rating at all.
pub const RATINGS_NONE: Code = Code::new("NOD-0104", Kind::Reject, "there are no ratings");
/// The ratings cannot be read.
pub const RATINGS_UNREADABLE: Code =
    Code::new("NOD-0105", Kind::Environment, "the ratings cannot be read");
