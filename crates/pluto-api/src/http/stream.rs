//! Events as they come, as server-sent events (HTML Living Standard, section 9.2), out of the log.
//!
//! 1. A stream begins at the end of the log, or behind the mark that the client names; every event carries
//!    the mark behind it as its `id`, so that `Last-Event-ID` resumes without gap or repetition.
//! 2. A client is read for only as fast as it takes: one chunk is held for each stream, whatever the client
//!    does. What it has not taken stays in the log.
//! 3. A stream that was live and falls behind by more than a bound is told so (`lag`: from where to where,
//!    and where to read it) and goes on at the end. One that catches up from a mark is given everything.
//! 4. When events of a realm change their places, a live stream says from where on (`reorganised`): what
//!    was told before about places and verdicts is to be read again. It has no `id`, for it is in no log.
//! 5. A client that takes nothing for a while loses the stream, not its place: it resumes.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use pluto_error::{Error, Result};
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Sender, channel};

use super::door::{Chunk, Feed, Filter, Mark};
use super::handle::{Bounds, Face};
use super::input::Input;
use super::problem::HttpError;
use crate::error::ApiError;
use crate::serve::Stop;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// What a client waits before it comes back, in milliseconds.
const RETRY: &str = "retry: 1000\n\n";

/// One stream and everything it holds.
struct Streaming {
    feed: Option<Box<dyn Feed>>,
    mark: Mark,
    until: Option<Mark>,
    filter: Filter,
    bounds: Bounds,
    stop: Stop,
    send: Sender<Bytes>,
    _place: OwnedSemaphorePermit,
}

/// Begins a stream.
pub(super) async fn response(
    face: &Arc<Face>,
    input: &Input,
    headers: &HeaderMap,
) -> Result<Response> {
    let filter = Filter {
        realm: input.query("realm")?,
        kind: input.query("kind")?,
        author: input.query("author")?,
    };
    let last = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    let after = match last {
        Some(text) => Some(mark("Last-Event-ID", text)?),
        None => input.query("after")?.map(|text| mark("after", &text)).transpose()?,
    };
    let until = input.query("until")?.map(|text| mark("until", &text)).transpose()?;
    let crowded = |_| ApiError::Crowded(face.bounds.streams);
    let place = Arc::clone(&face.streams).try_acquire_owned().map_err(crowded)?;
    let feed = face.feeds.feed()?;
    let (send, mut receive) = channel(1);
    let mut streaming = Streaming {
        mark: after.unwrap_or_else(|| feed.end()),
        feed: Some(feed),
        until,
        filter,
        bounds: face.bounds,
        stop: face.stop.clone(),
        send,
        _place: place,
    };
    // A mark that is none, or a realm that is not here, is refused before anything is sent.
    let first = streaming.read().await?;
    tokio::spawn(streaming.run(first));
    let chunks = futures::stream::poll_fn(move |context| receive.poll_recv(context));
    let body = Body::from_stream(chunks.map(Ok::<_, Infallible>));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, body).into_response())
}

impl Streaming {
    /// Sends chunk after chunk until the end, the client or the node says stop.
    async fn run(mut self, first: Chunk) {
        let mut chunk: Result<Chunk> = Ok(first);
        let mut is_live = false;
        let mut greeting = RETRY.to_owned();
        loop {
            let read = match chunk {
                Ok(read) => read,
                Err(error) => {
                    let code = json!({ "code": error.code().id() });
                    let _ = self.send(frame("error", None, &code)).await;
                    return;
                }
            };
            let until = self.until.unwrap_or(Mark { record: u64::MAX, slot: u16::MAX });
            let items = read.items.iter().filter(|item| item.mark <= until);
            let mut text = std::mem::take(&mut greeting);
            let moved = read.reorganised.iter().map(|one| frame("reorganised", None, &json!(one)));
            text.extend(moved);
            text.extend(items.map(|item| frame("event", Some(item.mark), &item.event)));
            self.mark = read.next;
            if !text.is_empty() && !self.send(text).await {
                return;
            }
            if self.mark >= until || (self.until.is_some() && read.is_end) {
                let _ = self.send(frame("end", None, &json!({}))).await;
                return;
            }
            if read.is_end {
                is_live = true;
                if !self.wait().await {
                    return;
                }
            }
            if is_live && !self.skip().await {
                return;
            }
            chunk = self.read().await;
        }
    }

    /// Reads on, on a thread for blocking work.
    async fn read(&mut self) -> Result<Chunk> {
        let gone = || Error::from(ApiError::Lost("a feed".to_owned()));
        let mut feed = self.feed.take().ok_or_else(gone)?;
        let (mark, filter) = (self.mark, self.filter.clone());
        let read = tokio::task::spawn_blocking(move || {
            let chunk = feed.read(mark, &filter);
            (feed, chunk)
        });
        let (feed, chunk) = read.await.map_err(|_| gone())?;
        self.feed = Some(feed);
        chunk
    }

    /// Goes on at the end when that is too far away, and says what is left out.
    async fn skip(&mut self) -> bool {
        let Some(end) = self.feed.as_ref().map(|feed| feed.end()) else { return false };
        if end.record.saturating_sub(self.mark.record) <= self.bounds.lag_bytes {
            return true;
        }
        let (from, to) = (text_of(self.mark), text_of(end));
        let read = format!("/v1/stream?after={from}&until={to}");
        self.mark = end;
        self.send(frame("lag", Some(end), &json!({ "from": from, "to": to, "read": read }))).await
    }

    /// Waits for news; says whether to go on.
    async fn wait(&mut self) -> bool {
        loop {
            let Some(feed) = &mut self.feed else { return false };
            tokio::select! {
                goes_on = poll_fn(|context| feed.poll_news(context)) => return goes_on,
                () = self.send.closed() => return false,
                () = self.stop.cancelled() => return false,
                () = tokio::time::sleep(self.bounds.keep_alive) => {}
            }
            if !self.send(": here\n\n".to_owned()).await {
                return false;
            }
        }
    }

    /// Hands text over when the client has taken what came before; says whether it did in time.
    async fn send(&mut self, text: String) -> bool {
        tokio::select! {
            sent = tokio::time::timeout(self.bounds.stall, self.send.send(text.into())) => {
                matches!(sent, Ok(Ok(())))
            }
            () = self.stop.cancelled() => false,
        }
    }
}

/// One event as it is sent. JSON on one line has no line breaks in it.
fn frame(name: &str, mark: Option<Mark>, data: &Value) -> String {
    let id = mark.map(|mark| format!("id: {}\n", text_of(mark))).unwrap_or_default();
    format!("{id}event: {name}\ndata: {data}\n\n")
}

fn text_of(mark: Mark) -> String {
    format!("{}-{}", mark.record, mark.slot)
}

fn mark(name: &str, text: &str) -> Result<Mark, HttpError> {
    let parsed = text.split_once('-').and_then(|(record, slot)| {
        Some(Mark { record: record.parse().ok()?, slot: slot.parse().ok()? })
    });
    let begun = (text == "0").then(Mark::default);
    parsed.or(begun).ok_or_else(|| HttpError::BadParameter {
        name: name.to_owned(),
        expected: "the `id:` of an event of this stream".to_owned(),
    })
}
