//! Problem documents (RFC 9457) with our stable codes: the one form of everything that is refused.

use axum::Extension;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use pluto_error::Code;
use serde_json::json;

/// The media type.
pub(crate) const MEDIA: &str = "application/problem+json";

/// The document; `detail` is what a stranger may know. The code goes along for whoever observes.
pub(crate) fn document(status: StatusCode, code: Code, detail: Option<&str>) -> Response {
    let body = json!({
        "type": format!("/v1/errors#{}", code.id()),
        "title": code.public(),
        "status": status.as_u16(),
        "code": code.id(),
        "kind": code.kind().as_str(),
        "detail": detail,
    });
    let headers = [(CONTENT_TYPE, MEDIA), (CACHE_CONTROL, "no-store")];
    (status, Extension(code), headers, body.to_string()).into_response()
}
