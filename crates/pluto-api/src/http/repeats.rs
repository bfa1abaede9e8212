//! Writes that are sent twice: the answer to an idempotency key, kept for whoever sends it again
//! (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! A key belongs to who sent it and to one request, by the hash of its method, path and body. What is
//! kept is bounded; the oldest falls out, and such a request is then carried out as a new one. An answer
//! that asks to come again later is not kept.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use pluto_error::Result;

use super::problem::HttpError;
use crate::error::ApiError;

/// The header.
const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Set where an answer is the one of before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key in bytes.
const KEY_BYTES_MAX: usize = 128;
/// Most keys.
const KEYS_MAX: usize = 1_024;
/// Largest answer that is kept in bytes; all together at most so many times [`KEYS_MAX`].
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// A request with a key.
pub(super) struct Request {
    /// Of who asks and their key.
    key: blake3::Hash,
    /// Of everything else.
    hash: blake3::Hash,
}

impl Request {
    /// The request, if it has a key.
    ///
    /// # Errors
    /// `API-0025` for a key that is empty or too long.
    pub(super) fn of(parts: &Parts, who: &str, body: &Bytes) -> Result<Option<Self>> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(None) };
        let text = value.to_str().ok().filter(|text| (1..=KEY_BYTES_MAX).contains(&text.len()));
        let bad = || HttpError::BadParameter {
            name: HEADER.to_string(),
            expected: format!("1 to `{KEY_BYTES_MAX}` printable characters"),
        };
        let text = text.ok_or_else(bad)?;
        let method = parts.method.as_str().as_bytes();
        let place = parts.uri.to_string();
        Ok(Some(Self {
            key: joined(&[who.as_bytes(), text.as_bytes()]),
            hash: joined(&[method, place.as_bytes(), body]),
        }))
    }
}

/// The hash of parts that cannot run into each other.
fn joined(parts: &[&[u8]]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize()
}

/// What came of a request.
enum Known {
    UnderWay,
    Done(StatusCode, HeaderMap, Bytes),
}

#[derive(Default)]
struct Memory {
    known: HashMap<blake3::Hash, (blake3::Hash, Known)>,
    order: VecDeque<blake3::Hash>,
}

/// The answers to keys.
#[derive(Default)]
pub(super) struct Repeats(Mutex<Memory>);

impl Repeats {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a request, or gives the answer it had before.
    ///
    /// # Errors
    /// `API-0028` when the key belongs to another request, `API-0029` while this one is under way.
    pub(super) fn begin(&self, request: &Request) -> Result<Option<Response>> {
        let mut memory = self.memory();
        match memory.known.get(&request.key) {
            Some((hash, _)) if *hash != request.hash => Err(HttpError::KeyReused.into()),
            Some((_, Known::UnderWay)) => Err(HttpError::KeyInUse.into()),
            Some((_, Known::Done(status, headers, body))) => {
                let mut response =
                    (*status, headers.clone(), Body::from(body.clone())).into_response();
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
                Ok(Some(response))
            }
            None => {
                memory.known.insert(request.key, (request.hash, Known::UnderWay));
                memory.order.push_back(request.key);
                memory.trim();
                Ok(None)
            }
        }
    }

    /// Keeps the answer of a request that was begun.
    ///
    /// # Errors
    /// `API-0010` when the answer cannot be read.
    pub(super) async fn end(&self, request: &Request, response: Response) -> Result<Response> {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await;
        let bytes = bytes.map_err(|error| ApiError::Lost(error.to_string()))?;
        let mut memory = self.memory();
        if parts.status.is_server_error() || bytes.len() > ANSWER_BYTES_MAX {
            memory.known.remove(&request.key);
            memory.order.retain(|key| *key != request.key);
        } else if let Some((_, known)) = memory.known.get_mut(&request.key) {
            *known = Known::Done(parts.status, parts.headers.clone(), bytes.clone());
        }
        Ok(Response::from_parts(parts, Body::from(bytes)))
    }
}

impl Memory {
    /// Forgets the oldest that are done; what is under way is bounded by the places at the door.
    fn trim(&mut self) {
        let mut left = self.order.len();
        while self.order.len() > KEYS_MAX && left > 0 {
            left -= 1;
            let Some(key) = self.order.pop_front() else { return };
            if let Some((_, Known::UnderWay)) = self.known.get(&key) {
                self.order.push_back(key);
            } else {
                self.known.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
