//! Answers as responses: the version as a tag, files whole or in part.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::response::{IntoResponse, Response};
use pluto_error::{Error, Result};
use serde_json::Value;

use super::ask::Ask;
use super::cursor::cursor;
use super::door::{Answer, Content, Version};
use super::handle::Face;
use super::range;
use super::routes::Route;
use crate::error::ApiError;
use crate::principal::Principal;

/// Bytes of a blob that are held at once.
const PIECE_BYTES: u64 = 1024 * 1024;
/// What may be kept by a client that asks again each time.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");
/// What never changes under its name.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// An answer of the door as a response.
pub(super) fn reply(route: &Route, answer: Answer, asked: &HeaderMap) -> Response {
    let Answer { as_of, content, next, is_tagged } = answer;
    let tag = as_of.as_ref().filter(|_| is_tagged).map(tag);
    if let Some(tag) = tag.as_ref().filter(|tag| is_known(asked, tag)) {
        let headers = [(ETAG, tag.clone()), (CACHE_CONTROL, ASK_AGAIN)];
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let json = |status, value: Value| {
        let value = completed(value, as_of.as_ref(), route.path, next.as_ref());
        (status, [(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
    };
    let mut response = match content {
        Content::Json(value) => json(StatusCode::OK, value),
        Content::Unavailable(value) => json(StatusCode::SERVICE_UNAVAILABLE, value),
        Content::File(bytes, media) => ([(CONTENT_TYPE, media)], bytes).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, ASK_AGAIN);
    headers.extend(tag.map(|tag| (ETAG, tag)));
    response
}

/// The document with the version it was read from, and the cursor of the next part of a list.
fn completed(
    mut value: Value,
    as_of: Option<&Version>,
    path: &str,
    next: Option<&Option<Vec<u8>>>,
) -> Value {
    if let Some(object) = value.as_object_mut() {
        if let Some(as_of) = as_of {
            object.insert("as_of".to_owned(), serde_json::to_value(as_of).unwrap_or_default());
        }
        if let Some(next) = next {
            let next = next.as_ref().map(|place| cursor(path, place));
            object.insert("next".to_owned(), next.into());
        }
    }
    value
}

/// The tag of a version.
fn tag(version: &Version) -> HeaderValue {
    let Version { realm, position, state_root } = version;
    let short = |text: &str| text.chars().take(16).collect::<String>();
    let text = format!("\"{}-{position}-{}\"", short(realm), short(state_root));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether a client has what bears this tag (RFC 9110, section 13.1.2).
pub(super) fn is_known(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let tags = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = tags.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.trim_start_matches("W/").as_bytes() == tag.as_bytes())
}

/// A blob, or the part of it that is asked for, piece by piece.
pub(super) async fn blob(
    face: &Arc<Face>,
    who: Option<Principal>,
    blob: String,
    asked: &HeaderMap,
) -> Result<Response> {
    let about = Ask::BlobAbout { blob: blob.clone() };
    let asker = who.clone();
    let answer = face.door.ask(move |door| door.answer(asker.as_ref(), about)).await?;
    let Content::Json(about) = answer.content else { return Err(lost()) };
    let (Some(id), Some(bytes)) =
        (text_of(&about, "blob"), about.get("bytes").and_then(Value::as_u64))
    else {
        return Err(lost());
    };
    let tag = HeaderValue::from_str(&format!("\"{id}\"")).map_err(|_| lost())?;
    if is_known(asked, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    let text = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let is_same = asked.get(IF_RANGE).is_none_or(|known| *known == tag);
    let part = range::wanted(text(RANGE).filter(|_| is_same), bytes)?;
    let whole = part.is_none();
    let range = part.unwrap_or(0..bytes);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, FOR_EVER);
    headers.insert(ETAG, tag);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if !whole {
        let said = format!("bytes {}-{}/{bytes}", range.start, range.end.saturating_sub(1));
        headers.insert(CONTENT_RANGE, HeaderValue::from_str(&said).map_err(|_| lost())?);
    }
    let status = if whole { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    let face = Arc::clone(face);
    let pieces = futures::stream::try_unfold(range, move |left| {
        let (face, who, blob) = (Arc::clone(&face), who.clone(), blob.clone());
        async move {
            if left.is_empty() {
                return Ok::<_, Error>(None);
            }
            let to = left.start.saturating_add(PIECE_BYTES).min(left.end);
            let ask = Ask::Blob { blob, from: left.start, to };
            let answer = face.door.ask(move |door| door.answer(who.as_ref(), ask)).await?;
            let Content::File(bytes, _) = answer.content else { return Err(lost()) };
            Ok(Some((Bytes::from(bytes), to..left.end)))
        }
    });
    Ok((status, headers, Body::from_stream(pieces)).into_response())
}

fn text_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn lost() -> Error {
    ApiError::Lost("the door answered something else".to_owned()).into()
}
