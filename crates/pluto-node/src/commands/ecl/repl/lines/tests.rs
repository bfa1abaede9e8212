//! Lines of bounded length.

use super::*;

#[test]
fn lines_are_bounded_and_the_last_needs_no_end() {
    let long = "x".repeat(3 * 16 * 1024);
    let text = format!("one\r\n{long}\n\ntwo");
    let mut input = text.as_bytes();
    let mut next = || next_line(&mut input).unwrap();
    assert_eq!(next(), Line::Text("one".into()));
    assert_eq!(next(), Line::TooLong);
    assert_eq!(next(), Line::Text(String::new()));
    assert_eq!(next(), Line::Text("two".into()));
    assert_eq!((next(), next()), (Line::End, Line::End));
}
