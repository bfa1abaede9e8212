//! Trace contexts.

use super::*;

#[test]
fn a_trace_goes_on_where_a_request_says_so() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let found = TraceContext::continuing(parent).unwrap();
    assert_eq!(hex::text(&found.trace), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(found.parent.map(|id| hex::text(&id)), Some("00f067aa0ba902b7".to_owned()));
    let child = found.child();
    assert_eq!((child.trace, child.parent), (found.trace, Some(found.span)));
    let told = TraceContext::continuing(&child.traceparent()).unwrap();
    assert_eq!((told.trace, told.parent, told.is_continued), (child.trace, Some(child.span), true));
    let later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more";
    assert!(TraceContext::continuing(later).is_some());
}

#[test]
fn what_is_no_context_begins_none() {
    for text in [
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-é",
    ] {
        assert_eq!(TraceContext::continuing(text), None, "{text}");
    }
}

#[test]
fn ids_differ() {
    let ids: std::collections::BTreeSet<_> = (0..1000).map(|_| TraceContext::root().span).collect();
    assert_eq!(ids.len(), 1000);
}
