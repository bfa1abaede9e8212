//! Facts become a test block; what is wrong is shown at its fact.

use pluto_core::policy::{Outcome, Value};
use pluto_ecl::reference;

use super::*;

const SOURCE: &str = "policy pay on transaction (amount: int, receiver: did) {
  require known(receiver), \"unknown\"
  require amount <= subject.balance, \"poor\"
}

test \"question\" for pay {
  given amount = 1
  expect deny
}";

fn put(given: &[&str]) -> Result<Question, Refusal> {
    let named = |(fact, number): (&&str, u8)| Fact {
        name: format!("fact {number}"),
        text: (*fact).to_owned(),
    };
    let given: Vec<Fact> = given.iter().zip(1..).map(named).collect();
    Question::put(Sources::file("pay.ecl", SOURCE.to_owned()), None, &given)
}

fn refused(given: &[&str]) -> (Option<(String, String)>, String) {
    match put(given).map(|_| ()).unwrap_err() {
        Refusal::Source(sources, found) => {
            let place = sources.place(found[0].primary.span);
            let told = place.text[place.range.clone()].to_owned();
            (Some((place.name.to_owned(), told)), found[0].message.clone())
        }
        Refusal::Error(error) => (None, error.to_string()),
    }
}

#[test]
fn facts_are_those_of_a_test_block() {
    let question = put(&["amount = 7", "given receiver known", "subject.balance = 7"])
        .map_err(|_| ())
        .unwrap();
    assert_eq!(question.request.arguments.first(), Some(&Value::Int(7)));
    let Question { bundle, index, request, world, .. } = &question;
    let bound = question.bound();
    let decision = reference::decide(bundle, *index, request, world, Gas::MAX, bound);
    assert_eq!(decision.outcome, Outcome::Allow);
    let shown = question.named(&format!("{} pays {}", identity("subject"), identity("receiver")));
    assert_eq!(shown, "subject pays receiver");
    let who = identity("receiver");
    let told = format!(
        "known(receiver) is true (receiver = {who})\nreceiver = {who} == the_receiver = {who}"
    );
    let shown = question.named(&told);
    assert_eq!(shown, "known(receiver) is true\nreceiver == the_receiver = receiver");
}

#[test]
fn what_is_wrong_is_shown_at_its_fact() {
    let (place, _) = refused(&["subject.balance = 7", "amount = true"]);
    assert_eq!(place, Some(("fact 2".into(), "true".into())));
    let (place, message) = refused(&["receiver known"]);
    assert_eq!(place.map(|(name, _)| name), Some("the question".into()));
    assert!(message.contains("amount"), "{message}");
}

#[test]
fn a_fact_cannot_end_the_question() {
    let (place, message) =
        refused(&["amount = 1 expect allow } test \"other\" for pay { given amount = 2"]);
    assert!(place.is_none() && message.contains("one fact"), "{message}");
}

#[test]
fn a_policy_is_chosen_by_name_or_alone() {
    let two = format!("{SOURCE}\npolicy other on api {{ allow }}");
    let asked = |name| Question::put(Sources::file("two.ecl", two.clone()), name, &[]);
    assert_eq!(asked(Some("other")).map(|question| question.index).ok(), Some(1));
    for name in [None, Some("third")] {
        match asked(name).map(|_| ()).unwrap_err() {
            Refusal::Error(error) => assert!(error.to_string().contains("pay, other")),
            Refusal::Source(..) => panic!("not an error of the source"),
        }
    }
}
