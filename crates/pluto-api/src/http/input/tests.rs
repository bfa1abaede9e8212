//! Bounds of what a request carries.

use serde_json::Value;

use super::*;

fn input(body: &str) -> Input {
    let body = Bytes::from(body.to_owned());
    Input { route: "/v1/realms", path: BTreeMap::new(), query: BTreeMap::new(), body }
}

#[test]
fn nesting_is_counted_outside_of_texts() {
    for (text, expected) in [
        ("", 0),
        ("7", 0),
        ("{}", 1),
        (r#"{"a":[[]]}"#, 3),
        (r#"{"a":"[[[["}"#, 1),
        (r#"{"a":"\"[[","b":[]}"#, 2),
        (r#""\\"[["#, 2),
    ] {
        assert_eq!(depth(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn a_body_is_read_within_its_bounds() {
    assert!(input("").json::<Value>().is_ok());
    assert!(input(&"[".repeat(100_000)).json::<Value>().is_err());
    let deep = format!("{}{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX));
    assert!(input(&deep).json::<Value>().is_ok());
    assert!(input(&format!("[{deep}]")).json::<Value>().is_err());
}

#[test]
fn a_limit_has_bounds() {
    for (text, fits) in [("1", true), ("1000", true), ("0", false), ("1001", false), ("x", false)] {
        let mut input = input("");
        input.query.insert("limit".to_owned(), text.to_owned());
        assert_eq!(input.limit().is_ok(), fits, "{text}");
    }
}
