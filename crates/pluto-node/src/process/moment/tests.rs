//! Moments: known ones, what is refused, and every day against the calendar that prints them.

use super::*;
use crate::output::date;

#[test]
fn moments_are_those_of_the_calendar() {
    for (text, ms) in [
        ("1970-01-01 00:00:00Z", 0),
        ("2011-10-11 13:45:40.276000+02:00", 1_318_333_540_276),
        ("2011-10-11T11:45:40.2769Z", 1_318_333_540_276),
        ("2000-02-29 23:59:59.9-01:30", 951_874_199_900),
    ] {
        assert_eq!(parse_ms(text), Some(ms), "{text}");
    }
    for day in (0..80_000).step_by(7) {
        let text = format!("{} 00:00:00Z", date(day));
        assert_eq!(parse_ms(&text), Some(day * 86_400_000), "{text}");
    }
}

#[test]
fn what_is_no_moment_is_refused() {
    for text in [
        "",
        "2011-10-11",
        "2011-10-11 13:45:40",
        "2011-10-11 13:45:40+02",
        "2011-02-29 13:45:40+02:00",
        "2011-13-01 13:45:40+02:00",
        "2011-10-00 13:45:40+02:00",
        "2011-10-11 24:00:00Z",
        "2011-10-11 13:45:60Z",
        "2011-10-11 13:45:40.Z",
        "2011-10-11 13:45:40.0000000001Z",
        "2011-10-11 13:45:+4Z",
        "1969-12-31 23:59:59Z",
        "2011-10-11 13:45:40é02:00",
        "11.10.2011 13:45:40Z",
    ] {
        assert_eq!(parse_ms(text), None, "{text}");
    }
}
