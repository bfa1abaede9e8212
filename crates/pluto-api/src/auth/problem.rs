//! Refusals as problem details, RFC 9457.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use pluto_error::Coded;

use super::error::AuthError;
use crate::problem::document;

/// What a client is told. The text of an error names no value of the request, so it is told whole.
#[must_use]
pub fn problem(error: &AuthError) -> Response {
    let status = status(error);
    let mut response = document(status, error.code(), Some(&error.to_string()));
    if status == StatusCode::UNAUTHORIZED {
        let schemes = HeaderValue::from_static("Bearer, Signature");
        response.headers_mut().insert(WWW_AUTHENTICATE, schemes);
    }
    let retry_s = match error {
        AuthError::TooFast { retry_s, .. } => Some(*retry_s),
        AuthError::Full => Some(1),
        _ => None,
    };
    if let Some(retry_s) = retry_s {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_s));
    }
    response
}

const fn status(error: &AuthError) -> StatusCode {
    match error {
        AuthError::Forbidden | AuthError::Elsewhere(_) => StatusCode::FORBIDDEN,
        AuthError::TooFast { .. } => StatusCode::TOO_MANY_REQUESTS,
        AuthError::Body(error) => error.status(),
        AuthError::Full => StatusCode::SERVICE_UNAVAILABLE,
        AuthError::BadKeys(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNAUTHORIZED,
    }
}
