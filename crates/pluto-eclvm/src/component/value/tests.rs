//! Values survive the way to a guest and back; what is no value is refused.

use pluto_core::{Did, Namespace};

use super::*;

fn round_trip(value: &Value) -> Result<Value, Fault> {
    let mut handles = Handles::default();
    let nodes = lower(std::slice::from_ref(value), &mut handles)?.remove(0);
    lift(nodes, &handles)
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Int(1), |value, _| Value::Option(Some(Box::new(value))))
}

#[test]
fn every_kind_of_value_round_trips() {
    let did = Did { namespace: Namespace::Guild, id: [7; 32] };
    let value = Value::Record(vec![
        ("truth".into(), Value::Bool(true)),
        ("count".into(), Value::Int(i64::MIN)),
        ("share".into(), Value::Fixed(-1)),
        ("since".into(), Value::Time(1)),
        ("span".into(), Value::Duration(2)),
        ("who".into(), Value::List(vec![Value::Did(did), Value::Did(did)])),
        ("country".into(), Value::Symbol("at".into())),
        ("note".into(), Value::Text("gr\u{fc}n".into())),
        ("trust".into(), Value::Trust(TrustVector([1, 2, 3, 4, 5, 6]))),
        ("kind".into(), Value::Variant("edit".into())),
        ("kinds".into(), Value::Set(vec!["edit".into(), "hide".into()])),
        ("none".into(), Value::Option(None)),
        ("some".into(), Value::Option(Some(Box::new(Value::Record(vec![]))))),
    ]);
    assert_eq!(round_trip(&value), Ok(value));
}

#[test]
fn bounds_hold_in_both_directions() {
    assert!(round_trip(&nested(TYPE_DEPTH_MAX)).is_ok());
    assert_eq!(round_trip(&nested(TYPE_DEPTH_MAX + 1)), Err(Fault::TooLarge));
    assert_eq!(round_trip(&Value::Text("x".repeat(4097))), Err(Fault::TooLarge));
    assert_eq!(round_trip(&Value::List(vec![Value::Int(0); 1025])), Err(Fault::TooLarge));
    let many = vec![Value::List(vec![Value::Int(0); 1024]); 17];
    assert_eq!(lower(&many, &mut Handles::default()), Err(Fault::TooLarge));
    let deep = std::iter::repeat_n(Node::Optional(true), 10_000).collect();
    assert_eq!(lift(deep, &Handles::default()), Err(Fault::TooLarge));
}

#[test]
fn nodes_that_are_no_value_are_refused() {
    let beyond = types::TrustVector { r: PPM + 1, i: 0, c: 0, p: 0, v: 0, omega: 0 };
    for nodes in [
        vec![],
        vec![Node::Int(1), Node::Int(2)],
        vec![Node::Items(2), Node::Int(1)],
        vec![Node::Fields(vec!["a".into()])],
        vec![Node::Optional(true)],
        vec![Node::Did(0)],
        vec![Node::Trust(beyond)],
    ] {
        assert_eq!(lift(nodes.clone(), &Handles::default()), Err(Fault::Engine), "{nodes:?}");
    }
}
