//! Bounds, and the way facts are written.

use super::*;

#[test]
fn facts_are_written_as_json_has_them() {
    let cases = [
        ("true", Fact::Bool(true)),
        ("-7", Fact::Int(-7)),
        (r#""main""#, Fact::Text("main".to_owned())),
        (r#"{"fixed":"1.50"}"#, Fact::Typed(TypedFact::Fixed("1.50".to_owned()))),
        (r#"{"symbol":"prod"}"#, Fact::Typed(TypedFact::Symbol("prod".to_owned()))),
        (r#"{"did":"did:key:z6Mk"}"#, Fact::Typed(TypedFact::Did("did:key:z6Mk".to_owned()))),
        (r#"{"time_ms":5}"#, Fact::Typed(TypedFact::TimeMs(5))),
    ];
    for (json, fact) in cases {
        assert_eq!(serde_json::from_str::<Fact>(json).unwrap(), fact);
        assert_eq!(serde_json::to_string(&fact).unwrap(), json);
    }
    for json in ["0.5", "null", "[]", r#"{"fixed":1}"#, "9223372036854775808"] {
        assert!(serde_json::from_str::<Fact>(json).is_err(), "{json}");
    }
}

#[test]
fn every_part_has_its_bound() {
    let fits = ActionQuestion::new("a".repeat(ACTION_BYTES_MAX), "r".repeat(RESOURCE_BYTES_MAX));
    assert!(fits.checked().is_ok());
    let with = |change: &dyn Fn(&mut ActionQuestion)| {
        let mut question = ActionQuestion::new("a", "r");
        change(&mut question);
        question.checked().is_ok()
    };
    let facts = |count: usize| {
        move |question: &mut ActionQuestion| {
            question.context = (0..count).map(|n| (format!("f{n}"), Fact::Int(0))).collect();
        }
    };
    assert!(with(&facts(CONTEXT_MAX)));
    assert!(!with(&facts(CONTEXT_MAX + 1)));
    assert!(!with(&|question| question.action.push_str(&"a".repeat(ACTION_BYTES_MAX))));
    assert!(!with(&|question| question.resource.push_str(&"r".repeat(RESOURCE_BYTES_MAX))));
    assert!(!with(&|question| question.resource.clear()));
    assert!(!with(&|question| question.action.push('\n')));
    assert!(!with(&|question| question.realm = Some(String::new())));
    assert!(!with(&|question| question.escalated = Some("d".repeat(ID_BYTES_MAX + 1))));
    let fact = |name: &'static str, fact: Fact| {
        move |question: &mut ActionQuestion| {
            question.context.insert(name.to_owned(), fact.clone());
        }
    };
    assert!(with(&fact("a_1", Fact::Text("t".repeat(TEXT_BYTES_MAX)))));
    assert!(!with(&fact("a", Fact::Text("t".repeat(TEXT_BYTES_MAX + 1)))));
    for name in ["", "1a", "_a", "a-b", "ä"] {
        assert!(!with(&fact(name, Fact::Bool(true))), "{name}");
    }
}
