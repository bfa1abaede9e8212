//! Only the token of the link signs in, and only while it holds.

use axum::body::Body;

use super::*;

fn asked(header: Option<&str>) -> Request {
    let mut request = Request::new(Body::empty());
    if let Some(header) = header {
        request.headers_mut().insert(AUTHORIZATION, header.parse().unwrap());
    }
    request
}

#[test]
fn only_who_shows_the_token_reads() {
    let link = Link::new("0123456789abcdef");
    for (header, expected) in [
        (None, None),
        (Some("Bearer 0123456789abcdef"), Some(Role::Reader)),
        (Some("Bearer 0123456789abcdeF"), None),
        (Some("Bearer "), None),
        (Some("0123456789abcdef"), None),
    ] {
        let found = link.reader(&asked(header)).map(|reader| reader.role);
        assert_eq!(found, expected, "{header:?}");
    }
}

#[test]
fn an_old_link_opens_nothing() {
    let link = Link { until: Some(Instant::now()), ..Link::new("token") };
    assert!(link.reader(&asked(Some("Bearer token"))).is_none());
}
