//! Spans and dates, and what is neither.

use super::*;
use crate::output::time;

#[test]
fn spans_have_a_unit() {
    assert_eq!(span_ms("90m"), Some(5_400_000));
    assert_eq!(span_ms("7d"), Some(604_800_000));
    for text in ["", "h", "5", "5 h", "1w", "-1h", "99999999999999999999d"] {
        assert_eq!(span_ms(text), None, "`{text}`");
    }
}

#[test]
fn dates_are_days_of_the_calendar() {
    for text in ["1970-01-01", "2000-02-29", "2027-01-31", "2099-12-31"] {
        assert_eq!(future(text).map(time), Ok(format!("{text} 00:00:00")));
    }
    for text in
        ["2027-02-29", "2027-13-01", "2027-1-1", "1969-12-31", "2027-01-01-01", "2027-01-00"]
    {
        assert!(future(text).is_err(), "`{text}`");
    }
}

#[test]
fn the_past_is_a_number_or_a_span_back() {
    assert_eq!(past("42"), Ok(42));
    assert!(past("1h").unwrap() < future("1h").unwrap());
    assert!(past("2027-01-31").is_err());
}
