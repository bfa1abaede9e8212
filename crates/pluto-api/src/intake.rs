//! Reads the body of a request within its bounds in size and time.
//!
//! Nothing of it is read when its length says that it is too long.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use pluto_error::{Code, Coded};

use crate::codes;

/// A body that goes beyond its bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// In size.
    #[error("expected a body of at most `{0}` bytes")]
    TooLarge(usize),
    /// In time.
    #[error("the body did not come within `{0}` s")]
    Late(u64),
}

impl Coded for BodyError {
    fn code(&self) -> Code {
        match self {
            Self::TooLarge(_) => codes::BODY_TOO_LARGE,
            Self::Late(_) => codes::BODY_LATE,
        }
    }
}

impl BodyError {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Late(_) => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

/// The body.
pub(crate) async fn read(
    parts: &Parts,
    body: Body,
    bytes_max: usize,
    patience: Duration,
) -> Result<Bytes, BodyError> {
    let said = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let said = said.and_then(|text| text.parse::<usize>().ok());
    if said.is_some_and(|said| said > bytes_max) {
        return Err(BodyError::TooLarge(bytes_max));
    }
    let read = tokio::time::timeout(patience, to_bytes(body, bytes_max)).await;
    let read = read.map_err(|_| BodyError::Late(patience.as_secs()))?;
    read.map_err(|_| BodyError::TooLarge(bytes_max))
}
