//! A request has one encoding, one digest, and bounds.

use pluto_core::{Did, Namespace};
use proptest::prelude::*;

use super::*;

fn value() -> impl Strategy<Value = ContextValue> {
    prop_oneof![
        any::<bool>().prop_map(ContextValue::Bool),
        any::<i64>().prop_map(ContextValue::Int),
        any::<i64>().prop_map(ContextValue::Fixed),
        any::<i64>().prop_map(ContextValue::Time),
        "[a-zö]{0,8}".prop_map(ContextValue::Symbol),
        ".{0,8}".prop_map(ContextValue::Text),
        any::<[u8; 32]>().prop_map(|id| ContextValue::Did(Did { namespace: Namespace::Guild, id })),
    ]
}

pub(crate) fn any_request() -> impl Strategy<Value = ActionRequest> {
    let context = prop::collection::vec(("[a-c]{1,3}", value()), 0..5);
    (".{1,20}", ".{1,20}", any::<u64>(), context).prop_map(|(action, resource, amount, context)| {
        let mut request = ActionRequest { amount, ..ActionRequest::new(action, resource) };
        context.into_iter().for_each(|(name, value)| request.set(name, value));
        request
    })
}

#[test]
fn a_word_is_what_it_looks_like() {
    let cases = [
        ("true", ContextValue::Bool(true)),
        ("-7", ContextValue::Int(-7)),
        ("007", ContextValue::Text("007".into())),
        ("+7", ContextValue::Text("+7".into())),
        ("0.7", ContextValue::Fixed(700_000)),
        ("-12.5", ContextValue::Fixed(-12_500_000)),
        ("1.2345678", ContextValue::Text("1.2345678".into())),
        ("1.", ContextValue::Text("1.".into())),
        ("prod", ContextValue::Text("prod".into())),
    ];
    for (word, value) in cases {
        assert_eq!(ContextValue::of_word(word), value, "{word}");
    }
}

proptest! {
    #[test]
    fn a_request_has_one_encoding(request in any_request()) {
        let bytes = request.encode();
        prop_assert_eq!(ActionRequest::decode(&bytes), Ok(request.clone()));
        prop_assert_eq!(request.check(), Ok(()));
        for at in 0..bytes.len() {
            for flip in [1, 0x80] {
                let mut other = bytes.clone();
                other[at] ^= flip;
                if let Ok(found) = ActionRequest::decode(&other) {
                    prop_assert_eq!(found.encode(), other);
                    prop_assert_ne!(found.digest(), request.digest());
                }
            }
            prop_assert!(ActionRequest::decode(&bytes[..at]).is_err());
        }
    }
}

#[test]
fn what_would_not_be_read_back_is_refused() {
    let fits = ActionRequest::new("a".repeat(ACTION_BYTES_MAX), "b".repeat(RESOURCE_BYTES_MAX));
    assert_eq!(fits.check(), Ok(()));
    let mut many = fits.clone();
    for number in 0..33 {
        many.set(format!("n{number:02}"), ContextValue::Bool(true));
        assert_eq!(many.check().is_ok(), number < 32);
    }
    let entry = |name: &str| (name.to_owned(), ContextValue::Int(0));
    for context in [
        vec![entry("b"), entry("a")],
        vec![entry("a"), entry("a")],
        vec![entry("")],
        vec![entry(&"n".repeat(CONTEXT_NAME_BYTES_MAX + 1))],
        vec![("a".into(), ContextValue::Text("t".repeat(CONTEXT_TEXT_BYTES_MAX + 1)))],
    ] {
        assert!(ActionRequest { context, ..fits.clone() }.check().is_err());
    }
    for (action, resource) in [
        (String::new(), "b".to_owned()),
        ("a".to_owned(), String::new()),
        ("a".repeat(ACTION_BYTES_MAX + 1), "b".to_owned()),
        ("a".to_owned(), "b".repeat(RESOURCE_BYTES_MAX + 1)),
    ] {
        assert!(ActionRequest::new(action, resource).check().is_err());
    }
}

#[test]
fn a_value_is_set_in_its_place_and_once() {
    let mut request = ActionRequest::new("deploy", "web");
    for (name, value) in [("b", 1), ("a", 2), ("c", 3), ("a", 4)] {
        request.set(name, ContextValue::Int(value));
    }
    let names: Vec<&str> = request.context.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(request.get("a"), Some(&ContextValue::Int(4)));
    assert_eq!(request.get("d"), None);
}
