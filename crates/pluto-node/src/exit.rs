//! Exit codes of the binary.

use pluto_error::{Error, Kind};

use crate::codes;
use crate::interrupt::INTERRUPTED;

/// What was asked is refused; the error names its code.
pub const REFUSED: u8 = 1;
/// The command line is wrong.
pub const WRONG_USAGE: u8 = 2;
/// Data is damaged.
pub const DAMAGED: u8 = 3;

/// The rules do not allow what was asked for.
pub const NOT_ALLOWED: u8 = 4;

/// The exit code of a command that ends with `error`.
#[must_use]
pub fn code(error: &Error) -> u8 {
    match error.kind() {
        Kind::Corrupt => DAMAGED,
        _ if error.code() == codes::INTERRUPTED => INTERRUPTED,
        _ if error.code() == codes::NOT_ALLOWED => NOT_ALLOWED,
        _ => REFUSED,
    }
}
