//! A window against a list of everything that was counted.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn counts_what_a_list_would(steps in prop::collection::vec(0..200_000_u64, 1..80)) {
        let (mut window, mut all, mut now_ms) = (Window::default(), Vec::new(), 0);
        for later_ms in steps {
            now_ms += later_ms;
            window.add(now_ms);
            all.push(now_ms / BUCKET_MS);
            let oldest = (now_ms / BUCKET_MS + 1).saturating_sub(BUCKETS as u64);
            let wanted = all.iter().filter(|bucket| **bucket >= oldest).count() as u64;
            prop_assert_eq!(window.sum(now_ms), wanted);
        }
        prop_assert_eq!(window.sum(now_ms + BUCKET_MS * BUCKETS as u64), 0);
    }
}

#[test]
fn time_that_runs_back_stands_still() {
    let mut window = Window::default();
    window.add(600_000);
    window.add(0);
    assert_eq!((window.sum(0), window.sum(600_000)), (2, 2));
}
