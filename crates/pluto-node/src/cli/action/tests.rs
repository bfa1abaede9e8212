//! Words become the values they look like.

use super::*;

#[test]
fn a_value_is_what_it_looks_like() {
    let cases = [
        ("true", ContextValue::Bool(true)),
        ("-7", ContextValue::Int(-7)),
        ("0.7", ContextValue::Fixed(700_000)),
        ("-12.5", ContextValue::Fixed(-12_500_000)),
        ("1.2345678", ContextValue::Text("1.2345678".into())),
        ("1.", ContextValue::Text("1.".into())),
        ("prod", ContextValue::Text("prod".into())),
    ];
    for (text, value) in cases {
        assert_eq!(value_of(text), value, "{text}");
    }
    assert_eq!(setting("env=prod"), Ok(("env".into(), ContextValue::Text("prod".into()))));
    assert!(setting("env").is_err());
}
