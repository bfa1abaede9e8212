//! Numbers look as they are written.

use super::*;

#[test]
fn numbers_look_as_they_are_written() {
    assert_eq!(fixed(580_000), "0.58");
    assert_eq!(fixed(-1), "-0.000001");
    assert_eq!(fixed(3_000_000), "3.0");
    assert_eq!(fixed(i64::MIN), "-9223372036854.775808");
    assert_eq!(duration(86_400_000), "1d");
    assert_eq!(duration(90_000), "90s");
    assert_eq!((duration(0), duration(1_500)), ("0ms".into(), "1500ms".into()));
}
