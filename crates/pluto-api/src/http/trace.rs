//! The span of a request, under the names of OpenTelemetry's conventions for HTTP.
//!
//! Of a request it says the method and the route with its parameters in braces, never what stands in
//! them, in the query, in headers or in the body.

use axum::http::{HeaderMap, StatusCode};
use pluto_error::Error;
use tracing::Span;
use tracing::field::Empty;

use super::routes::Route;

/// Longest `traceparent` that is looked at, in bytes: one of version 00 has 55.
const TRACEPARENT_BYTES_MAX: usize = 128;

/// A request came. Who observes continues the trace that it names.
pub(super) fn begun(route: &Route, headers: &HeaderMap) -> Span {
    let method = route.method.as_str();
    // Two of them are none: the specification wants a new trace then.
    let mut named = headers.get_all("traceparent").iter();
    let named = named.next().filter(|_| named.next().is_none());
    let named = named.and_then(|value| value.to_str().ok());
    tracing::info_span!(
        "request",
        otel.name = format_args!("{method} {}", route.path),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route.path,
        http.response.status_code = Empty,
        error.type = Empty,
        traceparent = named.filter(|text| text.len() <= TRACEPARENT_BYTES_MAX),
    )
}

/// It failed.
pub(super) fn failed(span: &Span, error: &Error) {
    span.record("error.type", error.code().id());
}

/// It is answered; that of a stream has begun. Only what is the node's fault is an error of the span.
pub(super) fn ended(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}
