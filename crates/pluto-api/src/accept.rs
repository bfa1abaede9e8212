//! Takes connections and serves a router over them: TCP, TLS, or the administrator's socket.
//!
//! Every connection has a bound in time for its handshake and for each head of a request, and there
//! are bounds on how many there are, in all and of one address: whoever trickles bytes in, or says
//! nothing, costs one place for a few seconds. HTTP/2 is spoken where TLS agrees on it; HTTP/3 is
//! `http3.rs`.

#[cfg(feature = "http3")]
pub(crate) mod http3;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_rustls::TlsAcceptor;

use crate::serve::Stop;
use crate::tls::Tls;

/// Streams of one HTTP/2 connection.
const STREAMS_MAX: u32 = 64;
/// Longest head of a request in bytes.
const HEAD_BYTES_MAX: usize = 32 * 1024;
const HEAD_LIST_BYTES_MAX: u32 = 32 * 1024;
/// How long to wait after an error of the operating system, such as no descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Where connections come from.
pub enum Listener {
    /// Unencrypted; for loopback addresses, or behind something that encrypts.
    Tcp(TcpListener),
    /// Encrypted.
    Tls(TcpListener, Arc<Tls>),
    /// A socket in the file system that the administrator alone may open.
    Local(UnixListener),
}

/// The bounds of a listener.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at once.
    pub connections_max: usize,
    /// Connections at once of one address.
    pub of_address_max: usize,
    /// For the handshake, and for each head of a request.
    pub head: Duration,
    /// For what is being answered when serving ends.
    pub drain: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections_max: 512,
            of_address_max: 128,
            head: Duration::from_secs(10),
            drain: Duration::from_secs(5),
        }
    }
}

/// The other end of the connection that a request came by; in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The administrator's socket.
    Local,
    /// An address.
    Network {
        /// Whose.
        address: SocketAddr,
        /// Whether by TLS.
        is_encrypted: bool,
    },
}

impl Peer {
    /// Whether it is the administrator's socket.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }

    /// Whether nobody on the way can read it.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        matches!(self, Self::Network { is_encrypted: true, .. })
    }

    /// The address, if it has one.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Local => None,
            Self::Network { address, .. } => Some(address.ip()),
        }
    }
}

/// Serves until `stop` is cancelled, then lets what is being answered end within its bound.
pub async fn serve(listener: Listener, router: Router, bounds: Bounds, stop: Stop) {
    let shutdown = GracefulShutdown::new();
    let (places, ends) = (Arc::new(Places::default()), Stop::new());
    while let Some(accepted) = stop.run_until_cancelled(accept(&listener)).await {
        let connection = match accepted {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted now");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Without a place it is closed at once: who waits would hold a descriptor meanwhile.
        let Some(place) = Place::take(&places, connection.address(), &bounds) else { continue };
        let (router, ends) = (router.clone(), ends.clone());
        let ending = Ending { watcher: shutdown.watcher(), stop: stop.clone() };
        tokio::spawn(async move {
            ends.run_until_cancelled(connection.answer(router, bounds, ending)).await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(bounds.drain, shutdown.shutdown()).await;
    ends.cancel();
}

/// Connections that are open, by address.
#[derive(Default)]
struct Places(Mutex<HashMap<Option<IpAddr>, usize>>);

/// One of the connections that there may be.
struct Place {
    places: Arc<Places>,
    address: Option<IpAddr>,
}

impl Place {
    fn take(places: &Arc<Places>, address: Option<IpAddr>, bounds: &Bounds) -> Option<Self> {
        let mut open = places.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = open.get(&address).copied().unwrap_or(0);
        let all = open.values().sum::<usize>();
        if all >= bounds.connections_max || of_address >= bounds.of_address_max {
            return None;
        }
        open.insert(address, of_address + 1);
        Some(Self { places: Arc::clone(places), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = open.get(&self.address).map_or(0, |count| count.saturating_sub(1));
        match left {
            0 => open.remove(&self.address),
            left => open.insert(self.address, left),
        };
    }
}

/// How a connection hears of the end of serving; whoever waits for the end waits for the watcher.
struct Ending {
    watcher: Watcher,
    stop: Stop,
}

enum Connection {
    Tcp(TcpStream, SocketAddr, Option<Arc<Tls>>),
    Local(UnixStream),
}

async fn accept(listener: &Listener) -> std::io::Result<Connection> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, address) = listener.accept().await?;
            Ok(Connection::Tcp(stream, address, None))
        }
        Listener::Tls(listener, tls) => {
            let (stream, address) = listener.accept().await?;
            Ok(Connection::Tcp(stream, address, Some(Arc::clone(tls))))
        }
        Listener::Local(listener) => Ok(Connection::Local(listener.accept().await?.0)),
    }
}

impl Connection {
    const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(_, address, _) => Some(address.ip()),
            Self::Local(_) => None,
        }
    }

    async fn answer(self, router: Router, bounds: Bounds, ending: Ending) {
        match self {
            Self::Local(stream) => talk(stream, router, Peer::Local, bounds, ending).await,
            Self::Tcp(stream, address, None) => {
                let peer = Peer::Network { address, is_encrypted: false };
                let _ = stream.set_nodelay(true);
                talk(stream, router, peer, bounds, ending).await;
            }
            Self::Tcp(stream, address, Some(tls)) => {
                let peer = Peer::Network { address, is_encrypted: true };
                let _ = stream.set_nodelay(true);
                let shaking = TlsAcceptor::from(tls.config()).accept(stream);
                let Ok(Ok(stream)) = tokio::time::timeout(bounds.head, shaking).await else {
                    return;
                };
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    talk_http2(stream, router, peer, bounds, ending).await;
                } else {
                    talk(stream, router, peer, bounds, ending).await;
                }
            }
        }
    }
}

async fn talk<S>(stream: S, router: Router, peer: Peer, bounds: Bounds, ending: Ending)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(bounds.head).max_buf_size(HEAD_BYTES_MAX);
    let talking = builder.serve_connection(TokioIo::new(stream), Routed::new(router, peer));
    if let Err(error) = ending.watcher.watch(talking).await {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn talk_http2<S>(stream: S, router: Router, peer: Peer, bounds: Bounds, ending: Ending)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEAD_LIST_BYTES_MAX)
        // Whoever says nothing is asked, and must answer.
        .keep_alive_interval(bounds.head)
        .keep_alive_timeout(bounds.head);
    let talking = builder.serve_connection(TokioIo::new(stream), Routed::new(router, peer));
    let mut talking = pin!(talking);
    let ended = match ending.stop.run_until_cancelled(talking.as_mut()).await {
        Some(ended) => ended,
        None => {
            talking.as_mut().graceful_shutdown();
            talking.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// The router, for requests of one peer.
struct Routed {
    router: TowerToHyperService<Router>,
    peer: Peer,
}

impl Routed {
    fn new(router: Router, peer: Peer) -> Self {
        Self { router: TowerToHyperService::new(router), peer }
    }
}

impl Service<Request<Incoming>> for Routed {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.router.call(request)
    }
}

#[cfg(test)]
mod tests;
