//! What is shown can be typed again, and what cannot be meant is refused with what was expected.

use super::*;

fn typed(words: &[&str]) -> RuleSet {
    let mut rules = RuleSet::default();
    words.iter().for_each(|word| set(&mut rules, word).unwrap());
    rules
}

#[test]
fn what_is_shown_can_be_typed_again() {
    let party = Did { namespace: pluto_core::Namespace::Person, id: [1; 32] };
    let realm = "22".repeat(32);
    let (denied, realms) = (format!("denied_parties={party}"), format!("denied_realms={realm}"));
    let allowed = format!("allowed_realms={realm}");
    let words = [
        "min_isolation=members",
        "min_trust=0.2500",
        "min_quorum=3",
        "governed=yes",
        "max_payload=4096",
        "max_gas=100000+5000/day",
        "max_mana=70",
        "max_events=100+10/day",
        "max_storage=1048576+1024/day",
        "max_crossings=2+1/day",
        "required_credentials=engineer,insured",
        "allowed_kinds=SagaProgress,RecordPut",
        "allowed_methods=member-equal,quadratic",
        &allowed,
        &realms,
        &denied,
        "min_retention_ms=86400000",
        "required_attestations=reviewer",
    ];
    let rules = typed(&words);
    let shown: Vec<String> =
        Rule::ALL.iter().map(|rule| format!("{rule}={}", text(&rules, *rule).unwrap())).collect();
    assert_eq!(shown, words);
    let gone: Vec<String> = Rule::ALL.iter().map(|rule| format!("{rule}=none")).collect();
    let mut none = rules;
    gone.iter().for_each(|word| set(&mut none, word).unwrap());
    assert_eq!(none, RuleSet::default());
    assert_eq!(json(&none), json!({}));
}

#[test]
fn an_empty_list_is_not_the_same_as_no_list() {
    let rules = typed(&["allowed_kinds=nothing"]);
    assert!(!rules.allowed_kinds.allows(&1));
    assert_eq!(text(&rules, Rule::AllowedKinds).as_deref(), Some("nothing"));
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_was_expected() {
    let refused = |words: &str| set(&mut RuleSet::default(), words).unwrap_err().to_string();
    assert!(refused("max_event=1").starts_with("no rule is called `max_event`; there are min_"));
    assert_eq!(refused("max_events"), "expected `<rule>=<value>`, found `max_events`");
    for words in [
        "min_trust=1.1",
        "min_trust=0.1234567",
        "min_trust=-1",
        "max_events=10/day",
        "allowed_kinds=Nothing",
        "denied_parties=bob",
    ] {
        assert!(refused(words).starts_with("expected "), "{words}");
    }
}
