//! Process logs: what is read, in which order, and what is refused where.

use super::*;

const HEADER: &str = "case:concept:name,org:resource,concept:name,time:timestamp,org:group,\
                      case:deadline,lifecycle:transition\n";

fn read(lines: &str) -> Result<Vec<LogEvent>> {
    parse_log(format!("{HEADER}{lines}").as_bytes())
}

#[test]
fn events_stand_in_order_of_time_then_of_the_file() {
    let events = read(
        "b,Ann,\"T02 Check, again\",1970-01-01 00:00:02Z,EMPTY,,complete\n\
         a,Bob,T01,1970-01-01T01:00:01.5+01:00,Clerks,1970-01-02 00:00:00Z,COMPLETE\n\
         a,Bob,T03,1970-01-01 00:00:02Z,,,complete\n\
         a,Bob,T09,1970-01-01 00:00:00Z,,,start\n",
    )
    .unwrap();
    let event = |case: &str, person: &str, activity: &str, time_ms| LogEvent {
        case: case.into(),
        activity: activity.into(),
        person: person.into(),
        group: None,
        time_ms,
        deadline_ms: None,
        end_ms: None,
    };
    let first = LogEvent {
        group: Some("Clerks".into()),
        deadline_ms: Some(86_400_000),
        ..event("a", "Bob", "T01", 1_500)
    };
    let check = event("b", "Ann", "T02 Check, again", 2_000);
    assert_eq!(events, [first, check, event("a", "Bob", "T03", 2_000)]);
}

#[test]
fn a_log_needs_no_more_than_four_columns() {
    let log = "time:timestamp,case:concept:name,concept:name,org:resource,cost\n\
               1970-01-01 00:00:00Z,a,T01,Ann,7\n";
    assert_eq!(parse_log(log.as_bytes()).unwrap().len(), 1);
    let error = parse_log(log.replace("org:resource", "who").as_bytes()).unwrap_err();
    assert_eq!(error.code(), codes::COLUMN_MISSING);
    assert!(error.to_string().contains("org:resource"), "{error}");
}

#[test]
fn what_is_refused_names_its_line() {
    let good = "a,Ann,T01,1970-01-01 00:00:00Z,,,complete\n";
    let long = "x".repeat(NAME_BYTES_MAX + 1);
    let wide = "x".repeat(LINE_BYTES_MAX);
    for (bad, code, place) in [
        ("a,Ann,T01,1970-01-01 00:00:00,,,complete", codes::EVENT_MALFORMED, "time:timestamp"),
        ("a,Ann,T01,1970-01-01 00:00:00Z,,soon,complete", codes::EVENT_MALFORMED, "case:deadline"),
        (",Ann,T01,1970-01-01 00:00:00Z,,,complete", codes::EVENT_MALFORMED, "case:concept:name"),
        ("a,A\u{7}nn,T01,1970-01-01 00:00:00Z,,,complete", codes::EVENT_MALFORMED, "org:resource"),
        ("a,Ann,T01", codes::EVENT_MALFORMED, "other fields"),
        (&format!("a,{long},T01,1970-01-01 00:00:00Z,,,complete"), codes::EVENT_TOO_LONG, "longer"),
        (&format!("a,{wide},T01,1970-01-01 00:00:00Z,,,start"), codes::EVENT_TOO_LONG, "longer"),
    ] {
        let error = read(&format!("{good}{bad}\n{good}")).unwrap_err();
        assert_eq!(error.code(), code, "{bad:.60}");
        let said = error.to_string();
        assert!(said.contains("line `3`") && said.contains(place), "{said}");
    }
    assert_eq!(read("").unwrap_err().code(), codes::EVENTS_NONE);
    let latin = [HEADER.as_bytes(), b"a,\xc4nne,T01,1970-01-01 00:00:00Z,,,complete\n"].concat();
    assert_eq!(parse_log(&latin[..]).unwrap_err().code(), codes::EVENT_MALFORMED);
}
