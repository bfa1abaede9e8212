//! Values and texts as they leave the command line.

use pluto_core::trust::TrustVector;

use super::*;

#[test]
fn values_are_json_that_loses_nothing() {
    let record = Value::Record(vec![
        ("n".into(), Value::Int(i64::MIN)),
        ("share".into(), Value::Fixed(580_000)),
        ("none".into(), Value::Option(None)),
        ("some".into(), Value::Option(Some(Box::new(Value::Duration(1_500))))),
        ("roles".into(), Value::Set(vec!["admin".into()])),
        ("list".into(), Value::List(vec![Value::Bool(true), Value::Symbol("de".into())])),
    ]);
    let expected = json!({
        "n": i64::MIN, "share": "0.58", "none": null, "some": 1_500, "roles": ["admin"],
        "list": [true, "de"],
    });
    assert_eq!(data(&record), expected);
    assert!(data(&Value::Trust(TrustVector([0; 6]))).is_string());
}

#[test]
fn text_of_a_source_moves_no_cursor_and_changes_no_direction() {
    assert_eq!(plain("a\u{1b}[31m\r\u{202e}b\tä"), "a\u{fffd}[31m\u{fffd}\u{fffd}b\tä");
    assert_eq!(plain_lines("a\nb\u{7}"), "a\nb\u{fffd}");
}
