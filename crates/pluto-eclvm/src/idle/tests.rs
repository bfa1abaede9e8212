//! Idle things, used inside each other and after a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Idle;

#[test]
fn a_thing_in_use_is_not_given_out() {
    let idle = Idle::<u32>::default();
    let both = |one, two| idle.with(|| one, |first| (*first, idle.with(|| two, |second| *second)));
    assert_eq!(both(1, 2), (1, 2));
    assert_eq!(both(3, 4), (1, 2), "both are kept");
    assert_eq!(Idle::<u32>::default().try_with(|| Err("none"), |_| ()), Err("none"));
}

#[test]
fn what_panicked_is_made_anew() {
    let idle = Idle::<u32>::default();
    let used = || idle.with(|| 1, |_| std::panic::resume_unwind(Box::new(())));
    assert!(catch_unwind(AssertUnwindSafe(used)).is_err());
    assert_eq!(idle.with(|| 2, |found| *found), 2);
}
