//! `invariant!`: for states that cannot happen.
//!
//! A panic in a node loses the work of everybody it serves, silence hides the fault. So: an assertion
//! where tests run, a coded `Bug` error in production.

/// Returns the error `$bug` when `$condition` is false; panics instead in debug builds, so that
/// tests and simulations stop at the fault.
#[macro_export]
macro_rules! invariant {
    ($condition:expr, $bug:expr) => {
        if !$condition {
            debug_assert!(false, "invariant broken: {}", stringify!($condition));
            return Err($crate::Error::from($bug));
        }
    };
}
