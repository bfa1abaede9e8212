//! QUIC as `h3` asks for it, with a bound on what `h3` holds of a stream.
//!
//! `h3` takes every frame but DATA into memory whole before it looks at it, however long the frame says
//! it is, and reads on while there are small DATA frames to be given out. So a stream is read only while
//! what was taken from it is at most [`HELD_BYTES_MAX`] and [`USED_FACTOR`] times what was given out as
//! body. A stream that stands still by this ends by the time that its head or body has. Nothing is ever
//! given out of a control stream, which is therefore read up to [`HELD_BYTES_MAX`] and then left alone.
//!
//! Finishing an answer waits until the client has all of it, so that a connection whose requests have
//! ended can be closed at once.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt, unfold};
use h3::error::Code;
use h3::quic::{
    BidiStream, Connection, ConnectionErrorIncoming, OpenStreams, RecvStream, SendStream,
    StreamErrorIncoming, StreamId, WriteBuf,
};
use hyper::body::Buf;
use quinn::{ConnectionError, ReadError, StoppedError, VarInt, WriteError};

/// What is taken from a stream before anything of it was given out, in bytes.
pub(super) const HELD_BYTES_MAX: u64 = 64 * 1024;
/// Bytes taken for each byte given out: what small frames may add to it.
const USED_FACTOR: u64 = 4;
/// Taken at once.
const PIECE_BYTES_MAX: usize = 16 * 1024;

/// How much of a stream was taken, and how much of that was given out.
#[derive(Default)]
pub(super) struct Share {
    taken: AtomicU64,
    used: AtomicU64,
}

impl Share {
    /// So much was given out as body.
    pub(super) fn give(&self, bytes: usize) {
        self.used.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn is_open(&self) -> bool {
        let used = self.used.load(Ordering::Relaxed).saturating_mul(USED_FACTOR);
        self.taken.load(Ordering::Relaxed) < used.saturating_add(HELD_BYTES_MAX)
    }
}

/// The share of the request that was accepted last.
#[derive(Clone, Default)]
pub(super) struct Latest(Arc<Mutex<Arc<Share>>>);

impl Latest {
    pub(super) fn share(&self) -> Arc<Share> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn renew(&self) -> Arc<Share> {
        let share = Arc::<Share>::default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&share);
        share
    }
}

type Coming<T> = BoxStream<'static, Result<T, ConnectionError>>;

/// One connection.
pub(super) struct Quic {
    connection: quinn::Connection,
    exchanges: Coming<(quinn::SendStream, quinn::RecvStream)>,
    streams: Coming<quinn::RecvStream>,
    opening: Option<BoxFuture<'static, Result<quinn::SendStream, ConnectionError>>>,
    latest: Latest,
}

impl Quic {
    pub(super) fn new(connection: quinn::Connection) -> Self {
        let exchanges = unfold(connection.clone(), async |connection| {
            Some((connection.accept_bi().await, connection))
        });
        let streams = unfold(connection.clone(), async |connection| {
            Some((connection.accept_uni().await, connection))
        });
        Self {
            connection,
            exchanges: exchanges.boxed(),
            streams: streams.boxed(),
            opening: None,
            latest: Latest::default(),
        }
    }

    pub(super) fn latest(&self) -> Latest {
        self.latest.clone()
    }
}

impl<B: Buf> Connection<B> for Quic {
    type RecvStream = Receiving;
    type OpenStreams = Self;

    fn poll_accept_recv(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Receiving, ConnectionErrorIncoming>> {
        let stream = ready!(self.streams.poll_next_unpin(cx)).ok_or_else(over)?.map_err(lost)?;
        Poll::Ready(Receiving::new(stream, Arc::default()))
    }

    fn poll_accept_bidi(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Exchange<B>, ConnectionErrorIncoming>> {
        let streams = ready!(self.exchanges.poll_next_unpin(cx)).ok_or_else(over)?;
        let (send, receive) = streams.map_err(lost)?;
        let receiving = Receiving::new(receive, self.latest.renew())?;
        Poll::Ready(Ok(Exchange { sending: Sending::new(send)?, receiving }))
    }

    fn opener(&self) -> Self {
        Self::new(self.connection.clone())
    }
}

impl<B: Buf> OpenStreams<B> for Quic {
    type BidiStream = Exchange<B>;
    type SendStream = Sending<B>;

    fn poll_open_bidi(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<Result<Exchange<B>, StreamErrorIncoming>> {
        // A server opens none.
        Poll::Ready(Err(StreamErrorIncoming::ConnectionErrorIncoming { connection_error: over() }))
    }

    fn poll_open_send(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Sending<B>, StreamErrorIncoming>> {
        let failed =
            |connection_error| StreamErrorIncoming::ConnectionErrorIncoming { connection_error };
        let connection = &self.connection;
        let opening = self.opening.get_or_insert_with(|| {
            let connection = connection.clone();
            Box::pin(async move { connection.open_uni().await })
        });
        let opened = ready!(opening.as_mut().poll(cx));
        self.opening = None;
        let stream = opened.map_err(|error| failed(lost(error)))?;
        Poll::Ready(Sending::new(stream).map_err(failed))
    }

    fn close(&mut self, code: Code, reason: &[u8]) {
        self.connection.close(number(code.value()), reason);
    }
}

/// What an answer, or a stream of the server's own, goes out by.
pub(super) struct Sending<B: Buf> {
    stream: quinn::SendStream,
    id: StreamId,
    writing: Option<WriteBuf<B>>,
    arriving: Option<BoxFuture<'static, Result<Option<VarInt>, StoppedError>>>,
}

impl<B: Buf> Sending<B> {
    fn new(stream: quinn::SendStream) -> Result<Self, ConnectionErrorIncoming> {
        let id = id(stream.id())?;
        Ok(Self { stream, id, writing: None, arriving: None })
    }
}

impl<B: Buf> SendStream<B> for Sending<B> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        if let Some(data) = &mut self.writing {
            while data.has_remaining() {
                let writing = Pin::new(&mut self.stream).poll_write(cx, data.chunk());
                let written = ready!(writing).map_err(not_written)?;
                data.advance(written);
            }
        }
        self.writing = None;
        Poll::Ready(Ok(()))
    }

    fn send_data<T: Into<WriteBuf<B>>>(&mut self, data: T) -> Result<(), StreamErrorIncoming> {
        self.writing = Some(data.into());
        Ok(())
    }

    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        let stream = &mut self.stream;
        let arriving = self.arriving.get_or_insert_with(|| {
            // A stream that is closed already says so when it is waited for.
            let _ = stream.finish();
            Box::pin(stream.stopped())
        });
        let arrived = ready!(arriving.as_mut().poll(cx));
        Poll::Ready(arrived.map(drop).map_err(|error| not_written(error.into())))
    }

    fn reset(&mut self, reset_code: u64) {
        let _ = self.stream.reset(number(reset_code));
    }

    fn send_id(&self) -> StreamId {
        self.id
    }
}

/// What a request, or a stream of the client's own, comes in by.
pub(super) struct Receiving {
    stream: quinn::RecvStream,
    id: StreamId,
    share: Arc<Share>,
}

impl Receiving {
    fn new(stream: quinn::RecvStream, share: Arc<Share>) -> Result<Self, ConnectionErrorIncoming> {
        let id = id(stream.id())?;
        Ok(Self { stream, id, share })
    }
}

impl RecvStream for Receiving {
    type Buf = Bytes;

    fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, StreamErrorIncoming>> {
        if !self.share.is_open() {
            // Whoever has the body asks again when it was given some of it.
            return Poll::Pending;
        }
        // Reading has no state of its own, so each poll may begin it anew.
        let read = ready!(pin!(self.stream.read_chunk(PIECE_BYTES_MAX, true)).poll(cx));
        let piece = read.map_err(not_read)?.map(|chunk| chunk.bytes);
        let bytes = piece.as_ref().map_or(0, Bytes::len) as u64;
        self.share.taken.fetch_add(bytes, Ordering::Relaxed);
        Poll::Ready(Ok(piece))
    }

    fn stop_sending(&mut self, error_code: u64) {
        let _ = self.stream.stop(number(error_code));
    }

    fn recv_id(&self) -> StreamId {
        self.id
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        // What comes after an answer is not wanted; it is no error.
        let _ = self.stream.stop(number(Code::H3_NO_ERROR.value()));
    }
}

/// A request and its answer.
pub(super) struct Exchange<B: Buf> {
    sending: Sending<B>,
    receiving: Receiving,
}

impl<B: Buf> BidiStream<B> for Exchange<B> {
    type SendStream = Sending<B>;
    type RecvStream = Receiving;

    fn split(self) -> (Sending<B>, Receiving) {
        (self.sending, self.receiving)
    }
}

impl<B: Buf> SendStream<B> for Exchange<B> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        self.sending.poll_ready(cx)
    }

    fn send_data<T: Into<WriteBuf<B>>>(&mut self, data: T) -> Result<(), StreamErrorIncoming> {
        self.sending.send_data(data)
    }

    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        self.sending.poll_finish(cx)
    }

    fn reset(&mut self, reset_code: u64) {
        self.sending.reset(reset_code);
    }

    fn send_id(&self) -> StreamId {
        self.sending.send_id()
    }
}

impl<B: Buf> RecvStream for Exchange<B> {
    type Buf = Bytes;

    fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, StreamErrorIncoming>> {
        self.receiving.poll_data(cx)
    }

    fn stop_sending(&mut self, error_code: u64) {
        self.receiving.stop_sending(error_code);
    }

    fn recv_id(&self) -> StreamId {
        self.receiving.recv_id()
    }
}

fn number(code: u64) -> VarInt {
    VarInt::from_u64(code).unwrap_or(VarInt::MAX)
}

fn id(id: quinn::StreamId) -> Result<StreamId, ConnectionErrorIncoming> {
    u64::from(id).try_into().map_err(|_| over())
}

/// What cannot be, said instead of a panic.
fn over() -> ConnectionErrorIncoming {
    ConnectionErrorIncoming::InternalError("no such stream".to_owned())
}

fn lost(error: ConnectionError) -> ConnectionErrorIncoming {
    match error {
        ConnectionError::ApplicationClosed(close) => {
            ConnectionErrorIncoming::ApplicationClose { error_code: close.error_code.into() }
        }
        ConnectionError::TimedOut => ConnectionErrorIncoming::Timeout,
        other => ConnectionErrorIncoming::Undefined(Arc::new(other)),
    }
}

fn not_read(error: ReadError) -> StreamErrorIncoming {
    match error {
        ReadError::Reset(code) => StreamErrorIncoming::StreamTerminated { error_code: code.into() },
        ReadError::ConnectionLost(error) => {
            StreamErrorIncoming::ConnectionErrorIncoming { connection_error: lost(error) }
        }
        other => StreamErrorIncoming::Unknown(Box::new(other)),
    }
}

fn not_written(error: WriteError) -> StreamErrorIncoming {
    match error {
        WriteError::Stopped(code) => {
            StreamErrorIncoming::StreamTerminated { error_code: code.into() }
        }
        WriteError::ConnectionLost(error) => {
            StreamErrorIncoming::ConnectionErrorIncoming { connection_error: lost(error) }
        }
        other => StreamErrorIncoming::Unknown(Box::new(other)),
    }
}
