//! Errors as problem documents (RFC 9457) with our stable codes.
//!
//! What a caller can mend is told in full; of what is wrong with this installation a caller learns the
//! code and nothing else. Bad input is never a 5xx.

use axum::http::header::{ALLOW, CONTENT_RANGE, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use pluto_error::{Code, Coded, Error, Kind};

use crate::auth::{self, AuthError};
use crate::codes;
use crate::intake::BodyError;
use crate::problem::document;

/// Seconds after which somebody who was too early may come back.
const AGAIN_S: HeaderValue = HeaderValue::from_static("1");

/// What is wrong with a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// A path.
    #[error("there is no route `{0}`")]
    NoRoute(String),
    /// A method.
    #[error("the route takes {allowed}")]
    WrongMethod { allowed: String },
    /// A body beyond its bounds.
    #[error(transparent)]
    Body(BodyError),
    /// A body that does not fit.
    #[error("the body does not fit: {0}")]
    BadBody(String),
    /// A media type.
    #[error("expected a body of type `{0}`")]
    WrongMedia(&'static str),
    /// A parameter.
    #[error("parameter `{name}`: expected {expected}")]
    BadParameter { name: String, expected: String },
    /// A cursor.
    #[error("the cursor did not come from this list")]
    BadCursor,
    /// A range.
    #[error("the range does not lie within `{0}` bytes")]
    BadRange(u64),
    /// A key that came before.
    #[error("the idempotency key came with another request before")]
    KeyReused,
    /// A key whose request is under way.
    #[error("the request with this idempotency key is under way")]
    KeyInUse,
}

impl Coded for HttpError {
    fn code(&self) -> Code {
        match self {
            Self::NoRoute(_) => codes::NO_ROUTE,
            Self::WrongMethod { .. } => codes::WRONG_METHOD,
            Self::Body(error) => error.code(),
            Self::BadBody(_) => codes::BAD_BODY,
            Self::WrongMedia(_) => codes::WRONG_MEDIA,
            Self::BadParameter { .. } => codes::BAD_PARAMETER,
            Self::BadCursor => codes::BAD_CURSOR,
            Self::BadRange(_) => codes::BAD_RANGE,
            Self::KeyReused => codes::KEY_REUSED,
            Self::KeyInUse => codes::KEY_IN_USE,
        }
    }
}

impl HttpError {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NoRoute(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Body(error) => error.status(),
            Self::BadBody(_) | Self::BadParameter { .. } | Self::BadCursor => {
                StatusCode::BAD_REQUEST
            }
            Self::WrongMedia(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BadRange(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::KeyInUse => StatusCode::CONFLICT,
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::KeyInUse => Some((RETRY_AFTER, AGAIN_S)),
            Self::WrongMethod { allowed } => Some((ALLOW, HeaderValue::from_str(allowed).ok()?)),
            Self::BadRange(bytes) => {
                Some((CONTENT_RANGE, HeaderValue::from_str(&format!("bytes */{bytes}")).ok()?))
            }
            _ => None,
        }
    }
}

/// What a submitted run stands on is not here: a conflict with what the node has, and no fault of it.
const PAST_MISSING: &str = "NRV-0004";

/// The status of errors from behind the door.
fn status_of(code: Code) -> StatusCode {
    match code.kind() {
        _ if code.id() == PAST_MISSING => StatusCode::CONFLICT,
        Kind::Reject => StatusCode::BAD_REQUEST,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::Missing => StatusCode::NOT_FOUND,
        Kind::Retry | Kind::Busy | Kind::Environment => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Corrupt | Kind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error as an answer.
pub(super) fn problem(error: &Error) -> Response {
    if let Some(refused) = error.leaf::<AuthError>() {
        return auth::problem(refused);
    }
    let (code, leaf) = (error.code(), error.leaf::<HttpError>());
    let status = leaf.map_or_else(|| status_of(code), HttpError::status);
    let detail = match code.kind() {
        Kind::Corrupt | Kind::Environment | Kind::Bug => None,
        Kind::Reject | Kind::Retry | Kind::Busy | Kind::Denied | Kind::Missing => {
            Some(error.to_string())
        }
    };
    if detail.is_none() {
        tracing::warn!(code = code.id(), error = error.chain(), "a request failed");
    }
    let mut response = document(status, code, detail.as_deref());
    let more = leaf.map_or_else(
        || (status == StatusCode::SERVICE_UNAVAILABLE).then_some((RETRY_AFTER, AGAIN_S)),
        HttpError::header,
    );
    response.headers_mut().extend(more);
    response
}
