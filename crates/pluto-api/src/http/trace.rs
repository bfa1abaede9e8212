//! The span of a request, under the names of OpenTelemetry's conventions for HTTP, and a count of every
//! answer with a code.
//!
//! The span lies around everything, the gate too, so that what is refused is seen like what is answered.
//! Of a request it says the method and the route with its parameters in braces, never what stands in
//! them, in the query, in headers or in the body.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use pluto_error::Code;
use tracing::field::Empty;
use tracing::{Instrument, Span};

/// Longest `traceparent` that is looked at, in bytes: one of version 00 has 55.
const TRACEPARENT_BYTES_MAX: usize = 128;

/// Answers with a code since the process began; as many entries as there are codes.
static PROBLEMS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// How many requests of this process were answered with an error, by its code.
#[must_use]
pub fn problems() -> BTreeMap<&'static str, u64> {
    PROBLEMS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Has a request seen, whatever becomes of it; a middleware, the outermost one.
pub(crate) async fn traced(request: Request, next: Next) -> Response {
    let span = begun(&request);
    let response = next.run(request).instrument(span.clone()).await;
    ended(&span, &response);
    response
}

/// A request came. Who observes continues the trace that it names.
fn begun(request: &Request) -> Span {
    let method = word(request.method());
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    // Two of them are none: the specification wants a new trace then.
    let mut named = request.headers().get_all("traceparent").iter();
    let named = named.next().filter(|_| named.next().is_none());
    let named = named.and_then(|value| value.to_str().ok());
    tracing::info_span!(
        "request",
        otel.name = name,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        error.type = Empty,
        traceparent = named.filter(|text| text.len() <= TRACEPARENT_BYTES_MAX),
    )
}

/// It is answered; that of a stream has begun. Only what is the node's fault is an error of the span.
fn ended(span: &Span, response: &Response) {
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    if let Some(code) = response.extensions().get::<Code>() {
        span.record("error.type", code.id());
        let mut problems = PROBLEMS.lock().unwrap_or_else(PoisonError::into_inner);
        *problems.entry(code.id()).or_default() += 1;
    }
}

/// A method as it is told: whoever asks can make up others without end.
fn word(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}
