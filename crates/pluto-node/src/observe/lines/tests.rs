//! Lines of JSON in files with a bound.

use serde_json::Value;
use tracing::Level;

use super::super::context::TraceContext;
use super::super::record::{Datum, Line, Span, SpanKind};
use super::*;

fn line(message: &str) -> Arc<Record> {
    Arc::new(Record::Line(Line {
        at_ns: 1,
        level: Level::WARN,
        target: "test",
        message: message.to_owned(),
        attributes: vec![("code", Datum::Text("a\nb".to_owned())), ("n", Datum::Number(-3))],
        context: None,
    }))
}

#[test]
fn every_line_is_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.jsonl");
    let mut lines = Lines::open(&path, 1 << 20, 2).unwrap();
    let context = TraceContext::root();
    let span = Arc::new(Record::Span(Span {
        context,
        name: "GET /v1/live".to_owned(),
        target: "test",
        begun_ns: 10,
        ended_ns: 12,
        kind: SpanKind::Server,
        has_failed: false,
        attributes: Vec::new(),
    }));
    assert_eq!(lines.deliver(&[line("one\n\"two\""), span]), Delivery::Done);
    let text = fs::read_to_string(&path).unwrap();
    let found: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["message"], "one\n\"two\"");
    assert_eq!(found[0]["attributes"]["n"], -3);
    assert_eq!((&found[1]["type"], &found[1]["duration_ns"]), (&"span".into(), &2.into()));
    assert_eq!(found[1]["trace"].as_str().map(str::len), Some(32));
}

#[test]
fn files_are_rotated_and_the_last_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.jsonl");
    let mut lines = Lines::open(&path, 1, 3).unwrap();
    for number in 0..6 {
        assert_eq!(lines.deliver(&[line(&number.to_string())]), Delivery::Done);
    }
    drop(lines);
    let message = |name: &str| {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(message("trace.jsonl"), "5");
    assert_eq!(message("trace.jsonl.1"), "4");
    assert_eq!(message("trace.jsonl.2"), "3");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    // A new process goes on in the same file.
    let mut lines = Lines::open(&path, 1 << 20, 3).unwrap();
    assert_eq!(lines.deliver(&[line("6")]), Delivery::Done);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
}
