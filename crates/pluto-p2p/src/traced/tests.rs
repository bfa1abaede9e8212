//! What goes together comes apart the same.

use super::*;

const TEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn a_request_comes_apart_as_it_was_put_together() {
    let context = Traceparent::new(TEXT).unwrap();
    assert_eq!(context.text(), Some(TEXT));
    for frame in [&b""[..], b"a frame"] {
        assert_eq!(split(&context.before(frame)), Some((context, frame)));
    }
}

#[test]
fn what_is_too_short_has_no_context_and_what_is_no_text_none_to_read() {
    assert_eq!(split(&[b'0'; CONTEXT_BYTES - 1]), None);
    assert_eq!(Traceparent::new(&TEXT[1..]), None);
    let (context, frame) = split(&[0xff; CONTEXT_BYTES + 1]).unwrap();
    assert_eq!((context.text(), frame.len()), (None, 1));
}
