//! Documents that the face gives of itself: its description, a reader of it, the list of errors.

use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
};
use axum::response::{IntoResponse, Response};
use pluto_error::Result;

use super::openapi;
use super::reply::is_known;

const READER: &str = include_str!("reader.html");
const ERRORS: &str = include_str!("../../../../docs/errors.md");
/// The reader asks for the document and nothing else; its script and style are its own.
const READER_POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; \
                             style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// A document.
#[derive(Clone, Copy, Debug)]
pub(super) enum Document {
    OpenApi,
    Reader,
    Errors,
}

/// The document, unless the client has it.
pub(super) fn response(document: Document, asked: &HeaderMap) -> Result<Response> {
    let (text, media) = match document {
        Document::OpenApi => (openapi::text(), "application/json"),
        Document::Reader => (READER.to_owned(), "text/html; charset=utf-8"),
        Document::Errors => (ERRORS.to_owned(), "text/markdown; charset=utf-8"),
    };
    let hash = blake3::hash(text.as_bytes()).to_hex();
    let tag = format!("\"{}\"", hash.as_str().get(..16).unwrap_or_default());
    let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
    if is_known(asked, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media)),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(READER_POLICY)),
        (ETAG, tag),
    ];
    Ok((headers, text).into_response())
}
