//! Texts for people are right.

use super::{ppm, table, time};

#[test]
fn times_follow_the_calendar() {
    assert_eq!(time(0), "1970-01-01 00:00:00");
    assert_eq!(time(951_782_400_000), "2000-02-29 00:00:00");
    assert_eq!(time(1_289_241_911_728), "2010-11-08 18:45:11");
    assert_eq!(time(4_107_542_399_000), "2100-02-28 23:59:59");
    assert_eq!(time(4_107_542_400_000), "2100-03-01 00:00:00");
}

#[test]
fn columns_line_up() {
    let rows = [vec!["a".into(), "bb".into()], vec!["ccc".into(), "d".into()]];
    assert_eq!(table(&rows), "a    bb\nccc  d\n");
    assert_eq!(ppm(1_000_000), "1.0000");
    assert_eq!(ppm(98_765), "0.0987");
}
