//! One request over HTTP/3: its head, its body as it comes, the answer as it goes.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, DATE};
use axum::http::{HeaderMap, HeaderValue, Request, Response};
use h3::error::{Code, StreamError};
use h3::server::{RequestResolver, RequestStream};
use hyper::body::{Body as HttpBody, Buf, Frame, SizeHint};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::quic::{Quic, Receiving, Sending, Share};
use crate::accept::Peer;

/// Has a request answered by the router; says whether it had a head.
pub(super) async fn exchange(
    coming: RequestResolver<Quic, Bytes>,
    share: Arc<Share>,
    router: Router,
    peer: Peer,
    head: Duration,
) -> bool {
    let Ok(Ok((request, stream))) = tokio::time::timeout(head, coming.resolve_request()).await
    else {
        return false;
    };
    let (sending, receiving) = stream.split();
    let (mut parts, ()) = request.into_parts();
    parts.extensions.insert(peer);
    let left = length(&parts.headers);
    let body = Body::new(Coming { receiving, share, left });
    let request = Request::from_parts(parts, body);
    let Ok(response) = TowerToHyperService::new(router).call(request).await;
    if let Err(error) = answer(sending, response).await {
        tracing::debug!(%error, "an answer ended");
    }
    true
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok())
}

/// An answer that is reset where it is dropped half sent: what ends by itself would count as whole.
struct Answering {
    stream: RequestStream<Sending<Bytes>, Bytes>,
    is_whole: bool,
}

impl Drop for Answering {
    fn drop(&mut self) {
        if !self.is_whole {
            self.stream.stop_stream(Code::H3_REQUEST_CANCELLED);
        }
    }
}

async fn answer(
    stream: RequestStream<Sending<Bytes>, Bytes>,
    response: Response<Body>,
) -> Result<(), StreamError> {
    let (mut parts, mut body) = response.into_parts();
    if let Ok(now) = HeaderValue::from_str(&httpdate::fmt_http_date(SystemTime::now())) {
        parts.headers.entry(DATE).or_insert(now);
    }
    let mut answering = Answering { stream, is_whole: false };
    answering.stream.send_response(Response::from_parts(parts, ())).await?;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(frame) = frame else { return Ok(()) };
        match frame.into_data() {
            Ok(data) if !data.is_empty() => answering.stream.send_data(data).await?,
            _ => {}
        }
    }
    answering.is_whole = true;
    answering.stream.finish().await
}

/// What does not make a body.
#[derive(Debug, thiserror::Error)]
enum BrokenBody {
    #[error("the stream ended")]
    Stream(#[source] StreamError),
    #[error("the body is not as long as its head says")]
    Length,
}

/// The body of a request, which holds what `h3` has not given out yet within its share.
struct Coming {
    receiving: RequestStream<Receiving, Bytes>,
    share: Arc<Share>,
    /// What is still to come, if the head said how long the body is.
    left: Option<u64>,
}

impl HttpBody for Coming {
    type Data = Bytes;
    type Error = BrokenBody;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenBody>>> {
        let received = ready!(self.receiving.poll_recv_data(cx)).map_err(BrokenBody::Stream)?;
        let Some(mut data) = received else {
            // Trailers mean nothing here.
            let is_short = self.left.is_some_and(|left| left > 0);
            return Poll::Ready(is_short.then_some(Err(BrokenBody::Length)));
        };
        let bytes = data.copy_to_bytes(data.remaining());
        drop(data);
        self.share.give(bytes.len());
        if let Some(left) = self.left {
            match left.checked_sub(bytes.len() as u64) {
                Some(left) => self.left = Some(left),
                None => return Poll::Ready(Some(Err(BrokenBody::Length))),
            }
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
