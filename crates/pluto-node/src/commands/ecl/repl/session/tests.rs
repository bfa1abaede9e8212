//! What the loop says to lines.

use super::*;

/// What the session says to each line, without the silence.
fn said(lines: &str) -> Vec<String> {
    let mut session = Session::new(false);
    let mut said = Vec::new();
    for line in lines.lines() {
        match session.line(line) {
            Next::Reply(text) if text.is_empty() => {}
            Next::Reply(text) => said.push(text),
            Next::Quit(_) => return said,
        }
    }
    if let Next::Quit(text) = session.end() {
        said.extend(Some(text).filter(|text| !text.is_empty()));
    }
    said
}

const POLICY: &str = "const most = 10
policy pay on transaction (amount: int) {
  require amount <= most, \"too much\"
}
";

#[test]
fn facts_and_items_are_replaced_by_later_ones() {
    let said = said(&format!(
        "{POLICY}given amount = 11\nask pay\ngiven  amount = 10\nask\nconst most = 5\nask pay"
    ));
    let [first, second, third] = said.as_slice() else { panic!("{said:?}") };
    assert!(first.contains("deny by rule 1: too much"), "{first}");
    assert!(second.contains("allow at the end"), "{second}");
    assert!(third.contains("deny by rule 1: too much"), "{third}");
}

#[test]
fn a_mistake_is_shown_where_it_was_typed_and_the_loop_goes_on() {
    let said = said(&format!(
        "{POLICY}given amount = true\nask\nforget amount\ngiven amount = = 1\nconst most = tru\n\
         record r {{\n  a: nothing\n}}\ndance\n= most + 1"
    ));
    let [fact, forgotten, syntax, constant, record, command, value] = said.as_slice() else {
        panic!("{said:#?}")
    };
    assert!(fact.contains("line 5:1") && fact.contains("given amount = true"), "{fact}");
    assert_eq!(forgotten, "1 fact forgotten");
    assert!(syntax.contains("line 8:1"), "{syntax}");
    assert!(constant.contains("line 9:1"), "{constant}");
    assert!(record.contains("line 10:2"), "{record}");
    assert!(command.contains("`dance`"), "{command}");
    assert_eq!(value, "11 : int");
}

#[test]
fn expressions_see_the_subject_and_not_the_parameters() {
    let said = said(
        "given subject.trust = trust(0.8)\ngiven amount = 1\ngiven now = 5\n\
         = norm(subject.trust) >= 0.6\n= subject.trust.r * 2\n= now + 1h\n= 1 / 0\n= subject\n\
         = amount",
    );
    let [holds, fixed, time, fault, subject, parameter] = said.as_slice() else {
        panic!("{said:#?}")
    };
    assert_eq!((&**holds, &**fixed), ("true : bool", "1.6 : fixed"));
    assert_eq!(&**time, "3600005 : time");
    assert!(fault.contains("division"), "{fault}");
    assert_eq!(subject, "subject : did");
    assert!(parameter.contains("amount"), "{parameter}");
}

#[test]
fn a_test_is_run_and_not_kept() {
    let run = "test \"five\" for pay { given amount = 5 expect deny }\n";
    let said = said(&format!("{POLICY}{run}show"));
    assert_eq!(said[0], "FAILED: five: expected deny, found allow at the end");
    assert!(said[1].contains("policy pay") && !said[1].contains("five"), "{}", said[1]);
}

#[test]
fn memory_is_bounded() {
    let mut session = Session::new(false);
    let long = "x".repeat(1_000);
    let mut refused = 0;
    for number in 0..200 {
        if let Next::Reply(text) = session.line(&format!("given a{number} = \"{long}\"")) {
            refused += usize::from(text.contains("at most"));
        }
    }
    assert!(session.bytes() <= SOURCE_BYTES_MAX && refused > 100, "{refused}");
    session.line("policy open on api {");
    for _ in 0..200 {
        session.line(&format!("// {long}"));
    }
    assert!(session.open.len() <= SOURCE_BYTES_MAX);
}

#[test]
fn an_item_ends_with_its_braces_or_is_given_up() {
    let said = said(
        "policy p on api\n(a: text)\n{\n  // a brace in a comment: {\n  require a == \"}\"\n}\n\
         given a = \"}\"\nask\npolicy q on api {\n.\nask q",
    );
    let [allow, given_up, missing] = said.as_slice() else { panic!("{said:#?}") };
    assert!(allow.contains("allow"), "{allow}");
    assert_eq!(given_up, "given up");
    assert!(missing.contains("no policy fits `q`"), "{missing}");
}
