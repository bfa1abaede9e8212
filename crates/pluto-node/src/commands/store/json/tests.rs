//! Fields come in as they go out.

use pluto_ecl::store::{Field, Schema};
use serde_json::json;

use super::*;
use crate::commands::ecl::data;

fn schema() -> Schema {
    let field =
        |name: &str, shape, default| Field { name: name.to_owned(), shape, default, since: 0 };
    let level = Shape::Enum(vec!["low".into(), "high".into()]);
    let fields = vec![
        field("name", Shape::Text(4), None),
        field("part", Shape::Fixed, Some(Value::Fixed(500_000))),
        field("level", level.clone(), None),
        field("note", Shape::Option(Box::new(Shape::Int)), Some(Value::Option(None))),
    ];
    Schema { version: 1, minor: 0, fields, indexes: Vec::new() }
}

#[test]
fn a_record_comes_back_as_it_was_given() {
    let given = json!({ "name": "Ann", "part": "-0.25", "level": "high", "note": 3 });
    let fields = record(&schema(), &given).unwrap();
    let named = schema().fields.into_iter().map(|field| field.name).zip(fields).collect();
    assert_eq!(data(&Value::Record(named)), given);
}

#[test]
fn what_is_left_out_has_its_default_and_what_does_not_fit_is_named() {
    let schema = schema();
    let fields = record(&schema, &json!({ "name": "x", "level": "low" })).unwrap();
    assert_eq!(
        fields[1..],
        [Value::Fixed(500_000), Value::Variant("low".into()), Value::Option(None)]
    );
    for (given, expected) in [
        (json!([]), "a JSON object"),
        (json!({ "name": "x" }), "field `level` is missing: enum { low, high }"),
        (json!({ "name": "x", "level": "mid" }), "field `level`: expected enum"),
        (json!({ "name": "xxxxx", "level": "low" }), "field `name`: expected text<4>"),
        (json!({ "name": "x", "level": "low", "age": 1 }), "no field `age`"),
        (json!({ "name": "x", "level": "low", "part": "0.1234567" }), "field `part`"),
    ] {
        let found = record(&schema, &given).unwrap_err();
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn a_word_is_text_or_json() {
    assert_eq!(word(&Shape::Text(9), "12"), Some(Value::Text("12".into())));
    assert_eq!(word(&Shape::Int, "12"), Some(Value::Int(12)));
    assert_eq!(word(&Shape::Bool, "true"), Some(Value::Bool(true)));
    assert_eq!(word(&Shape::Fixed, "0.7"), Some(Value::Fixed(700_000)));
    assert_eq!(word(&Shape::Int, "many"), None);
}
